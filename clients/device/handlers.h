// What each command does to a TEE's state, one function a message, after the
// request was verified, decrypted and found to be about the present state.
//
// A handler changes a copy of the state and touches nothing else; when it
// fails, the copy is thrown away.
//
// Thread-safety: functions without state.
// Errors: refusals (refusal.h).
// Source: draft-ietf-teep-opentrustprotocol-03, "Request processing
// requirements at a TEE" of each message.

#ifndef CLIENTS_DEVICE_HANDLERS_H_
#define CLIENTS_DEVICE_HANDLERS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/device/state.h"
#include "clients/device/state_store.h"
#include "clients/device/strict.h"
#include "clients/device/tee_options.h"
#include "libs/base/random.h"
#include "libs/json/json.h"

namespace otrp::device {

struct Change {
  const TeeOptions& options;
  Random& random;
  // Who asks: the owner of all that may be touched.
  std::string owner;
  // Base64 SHA-256 of the TEE's certificate.
  std::string did;
  TeeState state;
  Blobs fresh;
};

// `tbs` was checked against TbsRules(), `content` against `content_rules`.
// Members of the answer besides did and dsi go to `answer`.
using Handler = absl::Status (*)(const json::Value& tbs,
                                 const json::Value& content, Change& change,
                                 json::Value& answer);

struct Command {
  absl::string_view message;
  // Of the decrypted content, besides the owner's id.
  std::vector<MemberRule> content_rules;
  bool has_ta = false;
  Handler handler;
};

// nullptr for GetDeviceState and for what isn't a message.
const Command* FindCommand(absl::string_view message);

absl::Status CreateSd(const json::Value& tbs, const json::Value& content,
                      Change& change, json::Value& answer);
absl::Status UpdateSd(const json::Value& tbs, const json::Value& content,
                      Change& change, json::Value& answer);
absl::Status DeleteSd(const json::Value& tbs, const json::Value& content,
                      Change& change, json::Value& answer);
absl::Status InstallTa(const json::Value& tbs, const json::Value& content,
                       Change& change, json::Value& answer);
absl::Status UpdateTa(const json::Value& tbs, const json::Value& content,
                      Change& change, json::Value& answer);
absl::Status DeleteTa(const json::Value& tbs, const json::Value& content,
                      Change& change, json::Value& answer);

// ---- Shared by handlers.

// The TSM's SD of that name; ERR_SD_NOT_FOUND, or not authorized where the
// only SD of that name is another TSM's.
absl::StatusOr<SecurityDomain*> OwnSd(Change& change, absl::string_view name);

// DER of an SP's signer certificate: "signature and format verification only".
absl::StatusOr<std::string> SpCertificate(absl::string_view base64);

// Adds it unless it is there.
void AddSpCertificate(std::string der, SecurityDomain* sd);

absl::StatusOr<crypto::PrivateKey> MakeAik(const TeeOptions& options);

// ERR_TEE_RESOURCE_FULL when the state is beyond its limits.
absl::Status CheckLimits(const TeeState& state, const TeeLimits& limits);

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_HANDLERS_H_
