// Errors as application/problem+json (RFC 9457), for people and programs:
//
//   {"type": "/problems/invalid-argument", "title": "The request is wrong",
//    "status": 400, "detail": "pageSize: must be 0 to 1000",
//    "code": "INVALID_ARGUMENT", "field": "pageSize",
//    "request_id": "4bf92f3577b34da6a3ce929d0e0e4736"}
//
// Statuses are those that google.rpc.Code documents for each code, but for
// CANCELLED: its 499 is no registered status, callers get 503. So
// FAILED_PRECONDITION is 400; 412 says that If-Match didn't hold, and nothing
// else.
//
// Thread-safety: functions without state. Errors: none.

#ifndef OTRP_LIBS_REST_PROBLEM_H_
#define OTRP_LIBS_REST_PROBLEM_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "libs/http/message.h"

namespace otrp {
namespace rest {

// What a kind of problem has in common. A row's `type` never changes: callers
// compare it.
struct ProblemKind {
  // The reference of `type`, relative to the server.
  std::string type;
  int status;
  // "INVALID_ARGUMENT".
  absl::string_view code;
  // One sentence for people.
  absl::string_view title;
};

// All that ProblemOf() and HttpProblem() make, for the reference page.
const std::vector<ProblemKind>& ProblemKinds();

// `status` isn't OK: an RPC's, or this library's. `request`: the RPC's input
// type, by which the field is found that the error begins with; null where no
// RPC is known. `retry_after` goes with 429 and 503, in whole seconds, at
// least one. INTERNAL, UNKNOWN and DATA_LOSS never show their message.
http::Response ProblemOf(const absl::Status& status,
                         const google::protobuf::Descriptor* request,
                         absl::string_view request_id,
                         absl::Duration retry_after = absl::Seconds(1));

// What HTTP itself refuses: 404 for a path, 405, 406, 412, 413, 415, 422, 431.
// Another status becomes 500.
http::Response HttpProblem(int status, absl::string_view detail,
                           absl::string_view request_id);

// "policy.tee_rules[3].min_version" of a request's fields as JSON has it,
// "policy.teeRules[3].minVersion". What isn't a field stays as it is.
std::string JsonPath(absl::string_view path,
                     const google::protobuf::Descriptor& request);

}  // namespace rest
}  // namespace otrp

#endif  // OTRP_LIBS_REST_PROBLEM_H_
