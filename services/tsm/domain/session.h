// The session machine: what a message of a device does to its session. Values
// in, values out; storage, keys and clocks are the caller's.
//
// First Admit(): may this message be taken at all? One request is outstanding
// at a time, and it is answered once. Then, with the message verified and its
// content read, Advance(): which step follows.
//
//   awaiting device state --accepted--> plan
//                         --refused---> finish
//   awaiting response     --pass------> plan
//                         --fail------> by the error table (errors.h)
//   plan -> send the next request, or done
//        -> restart, where the TEE has changed and didn't show how
//
// A restart (fresh GetDeviceState) happens at most kMaxRestartsPerSession
// times, and no session has more than kMaxRequestsPerSession requests: it
// always ends.
//
// Thread-safety: values and functions without state. Errors: none.
// Source: docs/wire.md section 5.

#ifndef OTRP_SERVICES_TSM_DOMAIN_SESSION_H_
#define OTRP_SERVICES_TSM_DOMAIN_SESSION_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/protocol/message.h"
#include "libs/protocol/messages.h"
#include "services/tsm/domain/model.h"

namespace otrp {
namespace tsm {

// --- Admission --------------------------------------------------------------

// The stored session as far as admission needs it.
struct SessionView {
  // Open; else done, refused, failed.
  bool open = true;
  absl::Time expires_at;
  // Of the outstanding request; empty: none is.
  absl::string_view expected_rid;
  protocol::MessageKind expected_kind = protocol::MessageKind::kGetDeviceState;
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

Admission Admit(const SessionView& session, const protocol::Incoming& incoming,
                absl::Time now);

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

struct SessionEvent {
  enum class Kind {
    // At least one TEE's evidence was accepted.
    kDeviceStateAccepted,
    // None was.
    kEvidenceRefused,
    // A failed GetDeviceState, which nobody can verify: `error_code`. Only a
    // wrong algorithm leads on.
    kDeviceStateFailed,
    // A verified response that says pass.
    kPassed,
    // A verified failure of one of the other six: `error_code`.
    kFailed,
    // A response that the TEE has signed and nobody can read.
    kUnreadable,
    // There is something to ask for, but the TEE has changed since it last
    // showed its state: a request made for the old one would be refused.
    kNotFresh,
    // The agent says that the TEE can't answer. Unsigned, so it ends the
    // session and touches no task.
    kAgentError,
  };
  Kind kind = Kind::kPassed;
  absl::string_view error_code;
};

// What becomes of the task that the outstanding request was for.
enum class TaskEffect { kNone, kDone, kRetryLater, kGiveUp };

struct Transition {
  enum class Next {
    // Plan(), then send what it gives, or finish.
    kPlan,
    // A new GetDeviceStateRequest, with Progress::es256 of `progress`.
    kRestart,
    // Nothing more can be done with this TEE; without another one the session
    // is over.
    kFinish,
  };

  Next next = Next::kFinish;
  // How the records call it, when next is kFinish: failed or refused.
  SessionState end = SessionState::kFailed;
  TaskEffect task = TaskEffect::kNone;
  Progress progress;
};

// For kRestart `progress` counts the restart and its request already.
Transition Advance(const Progress& progress, const SessionEvent& event);

// Before a planned request is sent: false when the session has had its number
// of requests, and must finish as failed. Counts it otherwise.
bool CountRequest(Progress* progress);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_DOMAIN_SESSION_H_
