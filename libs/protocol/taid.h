// Ids of trusted applications. OP-TEE's are UUIDs, which are the same in either
// case of their digits, with braces or without (RFC 4122 section 3); ids of
// another form are what their octets are.
//
// An id goes back to a TEE as that TEE wrote it, and to others as it stands in
// the catalogue; what is compared is its key.
//
// Thread-safety: functions without state. Errors: none.

#ifndef OTRP_LIBS_PROTOCOL_TAID_H_
#define OTRP_LIBS_PROTOCOL_TAID_H_

#include <string>

#include "absl/strings/string_view.h"

namespace otrp {
namespace protocol {

// One key an application: a UUID in lower case without braces, else `taid`.
std::string TaidKey(absl::string_view taid);

bool SameTaid(absl::string_view a, absl::string_view b);

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_TAID_H_
