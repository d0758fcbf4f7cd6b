// The session machine: what a message of a device does to its session. Values
// in, values out; storage, keys and clocks are the caller's.
//
// First Admit(): may this message be taken at all? One request is outstanding
// at a time, and it is answered once. Then, with the message verified and its
// content read, Advance(): which step follows.
//
//   awaiting device state --accepted--> plan
//   awaiting response     --pass------> plan
//                         --fail------> by the error table (errors.h)
//   plan -> send the next request, or done
//
// A restart (fresh GetDeviceState) happens at most kMaxRestartsPerSession
// times, and no session has more than kMaxRequestsPerSession requests: it
// always ends.
//
// Thread-safety: values and functions without state. Errors: none.
// Source: docs/wire.md section 5.

#ifndef OTRP_LIBS_PROTOCOL_SESSION_H_
#define OTRP_LIBS_PROTOCOL_SESSION_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/protocol/errors.h"
#include "libs/protocol/message.h"
#include "libs/protocol/messages.h"

namespace otrp {
namespace protocol {

// --- Admission --------------------------------------------------------------

// The stored session as far as admission needs it.
struct SessionView {
  // Open; else done, refused, failed.
  bool open = true;
  absl::Time expires_at;
  // Of the outstanding request; empty: none is.
  absl::string_view expected_rid;
  MessageKind expected_kind = MessageKind::kGetDeviceState;
};

enum class Admission {
  kTake,
  // The rid isn't the outstanding one: give the stored reply if the same bytes
  // were consumed under that rid, else refuse it as a replay or unknown rid.
  kLookUpReply,
  kExpired,
  // The rid is right, but it is the response to something else.
  kWrongMessage,
};

Admission Admit(const SessionView& session, const Incoming& incoming,
                absl::Time now);

// "take", "look-up-reply", "expired", "wrong-message".
absl::string_view AdmissionName(Admission admission);

// --- Progress ---------------------------------------------------------------

// What has happened so far; kept with the session.
struct Progress {
  // GetDeviceStates beyond the first.
  int restarts = 0;
  // All requests sent, the first included.
  int requests = 1;
  // Requests are signed with ES256, else RS256.
  bool es256 = false;
  // The algorithm was switched already: never back again.
  bool switched = false;
};

struct Event {
  enum class Kind {
    // At least one TEE's evidence was accepted.
    kDeviceStateAccepted,
    // None was.
    kEvidenceRefused,
    // A verified response that says pass.
    kPassed,
    // A failed GetDeviceState, which nobody can verify: `error_code`. Only a
    // wrong algorithm leads on.
    kDeviceStateFailed,
    // A verified failure of one of the other six: `error_code`.
    kFailed,
    // The agent says that the TEE can't answer: `error_code`. Unsigned, so it
    // ends the session, and never gives a task up.
    kAgentError,
  };
  Kind kind = Kind::kPassed;
  absl::string_view error_code;
};

// What becomes of the task that the outstanding request was for.
enum class TaskEffect { kNone, kDone, kRetryLater, kGiveUp };

struct Step {
  enum class Next {
    // Plan(), then send what it gives, or finish.
    kPlan,
    // A new GetDeviceStateRequest, with Progress::es256 of `progress`.
    kRestart,
    // No reply (204); the session is over.
    kFinish,
  };
  Next next = Next::kFinish;
  TaskEffect task = TaskEffect::kNone;
  // The session's end as the records call it, when next is kFinish.
  enum class End { kNone, kDone, kRefused, kFailed };
  End end = End::kNone;
  Progress progress;
  // Of the error table; null without an error.
  const ErrorRow* error = nullptr;
};

// For kRestart `progress` counts the restart and its request already.
Step Advance(const Progress& progress, const Event& event);

// Before a planned request is sent: false when the session has had its number
// of requests, and must finish as failed. Counts it otherwise.
bool CountRequest(Progress* progress);

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_SESSION_H_
