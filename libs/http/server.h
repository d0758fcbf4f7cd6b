// An HTTP/1.1 listener: asynchronous connections; handlers on threads of their
// own, apart from the connections'; limits on all that a stranger can send,
// hold or wait for. A streamed answer (stream.h) holds no turn of a handler;
// its connection ends with it.
//
// Answers by itself, with problem+json: 400 malformed, 408 too slow, 413 body
// too large, 415 a content coding, 417 an unknown expectation, 429 too many
// requests from one address, 431 head, chunk's line or trailer too large, 500
// where a handler gives a request up, 501 an unknown transfer coding; 503 +
// Retry-After when the queue is full, a request waited for too long, or there
// is no memory for it.
//
// Thread-safety: thread-safe after Start().
// Errors: INVALID_ARGUMENT for a bad address or roots of clients without TLS,
// UNAVAILABLE for one in use, FAILED_PRECONDITION for TLS files that can't be
// used.

#ifndef OTRP_LIBS_HTTP_SERVER_H_
#define OTRP_LIBS_HTTP_SERVER_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/base/limits.h"
#include "libs/http/budget.h"
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
    // PEM roots of clients' certificates, for TLS, read again too: a client is
    // asked for a certificate (Request::client_certificate) and may have none;
    // one that isn't good ends the handshake. Empty: nobody is asked.
    std::string client_ca_file;
    size_t max_body_bytes = kMaxDeviceMessageBytes;
    // Request line and fields; also a chunk's size line, and a trailer.
    size_t max_header_bytes = 16 * 1024;
    // Octets of requests (a quarter, and a sixteenth for one address) and of
    // answers (the rest) that are held at a time. The first 4 KiB of each
    // don't count: the number of connections limits them.
    size_t max_held_bytes = size_t{64} << 20;
    // Where listeners share it; else each has its own.
    std::shared_ptr<Memory> memory;
    // For a request's head as a whole; longest stand-still in a body or an
    // answer, which besides must be faster than the rate.
    absl::Duration request_timeout = absl::Seconds(15);
    size_t min_bytes_per_second = 4096;
    // Between requests of a connection.
    absl::Duration idle_timeout = absl::Seconds(75);
    // Further ones are closed at once; fewer where the process may not have as
    // many descriptors.
    int max_connections = 2000;
    // Of one address (IPv4) or /64 (IPv6); 0: no limit. Twice as many requests
    // may come at once.
    int peer_connections = 0;
    int peer_requests_per_second = 0;
    // Proxies, "10.0.0.0/8,192.0.2.7", whose header of this name is believed:
    // X-Forwarded-For or Forwarded. The limits for peers aren't theirs.
    std::string trusted_proxies;
    std::string forwarded_header = "X-Forwarded-For";
    // Whether they begin each connection with the PROXY protocol.
    bool proxy_protocol = false;
    int io_threads = 1;
    // Blocking handlers at the same time, and asynchronous ones.
    int handler_threads = 8;
    // For the part of asynchronous handlers before they wait.
    int starter_threads = 2;
    // Unless the body is no larger than this: then they begin on the
    // connection's own thread, on which others' connections wait.
    absl::optional<size_t> small_body_bytes;
    // Requests that wait for their turn, and for how long.
    int max_queue = 256;
    absl::Duration queue_timeout = absl::Seconds(10);
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

  // No new connections; running requests are answered, for up to `grace`, and
  // streamed answers end where they are. Then blocking handlers that have begun
  // are waited for, and nothing else begins.
  void Shutdown(absl::Duration grace);

 private:
  class Impl;
  explicit Server(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_SERVER_H_
