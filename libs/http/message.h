// HTTP requests and responses as handlers and callers see them.
//
// Thread-safety: values.

#ifndef OTRP_LIBS_HTTP_MESSAGE_H_
#define OTRP_LIBS_HTTP_MESSAGE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace otrp {
namespace http {

using Header = std::pair<std::string, std::string>;

// First value of a header, names compared without case; empty without it.
absl::string_view FindHeader(const std::vector<Header>& headers,
                             absl::string_view name);
bool HasHeader(const std::vector<Header>& headers, absl::string_view name);

namespace internal {
class TlsPeer;
}  // namespace internal

// The certificate that a client has shown and proved to have the key of, and
// that the listener has verified against its roots. Nobody but the listener
// makes one: what a client only says never becomes one.
class ClientCertificate {
 public:
  // URIs of the subject's alternative names, in their order.
  const std::vector<std::string>& uris() const { return uris_; }
  // Lower-case hex without leading zeros.
  const std::string& serial() const { return serial_; }
  // Until when it is good.
  absl::Time not_after() const { return not_after_; }

 private:
  friend class internal::TlsPeer;
  ClientCertificate(std::vector<std::string> uris, std::string serial,
                    absl::Time not_after)
      : uris_(std::move(uris)),
        serial_(std::move(serial)),
        not_after_(not_after) {}

  std::vector<std::string> uris_;
  std::string serial_;
  absl::Time not_after_;
};

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
  // Where the listener asks for one and the client has one that is good now.
  absl::optional<ClientCertificate> client_certificate;

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
