#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/device/dsi.h"
#include "clients/device/handlers.h"
#include "clients/device/refusal.h"
#include "libs/base/base64.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"

namespace otrp::device {
namespace {

using json::Value;

// Hex, as the drafts have it, or base64 of 32 octets.
absl::StatusOr<std::string> Fingerprint(const std::string& text) {
  if (text.size() == 2 * crypto::kSha256Size) {
    absl::StatusOr<std::string> hex = HexDecode(text);
    if (hex.ok()) return hex;
  }
  absl::StatusOr<std::string> bytes = Base64DecodeAny(text);
  if (bytes.ok() && bytes->size() == crypto::kSha256Size) return bytes;
  return Refuse(Refusal::kRequestInvalid,
                "\"deloldspcert\" must hold SHA-256 fingerprints in hex");
}

absl::Status ChangeCertificates(const Value& changes, SecurityDomain* sd) {
  for (const std::string& text : TextsOf(changes, "spcert")) {
    OTRP_ASSIGN_OR_RETURN(std::string der, SpCertificate(text));
    AddSpCertificate(std::move(der), sd);
  }
  for (const std::string& text : TextsOf(changes, "deloldspcert")) {
    OTRP_ASSIGN_OR_RETURN(const std::string fingerprint, Fingerprint(text));
    // One that isn't there is deleted already.
    sd->spcerts.erase(std::remove_if(sd->spcerts.begin(), sd->spcerts.end(),
                                     [&](const std::string& der) {
                                       return crypto::Sha256(der) ==
                                              fingerprint;
                                     }),
                      sd->spcerts.end());
  }
  return absl::OkStatus();
}

absl::Status Rename(const std::string& name, Change& change,
                    SecurityDomain* sd) {
  if (name.empty() || name == sd->name) return absl::OkStatus();
  if (change.state.FindSd(change.owner, name) != nullptr) {
    return Refuse(Refusal::kSdNameAlreadyUsed,
                  "another security domain has the new name");
  }
  sd->name = name;
  return absl::OkStatus();
}

// A new AIK for `spid`, in place of an old one.
absl::Status RenewAik(const std::string& spid, Change& change, Value& answer) {
  OTRP_ASSIGN_OR_RETURN(crypto::PrivateKey key, MakeAik(change.options));
  answer.Set("teespaik",
             Value::String(Base64Encode(key.public_key().ToSpki())));
  answer.Set("teespaiktype",
             Value::String(std::string(AikType(key.public_key()))));
  change.state.RemoveAik(change.owner, spid);
  change.state.aiks.push_back(Aik{change.owner, spid, std::move(key)});
  return absl::OkStatus();
}

}  // namespace

absl::Status UpdateSd(const Value&, const Value& content, Change& change,
                      Value& answer) {
  const Value& changes = *content.Find("changes");
  OTRP_RETURN_IF_ERROR(CheckMembers("changes", changes,
                                    {{"newsdname", Shape::kName, false},
                                     {"newspid", Shape::kName, false},
                                     {"spcert", Shape::kTexts, false},
                                     {"deloldspcert", Shape::kTexts, false},
                                     {"renewteespaik", Shape::kBool, false}}));
  if (changes.members().empty()) {
    return Refuse(Refusal::kRequestInvalid, "\"changes\" asks for none");
  }
  OTRP_ASSIGN_OR_RETURN(SecurityDomain * sd,
                        OwnSd(change, TextOf(content, "sdname")));
  if (sd->spid != TextOf(content, "spid")) {
    return Refuse(Refusal::kSdNotFound,
                  "the service provider has no such security domain");
  }
  OTRP_RETURN_IF_ERROR(Rename(TextOf(changes, "newsdname"), change, sd));
  OTRP_RETURN_IF_ERROR(ChangeCertificates(changes, sd));
  const std::string old_spid = sd->spid;
  const std::string new_spid = TextOf(changes, "newspid");
  if (!new_spid.empty() && new_spid != old_spid) {
    sd->spid = new_spid;
    change.state.CopyVersions(change.owner, old_spid, new_spid);
    OTRP_RETURN_IF_ERROR(CheckLimits(change.state, change.options.limits));
  }
  const std::string spid = sd->spid;
  // "A new SPID for one of the domains will always trigger a new teespaik
  // generation as if a new SP were introduced to the TEE."
  if (BoolOf(changes, "renewteespaik") ||
      change.state.FindAik(change.owner, spid) == nullptr) {
    OTRP_RETURN_IF_ERROR(RenewAik(spid, change, answer));
  }
  change.state.DropUnusedAik(change.owner, old_spid);
  return absl::OkStatus();
}

}  // namespace otrp::device
