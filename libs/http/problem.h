// Errors for people and programs: application/problem+json (RFC 9457).

#ifndef OTRP_LIBS_HTTP_PROBLEM_H_
#define OTRP_LIBS_HTTP_PROBLEM_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "libs/http/message.h"

namespace otrp {
namespace http {

// {"type":"about:blank","title":<reason phrase>,"status":n,"detail":detail}
Response Problem(int status, absl::string_view detail);

// The HTTP status for one of ours; messages of INTERNAL, UNKNOWN and DATA_LOSS
// are left out. 503 gets Retry-After.
Response ProblemOf(const absl::Status& status);

// "Not Found" for 404.
absl::string_view ReasonPhrase(int status);

}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_PROBLEM_H_
