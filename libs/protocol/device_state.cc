#include "libs/protocol/device_state.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "libs/base/printable.h"
#include "libs/base/status_macros.h"
#include "libs/jose/jwe.h"
#include "libs/pki/certificate.h"
#include "libs/protocol/members.h"
#include "libs/protocol/read.h"
#include "libs/protocol/reason.h"
#include "libs/protocol/tsm_keys.h"

namespace otrp {
namespace protocol {
namespace {

constexpr char kWhere[] = "GetDeviceTEEStateTBSResponse";
// More names than algorithms that exist is noise.
constexpr size_t kMaxSigAlgs = 16;

absl::Status AddSigAlg(absl::string_view name,
                       std::vector<std::string>* names) {
  name = absl::StripAsciiWhitespace(name);
  if (name.empty()) return absl::OkStatus();
  if (names->size() >= kMaxSigAlgs) {
    return MemberError(kWhere, "supportedsigalgs", "has too many entries");
  }
  names->push_back(Printable(name, 32));
  return absl::OkStatus();
}

// An array, or one string with commas.
absl::Status ParseSigAlgs(const json::Value& value,
                          std::vector<std::string>* names) {
  if (value.is_string()) {
    for (absl::string_view part : absl::StrSplit(value.as_string(), ',')) {
      OTRP_RETURN_IF_ERROR(AddSigAlg(part, names));
    }
    return absl::OkStatus();
  }
  if (!value.is_array()) {
    return MemberError(kWhere, "supportedsigalgs", "must be an array");
  }
  for (const json::Value& item : value.items()) {
    if (!item.is_string()) {
      return MemberError(kWhere, "supportedsigalgs", "must hold strings");
    }
    OTRP_RETURN_IF_ERROR(AddSigAlg(item.as_string(), names));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> DecryptForTsm(const jose::UnverifiedJwe& jwe,
                                          const TsmKeys& keys) {
  const crypto::PrivateKey* key =
      jwe.alg() == jose::KeyAlg::kRSA1_5 ? keys.rsa : keys.ec;
  if (key == nullptr) {
    return absl::InvalidArgumentError(
        "encrypted to a kind of key that this TSM doesn't have");
  }
  return jose::Decrypt(jwe, *key);
}

absl::StatusOr<UnverifiedDeviceState> UnverifiedDeviceState::Open(
    UnverifiedMessage message, const TsmKeys& keys) {
  if (message.kind() != MessageKind::kGetDeviceState) {
    return absl::InvalidArgumentError("not a GetDeviceTEEStateResponse");
  }
  UnverifiedDeviceState state(std::move(message));
  const json::Value& tbs = state.message_.tbs_;
  if (const json::Value* signerreq = tbs.Find(member::kSignerReq.name)) {
    OTRP_ASSIGN_OR_RETURN(state.signer_required_,
                          ReadValue(member::kSignerReq, *signerreq, kWhere));
  }
  if (state.message_.failed()) {
    OTRP_ASSIGN_OR_RETURN(state.reason_, ReasonOf(tbs, kWhere));
    if (const json::Value* algs = tbs.Find("supportedsigalgs")) {
      OTRP_RETURN_IF_ERROR(ParseSigAlgs(*algs, &state.supported_sigalgs_));
    }
    return state;
  }
  OTRP_ASSIGN_OR_RETURN(const json::Value* edsi,
                        ReadObject(tbs, kWhere, "edsi"));
  OTRP_ASSIGN_OR_RETURN(jose::UnverifiedJwe jwe,
                        jose::UnverifiedJwe::Parse(*edsi));
  absl::StatusOr<std::string> dsi = DecryptForTsm(jwe, keys);
  if (!dsi.ok()) return absl::UnauthenticatedError(kNotAuthentic);
  state.dsi_ = *std::move(dsi);
  return state;
}

absl::StatusOr<VerifiedDeviceState> VerifyDeviceState(
    UnverifiedDeviceState state, const crypto::PublicKey& tee_key) {
  if (state.failed()) {
    return absl::InvalidArgumentError(
        "a failed GetDeviceState proves nothing about a device");
  }
  if (!jose::Verify(std::move(state.message_.jws_), tee_key).ok()) {
    return absl::UnauthenticatedError(kNotAuthentic);
  }
  VerifiedDeviceState verified;
  OTRP_ASSIGN_OR_RETURN(verified.dsi_, ParseDsi(state.dsi_));
  // The certificate was judged before its key became tee_key; here it only has
  // to be that key's. One key has one encoding.
  OTRP_ASSIGN_OR_RETURN(
      const absl::string_view spki,
      pki::SubjectPublicKeyInfoOf(verified.dsi_.tee_certificate));
  if (spki != tee_key.ToSpki()) {
    return absl::InvalidArgumentError(
        "the DSI's TEE certificate has another key than the accepted one");
  }
  verified.tid_ = std::move(state.message_.tid_);
  verified.rid_ = std::move(state.message_.rid_);
  verified.dsi_octets_ = std::move(state.dsi_);
  verified.dsi_hash_ = DsiHash(verified.dsi_octets_);
  verified.signer_required_ = state.signer_required_;
  return verified;
}

}  // namespace protocol
}  // namespace otrp
