// The part of docs/wire.md that is made of the code: how members are written.
//
// Thread-safety: a function without state. Errors: none.

#ifndef OTRP_LIBS_PROTOCOL_WIRE_PAGE_H_
#define OTRP_LIBS_PROTOCOL_WIRE_PAGE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace otrp {
namespace protocol {

// `page` with its table of members made anew.
std::string WirePage(absl::string_view page);

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_WIRE_PAGE_H_
