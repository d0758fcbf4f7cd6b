// UTF-8, as RFC 3629 has it: no overlong forms, no surrogates, nothing above
// U+10FFFF.
//
// Thread-safety: functions without state. Errors: none.

#ifndef OTRP_LIBS_BASE_UTF8_H_
#define OTRP_LIBS_BASE_UTF8_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace otrp {

// Octets of the well-formed sequence at the front of `text`, 1 to 4; 0 where
// there is none.
size_t Utf8SequenceLength(absl::string_view text);

// The longest front of `text` that has at most `max` octets and cuts no
// sequence in two.
absl::string_view Utf8Prefix(absl::string_view text, size_t max);

}  // namespace otrp

#endif  // OTRP_LIBS_BASE_UTF8_H_
