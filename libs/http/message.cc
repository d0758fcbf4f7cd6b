#include "libs/http/message.h"

#include "absl/strings/match.h"

namespace otrp {
namespace http {

absl::string_view FindHeader(const std::vector<Header>& headers,
                             absl::string_view name) {
  for (const Header& header : headers) {
    if (absl::EqualsIgnoreCase(header.first, name)) return header.second;
  }
  return "";
}

bool HasHeader(const std::vector<Header>& headers, absl::string_view name) {
  for (const Header& header : headers) {
    if (absl::EqualsIgnoreCase(header.first, name)) return true;
  }
  return false;
}

}  // namespace http
}  // namespace otrp
