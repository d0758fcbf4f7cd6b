// Hexadecimal.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT for an odd length or another character.

#ifndef OTRP_LIBS_BASE_HEX_H_
#define OTRP_LIBS_BASE_HEX_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace otrp {

// Lower case.
std::string HexEncode(absl::string_view bytes);
// Upper case, as the drafts write initialization vectors.
std::string HexEncodeUpper(absl::string_view bytes);
// Either case, no separators.
absl::StatusOr<std::string> HexDecode(absl::string_view text);

}  // namespace otrp

#endif  // OTRP_LIBS_BASE_HEX_H_
