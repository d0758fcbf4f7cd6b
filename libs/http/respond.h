// The right and the duty to answer a request, once.
//
// Thread-safety: belongs to one thread at a time; may move to any.

#ifndef OTRP_LIBS_HTTP_RESPOND_H_
#define OTRP_LIBS_HTTP_RESPOND_H_

#include "absl/functional/any_invocable.h"
#include "absl/types/variant.h"
#include "libs/http/message.h"
#include "libs/http/stream.h"

namespace otrp {
namespace http {

using Answer = absl::variant<Response, Streamed>;

// Moves, so that one owner has it; whoever lets go of it without an answer
// has answered 500. An answer is given by std::move(respond)(response), whole
// or streamed.
class Respond {
 public:
  using Function = absl::AnyInvocable<void(Answer)>;

  explicit Respond(Function function);
  Respond(Respond&& other) noexcept;
  Respond(const Respond&) = delete;
  Respond& operator=(const Respond&) = delete;
  Respond& operator=(Respond&&) = delete;
  ~Respond();

  // Nothing happens where it was moved from or has answered.
  void operator()(Answer answer) &&;

 private:
  Function function_;
};

}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_RESPOND_H_
