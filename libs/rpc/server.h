// A gRPC server with mutual TLS, health, reflection and a locked door.
//
//   OTRP_ASSIGN_OR_RETURN(auto server, rpc::Server::Start(options,
//                                                         {&service}));
//   ... server->port() ...
//   server->Shutdown(absl::Seconds(20));
//
// The door: every call, health and reflection included, is checked against
// the authorization table before any handler is entered, by path and peer
// certificate, and the certificate against what is revoked
// (revocation_view.h), so that a connection is worth no more than its
// certificate is at that moment. Certificates are reloaded when their files
// change (within some seconds), for new connections.
//
// Thread-safety: thread-safe after Start().
// Errors: INVALID_ARGUMENT names the option; FAILED_PRECONDITION for TLS files
// that can't be read; UNAVAILABLE where the address is in use.

#ifndef OTRP_LIBS_RPC_SERVER_H_
#define OTRP_LIBS_RPC_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/rpc/guard.h"
#include "libs/rpc/revocation_view.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace otrp {
namespace rpc {

class Server {
 public:
  struct Options {
    // "host:port"; port 0 picks a free one.
    std::string listen;
    // Directory with cert.pem, key.pem, ca.pem.
    std::string tls_dir;
    // Must outlive the server.
    const Guard* guard = nullptr;
    // Whose certificates count no more; null: all do that the root vouches for.
    // Must outlive the server.
    const RevocationView* revocations = nullptr;
    // Threads that run handlers, at most.
    int max_threads = 64;
    // How often the TLS files are looked at.
    absl::Duration tls_refresh = absl::Seconds(3);
    // Connections end after this (give or take a tenth; calls under way are
    // finished), so that clients find new replicas and nobody goes on for ever
    // with a certificate that has been replaced. A new one costs a handshake.
    absl::Duration max_connection_age = absl::Minutes(1);
    // Who pings more often is cut off.
    absl::Duration min_ping_interval = absl::Seconds(10);
  };

  // `services` must outlive the server.
  static absl::StatusOr<std::unique_ptr<Server>> Start(
      const Options& options, const std::vector<grpc::Service*>& services);
  // Shuts down at once where Shutdown() wasn't called.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The port in use.
  int port() const;

  // What health checks answer: SERVING from the start.
  void SetServing(bool serving);

  // NOT_SERVING, no new calls, waits for running ones, ends what is left
  // after `grace`.
  void Shutdown(absl::Duration grace);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_SERVER_H_
