// The record of messages that changed nothing: forged, expired, replayed,
// malformed. Each is counted; audit records are limited to so many a second,
// since anybody can send such messages (the next record tells how many are
// missing).
//
// Thread-safety: thread-safe.
// Errors: none; a record that can't be written is logged and counted. The
// device's answer doesn't depend on it.

#ifndef OTRP_SERVICES_TSM_MESSAGING_REFUSALS_H_
#define OTRP_SERVICES_TSM_MESSAGING_REFUSALS_H_

#include <cstdint>
#include <mutex>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/rpc/run.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {

// What became of a message; its word is part of metrics, and of audit details
// where it was refused.
enum class MessageVerdict {
  kOk,
  // The TEE says that it failed.
  kFail,
  // The same bytes again.
  kRepeated,
  // A collaborator is away.
  kUnavailable,
  // --- Refused
  kMalformed,
  kUnknownTid,
  kUnknownRid,
  kExpired,
  kReplay,
  // A device state that doesn't decrypt, or that its TEE hasn't signed: one
  // name, so that no counter tells the two apart (RFC 7516 section 11.5).
  kNotAuthentic,
  kSignature,
  kWrongDevice,
  kWrongMessage,
  // --- Taken, and the end of the session
  kAgentError,
  kNotTrusted,
};

absl::string_view WordOf(MessageVerdict verdict);

// Of a text for people in an audit record.
inline constexpr size_t kMaxDetailBytes = 512;

struct Refusal {
  MessageVerdict reason = MessageVerdict::kMalformed;
  // The tid as received, or empty.
  absl::string_view tid;
  // For people, no secrets.
  absl::string_view detail;
  // The code of an agent's error; else empty.
  absl::string_view error;
};

class RefusalLog {
 public:
  // The collaborators must outlive the log.
  RefusalLog(TsmStore& store, const Clock& clock, int64_t max_per_second);

  // Texts are made printable and cut before they are written.
  void Record(const rpc::CallContext& call, const Refusal& refusal);

 private:
  // How many records were left out since the last one; -1: leave out this
  // one too.
  int64_t Admit();

  TsmStore& store_;
  const Clock& clock_;
  const int64_t max_per_second_;
  std::mutex mutex_;
  absl::Time window_ = absl::InfinitePast();
  int64_t in_window_ = 0;
  int64_t suppressed_ = 0;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_MESSAGING_REFUSALS_H_
