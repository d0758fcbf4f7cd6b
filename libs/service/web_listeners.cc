#include "libs/service/web_listeners.h"

#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/telemetry/log.h"

namespace otrp {
namespace service {
namespace {

absl::StatusOr<std::unique_ptr<http::Server>> Listen(
    const http::Server::Options& options, absl::string_view scheme,
    http::Router router) {
  OTRP_ASSIGN_OR_RETURN(std::unique_ptr<http::Server> server,
                        http::Server::Start(options, std::move(router)));
  OTRP_LOG(INFO, "listening",
           {{"scheme", std::string(scheme)},
            {"address", options.listen},
            {"port", absl::StrCat(server->port())}});
  return server;
}

}  // namespace

http::Server::Options ListenerOptions(const WebConfig& config,
                                      http::Server::Options own) {
  http::Server::Options options = std::move(own);
  options.handler_threads = config.handler_threads;
  options.max_queue = 8 * config.handler_threads;
  options.max_connections = config.max_connections;
  options.counts_queue_time = true;
  options.io_threads = config.io_threads;
  options.idle_timeout = config.idle_timeout;
  options.request_timeout = config.request_timeout;
  options.peer_connections = config.peer_connections;
  options.peer_requests_per_second = config.peer_requests;
  options.trusted_proxies = config.trusted_proxies;
  options.forwarded_header = config.forwarded_header;
  options.proxy_protocol = config.proxy_protocol;
  return options;
}

absl::Status WebListeners::Start(
    const WebConfig& config, http::Server::Options own,
    absl::FunctionRef<http::Router(Scheme)> routes) {
  http::Server::Options https = ListenerOptions(config, std::move(own));
  https.memory = std::make_shared<http::Memory>(
      static_cast<size_t>(config.max_held_mib) << 20);
  if (!config.http_listen.empty()) {
    http::Server::Options http = https;
    http.listen = config.http_listen;
    http.client_ca_file.clear();
    OTRP_ASSIGN_OR_RETURN(http_, Listen(http, "http", routes(Scheme::kHttp)));
  }
  if (!config.https_listen.empty()) {
    https.listen = config.https_listen;
    https.tls_cert_file = absl::StrCat(config.web_tls_dir, "/cert.pem");
    https.tls_key_file = absl::StrCat(config.web_tls_dir, "/key.pem");
    certificate_ = https.tls_cert_file;
    OTRP_ASSIGN_OR_RETURN(https_,
                          Listen(https, "https", routes(Scheme::kHttps)));
  }
  return absl::OkStatus();
}

std::vector<WebServer::Certificate> WebListeners::certificates() const {
  if (certificate_.empty()) return {};
  return {{"https", certificate_}};
}

int WebListeners::port(Scheme scheme) const {
  const auto& server = scheme == Scheme::kHttps ? https_ : http_;
  return server == nullptr ? 0 : server->port();
}

void WebListeners::Shutdown(absl::Duration drain) {
  std::thread https([&] {
    if (https_ != nullptr) https_->Shutdown(drain);
  });
  if (http_ != nullptr) http_->Shutdown(drain);
  https.join();
}

}  // namespace service
}  // namespace otrp
