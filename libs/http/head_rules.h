// What the head of a request must be, beyond its grammar. Private to
// libs/http.
//
// Thread-safety: functions without state.
// Source: RFC 9112 sections 3.2, 6.1 and 6.3, RFC 9110 sections 7.2, 8.4 and
// 10.1.1.

#ifndef OTRP_LIBS_HTTP_HEAD_RULES_H_
#define OTRP_LIBS_HTTP_HEAD_RULES_H_

#include "absl/types/optional.h"
#include "libs/http/message.h"

namespace otrp {
namespace http {
namespace internal {

// Sets `request->path` and `query` out of its target, which becomes the
// origin-form. Whatever the answer says, the request's end is unknown then:
// the connection ends with it.
//
//   400 no Host or two, a target of another form, a transfer coding that
//       leaves the body's end open
//   415 a content coding     417 an expectation other than 100-continue
//   501 a transfer coding below chunked
absl::optional<Response> RefuseHead(bool http11, Request* request);

// Whether the client waits for "100 Continue" before it sends the body.
bool ExpectsContinue(const Request& request);

}  // namespace internal
}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_HEAD_RULES_H_
