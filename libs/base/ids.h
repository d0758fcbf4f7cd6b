// UUIDs (RFC 4122), upper case without braces: transaction and request ids on
// the wire, event ids, idempotency keys.
//
// Thread-safety: functions without state.

#ifndef OTRP_LIBS_BASE_IDS_H_
#define OTRP_LIBS_BASE_IDS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "libs/base/random.h"

namespace otrp {

// Version 4, "7C2D5A0E-93E1-4B6A-8F0D-1E2A3B4C5D6E".
std::string NewUuid(Random& random);

// A version 4 UUID out of 16 octets, 122 bits of which are kept. Octets that
// aren't 16 are a programming error; they are cut or filled with zeros.
std::string UuidFromBytes(absl::string_view bytes);

// True for 8-4-4-4-12 hexadecimal digits of either case, any version.
bool IsUuid(absl::string_view text);

}  // namespace otrp

#endif  // OTRP_LIBS_BASE_IDS_H_
