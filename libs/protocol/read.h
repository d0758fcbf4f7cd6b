// Reading members that are text, names and objects; members.h has the others.
// Inside libs/protocol and libs/attest only.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT naming the member.
// Source: docs/wire.md section 1.

#ifndef OTRP_LIBS_PROTOCOL_READ_H_
#define OTRP_LIBS_PROTOCOL_READ_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/json/json.h"

namespace otrp {
namespace protocol {

// `where` names the object in errors ("CreateSDTBSResponse",
// "dsi.tee.sdlist.sd[0]").
absl::Status MemberError(absl::string_view where, absl::string_view name,
                         absl::string_view problem);
// "must be `what`, not null": a value of the wrong kind, of which it says only
// the kind.
absl::Status KindError(absl::string_view where, absl::string_view name,
                       absl::string_view what, const json::Value& found);
// The same of an item of a list: "must hold `what`, not null at [3]".
absl::Status ItemKindError(absl::string_view where, absl::string_view name,
                           absl::string_view what, size_t index,
                           const json::Value& found);

// The member, which must be there and be of that kind. An explicit null counts
// as a wrong type: nobody's draft writes one (but see FindList).
absl::StatusOr<const json::Value*> ReadObject(const json::Value& object,
                                              absl::string_view where,
                                              absl::string_view name);
absl::StatusOr<std::string> ReadString(const json::Value& object,
                                       absl::string_view where,
                                       absl::string_view name);
// Not empty.
absl::StatusOr<std::string> ReadName(const json::Value& object,
                                     absl::string_view where,
                                     absl::string_view name);
// What names a thing, in any script: it gets into indexes, logs and terminals.
// The longest of the drafts' samples has 36 octets.
inline constexpr size_t kMaxNameBytes = 256;

// The member; null where it is absent or null: serializers of Go, Java and C#
// write an empty list so.
const json::Value* FindList(const json::Value& object, absl::string_view name);

// At most kMaxNameBytes, no control characters; empty where the member is
// absent or empty.
absl::StatusOr<std::string> ReadOptionalShortName(const json::Value& object,
                                                  absl::string_view where,
                                                  absl::string_view name);
// The same; not empty.
absl::StatusOr<std::string> ReadShortName(const json::Value& object,
                                          absl::string_view where,
                                          absl::string_view name);
// Empty where the member is absent.
absl::StatusOr<std::string> ReadOptionalString(const json::Value& object,
                                               absl::string_view where,
                                               absl::string_view name);

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_READ_H_
