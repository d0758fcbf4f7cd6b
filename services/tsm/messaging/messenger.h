// Talks with devices: one message in, the next one out. The door to messaging;
// what is behind it is nobody else's.
//
// What it is not: a transport (the gateway speaks HTTP) or a planner
// (domain/plan.h says what a device gets).
//
// Thread-safety: thread-safe.
// Errors: UNAVAILABLE where a collaborator is away or the database didn't
// confirm: the device sends the same bytes again. Whatever else is wrong with a
// message is no error but an answer (mostly: nothing).

#ifndef OTRP_SERVICES_TSM_MESSAGING_MESSENGER_H_
#define OTRP_SERVICES_TSM_MESSAGING_MESSENGER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/base/secret.h"
#include "libs/protocol/dialect.h"
#include "libs/rpc/run.h"
#include "services/tsm/clients/verifier_client.h"
#include "services/tsm/identity/data_sealer.h"
#include "services/tsm/identity/identity.h"
#include "services/tsm/limits.h"
#include "services/tsm/pulling/pull_queue.h"
#include "services/tsm/storage/removal_brake.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {

struct Tools;

// What the path says that a device called.
struct DevicePath {
  protocol::Dialect dialect = protocol::Dialect::kIetf03;
  // A session that begins here begins with ES256, else RS256. No more than a
  // hint: a TEE that refuses the one gets the other.
  bool es256 = false;
};

// What becomes of a device's message.
struct Reply {
  // What the device is sent; empty for nothing.
  std::string message;
  // It is nothing because the evidence was read and isn't believed. Of other
  // refusals nobody hears: what was wrong with a message would help to forge
  // one.
  bool not_trusted = false;
  // It is nothing because something isn't there yet: the device had better come
  // again after that. Zero: there is no reason to.
  absl::Duration come_again;
};

class Messenger {
 public:
  struct Options {
    // The tamid; our certificates' SAN.
    std::string tsm_id;
    // At least one, of 32 octets or more each; the first is for what is new.
    std::vector<SecretBytes> session_secrets;
    int64_t max_refusal_audits_per_second = kMaxRefusalAuditsPerSecond;
  };
  // All must outlive the messenger.
  struct Collaborators {
    TsmStore& store;
    const IdentitySource& identity;
    VerifierClient& verifier;
    const Clock& clock;
    Random& random;
    PullQueue& pulls;
    const DataSealer& sealer;
    RemovalBrake& brake;
  };

  Messenger(Options options, const Collaborators& collaborators);
  ~Messenger();
  Messenger(const Messenger&) = delete;
  Messenger& operator=(const Messenger&) = delete;

  // The octets of a device's message, empty for a connect.
  absl::StatusOr<Reply> Take(const rpc::CallContext& call,
                             absl::string_view message, DevicePath path);

  // Signs first requests ahead; for a background task. UNAVAILABLE without
  // identity.
  absl::Status SignAhead();

  // Takes effect at once; those that are gone end the sessions made with them.
  void ReplaceSecrets(std::vector<SecretBytes> secrets);

 private:
  const std::unique_ptr<Tools> tools_;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_MESSAGING_MESSENGER_H_
