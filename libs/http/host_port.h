// Addresses as flags and URLs have them.

#ifndef OTRP_LIBS_HTTP_HOST_PORT_H_
#define OTRP_LIBS_HTTP_HOST_PORT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace otrp {
namespace http {

// "host:port" or "[v6]:port", port 0 to 65535, the host without brackets.
// False, with nothing said of the outputs, for anything else. Thread-safe.
bool SplitHostPort(absl::string_view text, std::string* host, int* port);

}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_HOST_PORT_H_
