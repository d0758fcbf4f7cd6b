// One message of a device on its way through the TSM: what is known about it
// from the start, and the two things every kind of message needs: an answer
// for what was consumed before, and the commit.
//
// Thread-safety: an Exchange belongs to one call.
// Errors: UNAVAILABLE where a collaborator is away or the database didn't
// confirm: the device sends the same bytes again. Whatever else is wrong with a
// message is no error but an answer (mostly: nothing).

#ifndef OTRP_SERVICES_TSM_MESSAGING_EXCHANGE_H_
#define OTRP_SERVICES_TSM_MESSAGING_EXCHANGE_H_

#include <chrono>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/json/json.h"
#include "libs/rpc/run.h"
#include "services/tsm/messaging/messenger.h"
#include "services/tsm/messaging/refusals.h"
#include "services/tsm/messaging/tools.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {

// What a device hears of the database's troubles. A commit of unknown outcome
// is one that it can wait out: the same bytes again find its reply, or do it.
absl::Status ToDeviceError(const absl::Status& status);

class Exchange {
 public:
  // `message` must outlive it.
  Exchange(const rpc::CallContext& call, Tools& tools,
           absl::string_view message, DevicePath path);

  const rpc::CallContext& call;
  Tools& tools;
  const absl::string_view message;
  // SHA-256 of `message`.
  const std::string sha256;
  const DevicePath path;
  const absl::Time now;

  // For metrics and the session's log, set as they become known.
  std::string name = "unknown";
  MessageVerdict verdict = MessageVerdict::kOk;
  // Of the session that it belongs to; empty where there is none.
  std::string tid;
  // What the device's agent says is wrong, where it says so: a record of its
  // message keeps the code also where it is refused.
  std::string agent_error;
  // The reply ends a session whose device isn't believed.
  bool not_trusted = false;
  // Something that the device is to have may be there after that; zero where
  // nothing is waited for.
  absl::Duration come_again;

  // Since the message came.
  int64_t elapsed_us() const;

  // Nothing changes, nothing is sent; counted and audited.
  std::string Refuse(MessageVerdict reason, absl::string_view tid,
                     absl::string_view detail);

  // Set where (tid, rid) was consumed before: the stored reply for the same
  // bytes; refused as a replay for others.
  absl::optional<std::string> Consumed(const LoadedMessage& loaded,
                                       absl::string_view tid);

  // Commits a step that consumed (tid, rid) and gives its reply; where someone
  // else was first, the reply that they stored. Fills in what `this` knows of
  // the commit: sha256, times, the audit record's trace.
  absl::StatusOr<std::string> Commit(SessionCommit commit);

  // The audit record of a step. Its subject is the device `did`, as far as it
  // is known, else the session; its actor too, where the device has `proven`
  // that the message is its own. The session's tid is added to `details`.
  store::AuditEvent AuditStep(absl::string_view action, absl::string_view did,
                              bool proven, absl::string_view outcome,
                              const Session& session,
                              json::Value details) const;

  // A message of the session's log, as of now.
  SessionMessage Log(int32_t n, Direction direction, absl::string_view name,
                     absl::string_view rid) const;

 private:
  const std::chrono::steady_clock::time_point start_;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_MESSAGING_EXCHANGE_H_
