// What service::Main() runs: a service put together.
//
// A service's server.cc derives a final class from one of the two, in its
// anonymous namespace, and NewServer(Config) makes it; server_parts.h has
// what such a class is made of.
//
// Thread-safety: what services() gives is thread-safe; the rest belongs to
// Main(). Errors: NewServer() says those of the collaborators; one that may
// come later is no error but a readiness check.

#ifndef OTRP_LIBS_SERVICE_SERVER_H_
#define OTRP_LIBS_SERVICE_SERVER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/rpc/guard.h"
#include "libs/rpc/revocation_view.h"
#include "libs/service/readiness.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace otrp {
namespace service {

// A service that speaks gRPC.
class Server {
 public:
  // Stops the background tasks.
  virtual ~Server() = default;

  // Called, after AddChecks(), before the listener is opened: for what no call
  // can be answered without. UNAVAILABLE: it is called again each second,
  // while /readyz and stop signals are answered; other errors end the process.
  virtual absl::Status Prepare() { return absl::OkStatus(); }

  virtual const rpc::Guard& guard() const = 0;
  // They live as long as this.
  virtual std::vector<grpc::Service*> services() = 0;
  // Whose certificates count no more; lives as long as this.
  virtual const rpc::RevocationView& revocations() const = 0;
  // What must hold before it takes traffic. The checks are called until
  // Main() has stopped the listener for them, before this ends.
  virtual void AddChecks(Readiness& readiness) = 0;

 protected:
  Server() = default;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
};

// A service that opens listeners of its own and has no gRPC server: the
// gateway. It takes traffic from NewServer() on.
class WebServer {
 public:
  // A certificate that it shows to others, beside that of its mutual TLS.
  struct Certificate {
    // The metric's label, a constant.
    std::string name;
    std::string pem_file;
  };

  virtual ~WebServer() = default;

  virtual std::vector<Certificate> certificates() const = 0;
  virtual void AddChecks(Readiness& readiness) = 0;
  // No new connections; what runs is answered.
  virtual void Shutdown() = 0;

 protected:
  WebServer() = default;
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;
};

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_SERVER_H_
