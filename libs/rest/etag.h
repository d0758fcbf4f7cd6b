// Entity tags (RFC 9110 section 8.8.3): strong, made of the answer's octets.
//
// Thread-safety: functions without state. Errors: none.

#ifndef OTRP_LIBS_REST_ETAG_H_
#define OTRP_LIBS_REST_ETAG_H_

#include <string>

#include "absl/strings/string_view.h"
#include "libs/http/message.h"

namespace otrp {
namespace rest {

// With its quotes: 32 hex digits of the body's SHA-256.
std::string ETagOf(absl::string_view body);

// Gives a 200 of GET or HEAD its ETag, and makes it a 304 without a body where
// If-None-Match has it. The answer belongs to its caller: "Cache-Control:
// private, no-cache", and Vary names what it depends on.
void AddETag(const http::Request& request, http::Response* response);

// Whether If-None-Match has the tag: a list or "*", compared weakly (section
// 13.1.2).
bool IfNoneMatchHas(absl::string_view header, absl::string_view etag);

// Whether If-Match lets the request through: compared strongly (section
// 13.1.1). `etag` of what is there; empty where nothing is, which not even
// "*" matches. An empty header is no condition.
bool IfMatchHolds(absl::string_view header, absl::string_view etag);

}  // namespace rest
}  // namespace otrp

#endif  // OTRP_LIBS_REST_ETAG_H_
