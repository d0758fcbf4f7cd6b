#include <string>
#include <utility>

#include "clients/device/dsi.h"
#include "clients/device/handlers.h"
#include "clients/device/refusal.h"
#include "libs/base/base64.h"
#include "libs/base/status_macros.h"

namespace otrp::device {
namespace {

using json::Value;

// Encryption to this TEE's key says the same, but "makes the protocol not
// dependent on the message encryption method in future".
absl::Status CheckDid(const Value& content, const Change& change) {
  OTRP_ASSIGN_OR_RETURN(const std::string did,
                        BinaryOf("content", content, "did"));
  if (Base64Encode(did) == change.did) return absl::OkStatus();
  return Refuse(Refusal::kRequestInvalid, "\"did\" is another device's");
}

absl::Status CheckNameIsFree(const Value& content, Change& change) {
  const SecurityDomain* sd =
      change.state.FindSd(change.owner, TextOf(content, "sdname"));
  if (sd == nullptr) return absl::OkStatus();
  if (sd->spid == TextOf(content, "spid")) {
    return Refuse(Refusal::kSdAlreadyExists,
                  "the security domain exists already");
  }
  // DeleteSD and DeleteTA name an SD without its SP.
  return Refuse(Refusal::kSdNameAlreadyUsed,
                "another service provider's security domain has this name");
}

}  // namespace

absl::Status CreateSd(const Value&, const Value& content, Change& change,
                      Value& answer) {
  OTRP_ASSIGN_OR_RETURN(std::string spcert,
                        SpCertificate(TextOf(content, "spcert")));
  OTRP_RETURN_IF_ERROR(CheckDid(content, change));
  OTRP_RETURN_IF_ERROR(CheckNameIsFree(content, change));
  SecurityDomain sd;
  sd.owner = change.owner;
  sd.name = TextOf(content, "sdname");
  sd.spid = TextOf(content, "spid");
  sd.spcerts.push_back(std::move(spcert));
  answer.Set("sdname", Value::String(sd.name));
  const std::string spid = sd.spid;
  change.state.sds.push_back(std::move(sd));
  OTRP_RETURN_IF_ERROR(CheckLimits(change.state, change.options.limits));
  if (change.state.FindAik(change.owner, spid) == nullptr) {
    OTRP_ASSIGN_OR_RETURN(crypto::PrivateKey key, MakeAik(change.options));
    answer.Set("teespaik",
               Value::String(Base64Encode(key.public_key().ToSpki())));
    change.state.aiks.push_back(Aik{change.owner, spid, std::move(key)});
  }
  return absl::OkStatus();
}

}  // namespace otrp::device
