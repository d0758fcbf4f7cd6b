// InstallTA and UpdateTA.

#include <string>
#include <utility>

#include "clients/device/handlers.h"
#include "clients/device/refusal.h"
#include "clients/device/ta_payload.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"

namespace otrp::device {
namespace {

using json::Value;

// The SD that a TA is to go into, with a newly given SP certificate.
absl::StatusOr<SecurityDomain*> TargetSd(const Value& content, Change& change) {
  OTRP_ASSIGN_OR_RETURN(SecurityDomain * sd,
                        OwnSd(change, TextOf(content, "sdname")));
  if (sd->spid != TextOf(content, "spid")) {
    return Refuse(Refusal::kTaInvalid,
                  "the SP isn't registered with the security domain");
  }
  if (content.Find("spcert") != nullptr) {
    OTRP_ASSIGN_OR_RETURN(std::string der,
                          SpCertificate(TextOf(content, "spcert")));
    AddSpCertificate(std::move(der), sd);
  }
  return sd;
}

absl::Status TakeImage(const std::string& image, const SecurityDomain& sd,
                       Change& change, InstalledTa* ta) {
  OTRP_ASSIGN_OR_RETURN(VerifiedImage verified,
                        VerifyImage(image, ta->taid, sd.spcerts));
  if (!change.state.TakeVersion(change.owner, sd.spid, ta->taid,
                                verified.version)) {
    return Refuse(Refusal::kTaInvalid,
                  "a newer version of the trusted application was here; this "
                  "TEE never goes back");
  }
  ta->version = std::move(verified.version);
  ta->binary_sha256 = std::move(verified.binary_sha256);
  ta->image_sha256 = HexEncode(crypto::Sha256(image));
  ta->image_bytes = static_cast<int64_t>(image.size());
  change.fresh[ta->image_sha256] = image;
  return absl::OkStatus();
}

void TakePdata(const std::string& pdata, Change& change, InstalledTa* ta) {
  ta->pdata_sha256 = HexEncode(crypto::Sha256(pdata));
  ta->pdata_bytes = static_cast<int64_t>(pdata.size());
  change.fresh[ta->pdata_sha256] = pdata;
}

absl::Status TakePayload(const Value& encrypted_ta, TaOperation operation,
                         const SecurityDomain& sd, Change& change,
                         InstalledTa* ta) {
  const Aik* aik = change.state.FindAik(change.owner, sd.spid);
  if (aik == nullptr) return absl::InternalError("an SD without an AIK");
  OTRP_ASSIGN_OR_RETURN(
      const TaPayload payload,
      DecryptTa(encrypted_ta, operation, aik->key, change.random));
  if (payload.image.has_value()) {
    OTRP_RETURN_IF_ERROR(TakeImage(*payload.image, sd, change, ta));
  }
  if (payload.pdata.has_value()) TakePdata(*payload.pdata, change, ta);
  return absl::OkStatus();
}

}  // namespace

absl::Status InstallTa(const Value& tbs, const Value& content, Change& change,
                       Value&) {
  const Value& encrypted_ta = *tbs.Find("encrypted_ta");
  OTRP_RETURN_IF_ERROR(CheckEncryptedTa(encrypted_ta, TaOperation::kInstall));
  OTRP_ASSIGN_OR_RETURN(SecurityDomain * sd, TargetSd(content, change));
  InstalledTa ta;
  ta.taid = TextOf(content, "taid");
  if (sd->FindTa(ta.taid) != nullptr) {
    return Refuse(Refusal::kTaAlreadyInstalled,
                  "the security domain holds this trusted application");
  }
  OTRP_RETURN_IF_ERROR(
      TakePayload(encrypted_ta, TaOperation::kInstall, *sd, change, &ta));
  sd->tas.push_back(std::move(ta));
  return CheckLimits(change.state, change.options.limits);
}

absl::Status UpdateTa(const Value& tbs, const Value& content, Change& change,
                      Value&) {
  const Value& encrypted_ta = *tbs.Find("encrypted_ta");
  OTRP_RETURN_IF_ERROR(CheckEncryptedTa(encrypted_ta, TaOperation::kUpdate));
  OTRP_ASSIGN_OR_RETURN(SecurityDomain * sd, TargetSd(content, change));
  InstalledTa* ta = sd->FindTa(TextOf(content, "taid"));
  if (ta == nullptr) {
    return Refuse(Refusal::kTaNotFound,
                  "the security domain holds no such trusted application");
  }
  OTRP_RETURN_IF_ERROR(
      TakePayload(encrypted_ta, TaOperation::kUpdate, *sd, change, ta));
  return CheckLimits(change.state, change.options.limits);
}

}  // namespace otrp::device
