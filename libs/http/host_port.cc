#include "libs/http/host_port.h"

#include "absl/strings/numbers.h"

namespace otrp {
namespace http {

bool SplitHostPort(absl::string_view text, std::string* host, int* port) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos || colon == 0) return false;
  absl::string_view name = text.substr(0, colon);
  if (name.size() > 2 && name.front() == '[' && name.back() == ']') {
    name = name.substr(1, name.size() - 2);
  } else if (name.find(':') != absl::string_view::npos) {
    return false;
  }
  *host = std::string(name);
  return absl::SimpleAtoi(text.substr(colon + 1), port) && *port >= 0 &&
         *port <= 65535;
}

}  // namespace http
}  // namespace otrp
