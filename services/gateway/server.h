// The gateway put together: channels to tsm and ca, routes, listeners.
//
// Keeps no state: a session's messages may come through any gateway.
//
// Thread-safety: thread-safe after Start().
// Errors: those of the listeners and TLS files; a TSM that isn't there yet is
// no error (readiness tells).

#ifndef OTRP_SERVICES_GATEWAY_SERVER_H_
#define OTRP_SERVICES_GATEWAY_SERVER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "libs/http/router.h"
#include "libs/service/readiness.h"
#include "services/gateway/config.h"
#include "services/gateway/env.h"

namespace otrp {
namespace gateway {

// `env` must outlive the router.
http::Router Routes(const Env& env);

class Server {
 public:
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Config& config);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // 0 where there is no such listener.
  int http_port() const;
  int https_port() const;

  // The connection to the TSM.
  void AddChecks(service::Readiness& readiness);

  // No new connections; running messages are answered.
  void Shutdown();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gateway
}  // namespace otrp

#endif  // OTRP_SERVICES_GATEWAY_SERVER_H_
