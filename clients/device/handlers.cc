#include "clients/device/handlers.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/device/refusal.h"
#include "libs/base/base64.h"
#include "libs/base/limits.h"
#include "libs/pki/certificate.h"

namespace otrp::device {

const Command* FindCommand(absl::string_view message) {
  static const auto* const kCommands = new std::vector<Command>{
      {"CreateSD",
       {{"spid", Shape::kName},
        {"sdname", Shape::kName},
        {"spcert", Shape::kText},
        {"did", Shape::kText}},
       false,
       CreateSd},
      {"UpdateSD",
       {{"spid", Shape::kName},
        {"sdname", Shape::kName},
        {"changes", Shape::kObject}},
       false,
       UpdateSd},
      {"DeleteSD",
       {{"sdname", Shape::kName}, {"deleteta", Shape::kBool, false}},
       false,
       DeleteSd},
      {"InstallTA",
       {{"spid", Shape::kName},
        {"sdname", Shape::kName},
        {"spcert", Shape::kText, false},
        {"taid", Shape::kName}},
       true,
       InstallTa},
      {"UpdateTA",
       {{"spid", Shape::kName},
        {"sdname", Shape::kName},
        {"spcert", Shape::kText, false},
        {"taid", Shape::kName}},
       true,
       UpdateTa},
      {"DeleteTA",
       {{"sdname", Shape::kName}, {"taid", Shape::kName}},
       false,
       DeleteTa},
  };
  for (const Command& command : *kCommands) {
    if (command.message == message) return &command;
  }
  return nullptr;
}

absl::StatusOr<SecurityDomain*> OwnSd(Change& change, absl::string_view name) {
  SecurityDomain* sd = change.state.FindSd(change.owner, name);
  if (sd != nullptr) return sd;
  if (change.state.AnotherOwnsSd(change.owner, name)) {
    return Refuse(Refusal::kTsmNotAuthorized,
                  "the security domain belongs to another owner");
  }
  return Refuse(Refusal::kSdNotFound, "there is no such security domain");
}

absl::StatusOr<std::string> SpCertificate(absl::string_view base64) {
  absl::StatusOr<std::string> der = Base64DecodeAny(base64);
  if (!der.ok()) {
    return Refuse(Refusal::kSpCertInvalid, "\"spcert\" must be base64");
  }
  if (der->size() > kMaxCertificateBytes) {
    return Refuse(Refusal::kSpCertInvalid, "\"spcert\" is too large");
  }
  absl::StatusOr<pki::Certificate> cert = pki::Certificate::FromDer(*der);
  if (!cert.ok()) {
    return Refuse(
        Refusal::kSpCertInvalid,
        absl::StrCat("\"spcert\" can't be used: ", cert.status().message()));
  }
  // Whether its issuer is one that may vouch for SPs is the TSM's to know.
  return der;
}

void AddSpCertificate(std::string der, SecurityDomain* sd) {
  if (std::find(sd->spcerts.begin(), sd->spcerts.end(), der) ==
      sd->spcerts.end()) {
    sd->spcerts.push_back(std::move(der));
  }
}

absl::StatusOr<crypto::PrivateKey> MakeAik(const TeeOptions& options) {
  if (!options.make_aik) return absl::InternalError("no way to make an AIK");
  return options.make_aik();
}

absl::Status CheckLimits(const TeeState& state, const TeeLimits& limits) {
  if (state.sds.size() > limits.security_domains) {
    return Refuse(Refusal::kTeeResourceFull,
                  "no room for another security domain");
  }
  if (state.TaCount() > limits.trusted_applications) {
    return Refuse(Refusal::kTeeResourceFull,
                  "no room for another trusted application");
  }
  if (state.highest_versions.size() > limits.remembered_versions) {
    return Refuse(Refusal::kTeeResourceFull,
                  "no room to remember another trusted application's version");
  }
  if (state.BlobBytes() > limits.storage_bytes) {
    return Refuse(Refusal::kTeeResourceFull, "the secure storage is full");
  }
  return absl::OkStatus();
}

}  // namespace otrp::device
