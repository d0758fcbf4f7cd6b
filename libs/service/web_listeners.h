// The listeners of a service::WebServer: plain HTTP, HTTPS, or both, as its
// settings say.
//
// Thread-safety: belongs to one thread. Errors: those of http::Server::Start().

#ifndef OTRP_LIBS_SERVICE_WEB_LISTENERS_H_
#define OTRP_LIBS_SERVICE_WEB_LISTENERS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/http/router.h"
#include "libs/http/server.h"
#include "libs/service/server.h"
#include "libs/service/web_config.h"

namespace otrp {
namespace service {

// A listener without its address and certificate: `own` is what only this
// service has, all else stands in `config`.
http::Server::Options ListenerOptions(const WebConfig& config,
                                      http::Server::Options own);

class WebListeners {
 public:
  // `config` has been checked. Of `own`, client_ca_file counts for HTTPS only.
  // What the routes use must outlive this.
  absl::Status Start(const WebConfig& config, http::Server::Options own,
                     absl::FunctionRef<http::Router(Scheme)> routes);

  // What HTTPS shows, if it is there.
  std::vector<WebServer::Certificate> certificates() const;

  // 0: it has none.
  int port(Scheme scheme) const;

  // Both at once: they share the time that a stop may take.
  void Shutdown(absl::Duration drain);

 private:
  std::string certificate_;
  std::unique_ptr<http::Server> http_;
  std::unique_ptr<http::Server> https_;
};

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_WEB_LISTENERS_H_
