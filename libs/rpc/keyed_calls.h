// Where a service keeps what became of requests under a key; run.h asks it.
// libs/service/kept_answers.h keeps them in the service's database.
//
// Thread-safety: thread-safe.

#ifndef OTRP_LIBS_RPC_KEYED_CALLS_H_
#define OTRP_LIBS_RPC_KEYED_CALLS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace otrp {
namespace rpc {

class KeyedCalls {
 public:
  struct Request {
    // Caller and method.
    std::string scope;
    // As the caller sent it; no secret of ours, but of his.
    std::string key;
    // Serialized; the same request has the same octets.
    std::string octets;
  };

  struct Answer {
    absl::Status status;
    // Of the call that made it.
    std::string trace_id;
    // Serialized, where `status` is OK.
    std::string response;
  };

  enum class State {
    // Nothing was done under this key.
    kFree,
    // It is to be done now, in the try that Begun names.
    kMine,
    kRunning,
    kAnswered,
    kOtherRequest,
    // It was done, and its answer can't be had any more.
    kAnswerLost,
  };

  struct Begun {
    State state = State::kFree;
    // Where it is kMine: CallContext::attempt().
    std::string attempt;
    // Where it is kAnswered.
    Answer answer;
  };

  virtual ~KeyedCalls() = default;

  // Claims the key. Never kFree. Errors: those of what it is kept in; nothing
  // may be done then.
  virtual absl::StatusOr<Begun> Begin(const Request& request) = 0;
  // Looks only. Never kMine.
  virtual absl::StatusOr<Begun> Find(const Request& request) = 0;

  // What becomes of a try ends with one of these. Where that fails, a later
  // request finds out by itself whether it was done.
  virtual void Keep(const Request& request, const std::string& attempt,
                    const Answer& answer) = 0;
  // The outcome isn't final: the next request may try, unless it was done.
  virtual void Release(const std::string& attempt) = 0;

 protected:
  KeyedCalls() = default;
  KeyedCalls(const KeyedCalls&) = delete;
  KeyedCalls& operator=(const KeyedCalls&) = delete;
};

}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_KEYED_CALLS_H_
