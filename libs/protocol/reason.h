// Reads the `reason` of a failed response. Inside libs/protocol only.

#ifndef OTRP_LIBS_PROTOCOL_REASON_H_
#define OTRP_LIBS_PROTOCOL_REASON_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/json/json.h"
#include "libs/protocol/message.h"

namespace otrp {
namespace protocol {

// Of `object`'s member "reason"; ERR_UNSPECIFIED where it has none. `where`
// names the object in errors.
absl::StatusOr<Reason> ReasonOf(const json::Value& object,
                                absl::string_view where);

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_REASON_H_
