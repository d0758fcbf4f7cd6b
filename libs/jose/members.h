// Reading the members of JOSE objects, for the files of this folder.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT, naming the member, never quoting its value.

#ifndef OTRP_LIBS_JOSE_MEMBERS_H_
#define OTRP_LIBS_JOSE_MEMBERS_H_

#include <initializer_list>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/json/json.h"

namespace otrp {
namespace jose {
namespace internal {

// INVALID_ARGUMENT: member "<name>" <what>.
absl::Status MemberError(absl::string_view name, absl::string_view what);

absl::Status RequireObject(const json::Value& value, absl::string_view what);

// A string, decoded from base64url; must be there.
absl::StatusOr<std::string> DecodeMember(const json::Value& object,
                                         absl::string_view name);

// The object in the member "protected"; an empty one without the member or
// with an empty string. `encoded` gets the member's value.
absl::StatusOr<json::Value> DecodeProtected(const json::Value& object,
                                            std::string* encoded);

// The object in an optional member; an empty one without it.
absl::StatusOr<json::Value> OptionalObject(const json::Value& object,
                                           absl::string_view name);

// Headers are compared member by member before anything is verified, so their
// number is what a stranger can make us compare. The registered ones are 16.
inline constexpr size_t kMaxHeaderMembers = 32;

// RFC 7515 7.2.1, RFC 7516 7.2.1: a header parameter stands in one place; and
// no header has more than kMaxHeaderMembers.
absl::Status CheckHeaders(std::initializer_list<const json::Value*> headers);

// The one header that has it, or null.
const json::Value* FindIn(std::initializer_list<const json::Value*> headers,
                          absl::string_view name);

// Extensions that aren't known must be understood, and none is known here.
absl::Status RequireNone(std::initializer_list<const json::Value*> headers,
                         absl::string_view name);

}  // namespace internal
}  // namespace jose
}  // namespace otrp

#endif  // OTRP_LIBS_JOSE_MEMBERS_H_
