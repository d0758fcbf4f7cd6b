// From a request of HTTP to the request of an RPC, and from its response back
// to JSON (proto3 JSON, by protobuf's json_util).
//
//   std::unique_ptr<Message> request(prototype.New());
//   OTRP_RETURN_IF_ERROR(ReadRequest(*match.route, match.variables,
//                                    http.query, http.body, request.get()));
//   ... the call ...
//   OTRP_ASSIGN_OR_RETURN(std::string body,
//                         WriteResponse(*response));
//
// JSON: members in lowerCamelCase (the proto's own names are taken too),
// bytes in base64, 64-bit integers as strings, enums by name, times by RFC
// 3339. The text has passed json::Parse() before json_util sees it, so that
// it is bounded, of valid UTF-8 and without duplicate members. Stricter than
// proto3 JSON: a bool is no string, an enum no number, and both names of one
// field are not taken at once.
//
// Paths and queries: bytes in lower-case hex; the rest as JSON has it, without
// quotes. A member of a message is "target.did"; a repeated field is given
// several times. Every value has one place: what stands in the path or belongs
// into the body is no parameter.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT that names the member as JSON has it, in its text
// and for MemberOf().

#ifndef OTRP_LIBS_REST_TRANSCODER_H_
#define OTRP_LIBS_REST_TRANSCODER_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "libs/rest/routes.h"

namespace otrp {
namespace rest {

// The largest request is an image and its personalization data (libs/base/
// limits.h) in base64, with 1 MiB for the rest. Reading it holds up to
// five times its size (tests/cost).
inline constexpr size_t kMaxJsonBytes = size_t{24} << 20;

// A body of octets: an image in one piece, or a part of a larger one.
inline constexpr size_t kMaxOctetBytes = size_t{16} << 20;

// Parameters of one query; lists go into bodies.
inline constexpr size_t kMaxQueryParameters = 128;

// `query` as sent, without the '?'; `body` without its transfer coding. An
// empty body is an empty object where there may be one. `request` must be new
// and of the RPC's input type; it is undefined after an error.
absl::Status ReadRequest(const Route& route, const Variables& variables,
                         absl::string_view query, absl::string_view body,
                         google::protobuf::Message* request);

// What such a request must have as its Content-Type; empty: nothing.
absl::string_view MediaTypeOf(BodyKind kind);
// "application/json", also with "; charset=utf-8".
bool IsMediaType(absl::string_view content_type, absl::string_view wanted);

// Compact JSON with every member that isn't in a oneof, default or not, so
// that a caller sees what there is. INTERNAL where protobuf can't write it.
absl::StatusOr<std::string> WriteResponse(
    const google::protobuf::Message& response);

// The JSON member that an error of this library is about, "target.did" or
// "dids[3]"; empty where it is about none.
std::string MemberOf(const absl::Status& status);

// INVALID_ARGUMENT "<member>: <what>", for MemberOf() too.
absl::Status MemberError(absl::string_view member, absl::string_view what);

}  // namespace rest
}  // namespace otrp

#endif  // OTRP_LIBS_REST_TRANSCODER_H_
