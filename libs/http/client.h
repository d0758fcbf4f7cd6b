// A blocking HTTP/1.1 client with keep-alive. No redirects, no cookies, and no
// proxy: the environment's http_proxy says nothing here. What fails on a kept
// connection is sent once more on a new one; a POST or PATCH only where nothing
// of it was sent.
//
//   http::Client client({});
//   OTRP_ASSIGN_OR_RETURN(http::Response r, client.Post(
//       "https://tsm.example/otrp", {{"Content-Type", "..."}}, body));
//
// Thread-safety: calls of one client wait for one another.
// Errors: INVALID_ARGUMENT for a URL that isn't http(s)://host[:port]/path;
// UNAVAILABLE for no connection or a broken one; DEADLINE_EXCEEDED;
// FAILED_PRECONDITION for a CA file that can't be read; PERMISSION_DENIED for
// what public_only forbids. Any status code is a
// Response, not an error.

#ifndef OTRP_LIBS_HTTP_CLIENT_H_
#define OTRP_LIBS_HTTP_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/http/message.h"

namespace otrp {
namespace http {

class Client {
 public:
  struct Options {
    // Of each call as a whole: name service, connecting, TLS, what is sent,
    // the answer, and all that again where it is repeated.
    absl::Duration timeout = absl::Seconds(10);
    // PEM roots for https, a file or the text itself; both empty: the
    // system's.
    std::string ca_file;
    std::string ca_pem;
    // PEM of a certificate (with its chain) and its key, shown to a server
    // that asks for one; both empty: none.
    std::string cert_file;
    std::string key_file;
    size_t max_body_bytes = size_t{48} << 20;
    // For URLs that others gave: no connection to an address that isn't
    // IsPublic() (ip_address.h), whatever name leads to it, and no plain http.
    bool public_only = false;
    // There, too, plain http: for what is signed by itself.
    bool plain_http = false;
  };

  // What was done for the calls so far.
  struct Stats {
    int64_t connections = 0;
    // Time for TCP and TLS, part of the calls that had to connect.
    absl::Duration connecting;
    // Requests sent a second time because the kept connection was closed.
    int64_t repeated = 0;
  };

  explicit Client(Options options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  absl::StatusOr<Response> Get(const std::string& url,
                               const std::vector<Header>& headers = {});
  absl::StatusOr<Response> Post(const std::string& url,
                                const std::vector<Header>& headers,
                                const std::string& body);
  absl::StatusOr<Response> Send(const std::string& method,
                                const std::string& url,
                                const std::vector<Header>& headers,
                                const std::string& body);
  Stats stats() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_CLIENT_H_
