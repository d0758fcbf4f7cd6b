// HTTP requests and responses as handlers and callers see them.
//
// Thread-safety: values.

#ifndef OTRP_LIBS_HTTP_MESSAGE_H_
#define OTRP_LIBS_HTTP_MESSAGE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace otrp {
namespace http {

using Header = std::pair<std::string, std::string>;

// First value of a header, names compared without case; empty without it.
absl::string_view FindHeader(const std::vector<Header>& headers,
                             absl::string_view name);
bool HasHeader(const std::vector<Header>& headers, absl::string_view name);

struct Request {
  std::string method;
  // Path and query, as sent; of an absolute URL only these.
  std::string target;
  // Up to the first '?', as sent (not percent-decoded).
  std::string path;
  std::string query;
  std::vector<Header> headers;
  std::string body;
  // The client's address, as far as trusted proxies tell it.
  std::string peer;

  absl::string_view header(absl::string_view name) const {
    return FindHeader(headers, name);
  }
  bool has_header(absl::string_view name) const {
    return HasHeader(headers, name);
  }
};

struct Response {
  int status = 200;
  // Content-Length and Connection are set by the server.
  std::vector<Header> headers;
  std::string body;

  absl::string_view header(absl::string_view name) const {
    return FindHeader(headers, name);
  }
};

}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_MESSAGE_H_
