// A trusted execution environment in software: takes signed requests of a TSM,
// changes its state, answers signed responses.
//
// It is the TEE side of the protocol as the drafts say a TEE must behave, made
// without the server's codec. It isn't the agent: it knows no network and no
// other TEE (agent.h, broker.h).
//
// Of each TSM it remembers, as long as it lives, the certificate (unless
// options.signerreq) and the hash of the DSI that it last sent. A command is
// executed only if its `dsihash` is that one and nothing has changed since.
//
// Thread-safety: thread-safe; one request at a time, a second one is refused
// with UNAVAILABLE at once (the agent's ERR_AGENT_TEE_BUSY).
// Errors: Process answers refusals as signed responses. A Status means that
// there is nobody to answer (INVALID_ARGUMENT), or that no response could be
// made (INTERNAL); the agent reports those.
// Source: draft-ietf-teep-opentrustprotocol-03, draft-pei-opentrustprotocol-03,
// docs/wire.md.

#ifndef CLIENTS_DEVICE_TEE_H_
#define CLIENTS_DEVICE_TEE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/device/envelope.h"
#include "clients/device/handlers.h"
#include "clients/device/response.h"
#include "clients/device/state.h"
#include "clients/device/state_store.h"
#include "clients/device/tee_identity.h"
#include "clients/device/tee_options.h"
#include "clients/device/tsm_trust.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/json/json.h"

namespace otrp::device {

// What became of a request, for whoever owns the device. Most of it goes to the
// TSM encrypted, so that an agent couldn't read it off the response.
struct Outcome {
  // "CreateSDRequest"; "unknown" for what isn't a request.
  std::string request = "unknown";
  // "RS256": what the request says that it is signed with.
  std::string sigalg;
  // The same of the answer to a GetDeviceState; empty where several TEEs
  // differ.
  std::string answer_sigalg;
  bool passed = false;
  // "ERR_SD_NOT_FOUND" and its message; empty when it passed.
  std::string error_code;
  std::string error_message;
};

class Tee {
 public:
  // `clock` and `random` must outlive the Tee.
  static absl::StatusOr<std::unique_ptr<Tee>> Create(
      TeeIdentity identity, TeeOptions options,
      std::unique_ptr<StateStore> store, const Clock& clock, Random& random);

  // One request, one response: {"CreateSDResponse": ...}, or for
  // GetDeviceState {"GetDeviceTEEStateResponse": ...}, of which the agent makes
  // the array.
  absl::StatusOr<std::string> Process(absl::string_view request,
                                      Outcome* outcome = nullptr);

  const std::string& name() const { return options_.name; }
  Dialect dialect() const { return options_.dialect; }
  // Lower-case hex SHA-256 of the TEE's certificate.
  const std::string& did() const { return did_hex_; }
  // A copy. Holds private keys.
  TeeState state() const;
  absl::StatusOr<std::string> ReadBlob(absl::string_view name);

 private:
  // What is remembered of a TSM.
  struct Peer {
    TsmSigner signer;
    // The last transaction: whose key to try first.
    std::string tid;
    // SHA-256 of the DSI that it was last sent; empty: none.
    std::string dsi_hash;
    uint64_t dsi_generation = 0;
    uint64_t last_used = 0;
  };

  Tee(TeeIdentity identity, TeeOptions options,
      std::unique_ptr<StateStore> store, TsmTrust trust, const Clock& clock,
      Random& random);

  absl::StatusOr<TsmSigner> FindSigner(const Envelope& envelope);
  absl::StatusOr<std::string> Answer(const Envelope& envelope, Reply* reply);

  absl::StatusOr<std::string> DeviceState(const json::Value& tbs, Reply* reply);
  absl::StatusOr<std::string> Execute(const Command& command,
                                      const json::Value& tbs, Reply* reply);
  absl::StatusOr<json::Value> OpenContent(const Command& command,
                                          const json::Value& tbs, Reply* reply);
  absl::Status CheckState(const json::Value& tbs, const TsmSigner& signer);
  absl::Status Commit(Change change);
  absl::StatusOr<json::Value> FreshDsi(const Reply& reply);
  Peer& Remember(const TsmSigner& signer, absl::string_view tid);

  const TeeIdentity identity_;
  TeeOptions options_;
  std::string did_;
  std::string did_hex_;
  const Clock& clock_;
  Random& random_;

  mutable std::mutex mutex_;
  std::unique_ptr<StateStore> store_;
  TsmTrust trust_;
  TeeState state_;
  // By owner.
  std::map<std::string, Peer> peers_;
  uint64_t uses_ = 0;
};

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_TEE_H_
