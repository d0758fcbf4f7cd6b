// An HTTP/1.1 listener: asynchronous connections; handlers that may block on
// threads of their own, the others on the connections'; limits on what a
// stranger can send, but for a chunk's extensions and trailers
// (docs/security.md).
//
// Answers by itself, with problem+json: 400 malformed, 408 too slow, 413 body
// too large, 431 header too large, 503 + Retry-After when all handlers are
// busy and the queue is full.
//
// Thread-safety: thread-safe after Start().
// Errors: INVALID_ARGUMENT for a bad address, UNAVAILABLE for one in use,
// FAILED_PRECONDITION for TLS files that can't be used.

#ifndef OTRP_LIBS_HTTP_SERVER_H_
#define OTRP_LIBS_HTTP_SERVER_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/limits.h"
#include "libs/http/router.h"

namespace otrp {
namespace http {

class Server {
 public:
  struct Options {
    // "host:port"; port 0 picks a free one.
    std::string listen;
    // PEM files, read again when they change; both empty: plain HTTP. TLS 1.2
    // and later.
    std::string tls_cert_file;
    std::string tls_key_file;
    size_t max_body_bytes = kMaxDeviceMessageBytes;
    size_t max_header_bytes = 16 * 1024;
    // From the first octet of a request to its last, and for the answer.
    absl::Duration request_timeout = absl::Seconds(15);
    // Between requests of a connection.
    absl::Duration idle_timeout = absl::Seconds(60);
    // Further ones are closed at once.
    int max_connections = 2000;
    int io_threads = 1;
    // Blocking handlers at the same time, and asynchronous ones.
    int handler_threads = 8;
    // Requests that wait for their turn.
    int max_queue = 256;
    // Counts how long they wait, for readiness and autoscaling
    // (libs/telemetry/queue_time.h).
    bool counts_queue_time = false;
  };

  static absl::StatusOr<std::unique_ptr<Server>> Start(const Options& options,
                                                       Router router);
  // Ends at once where Shutdown() wasn't called.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;

  // No new connections; running requests are answered, for up to `grace`.
  void Shutdown(absl::Duration grace);

 private:
  class Impl;
  explicit Server(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_SERVER_H_
