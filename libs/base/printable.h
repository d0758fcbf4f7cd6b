// What strangers wrote, for the eyes of people: terminals, logs, records.
//
// Letters of every script stay as they are. What can't be seen and steers what
// is shown (control characters, C1 too; format characters, with them those that
// turn the direction of text round; line and paragraph separators) is written
// out: "\u202e", the way JSON does it, beyond U+FFFF in two halves. So the
// functions may be used on the text of a JSON value as well: it stays the same
// value.
//
// Thread-safety: functions without state. Errors: none; octets that aren't
// UTF-8 become U+FFFD.
// Source: Unicode 15.1, general categories Cc, Cf, Zl and Zp; Unicode
// Technical Report 36 section 2.

#ifndef OTRP_LIBS_BASE_PRINTABLE_H_
#define OTRP_LIBS_BASE_PRINTABLE_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace otrp {

// Appends the character at the front of `text`, which isn't empty; how many
// octets of `text` it was.
size_t AppendPrintable(absl::string_view text, std::string* out);

// All of `text`; at most `max` octets, no character or escape cut in two.
std::string Printable(absl::string_view text,
                      size_t max = absl::string_view::npos);

}  // namespace otrp

#endif  // OTRP_LIBS_BASE_PRINTABLE_H_
