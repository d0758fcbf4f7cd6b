#include "libs/service/metrics_listener.h"

#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/http/problem.h"
#include "libs/http/server.h"
#include "libs/telemetry/metrics.h"
#include "libs/telemetry/version.h"

namespace otrp {
namespace service {
namespace {

http::Response Text(std::string body) {
  http::Response response;
  response.headers = {{"Content-Type", "text/plain; version=0.0.4"},
                      {"Cache-Control", "no-store"}};
  response.body = std::move(body);
  return response;
}

}  // namespace

class MetricsListener::Impl {
 public:
  explicit Impl(std::unique_ptr<http::Server> server)
      : server_(std::move(server)) {}
  int port() const { return server_->port(); }

 private:
  const std::unique_ptr<http::Server> server_;
};

MetricsListener::MetricsListener(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}
MetricsListener::~MetricsListener() = default;
int MetricsListener::port() const { return impl_->port(); }

absl::StatusOr<std::unique_ptr<MetricsListener>> MetricsListener::Start(
    const std::string& listen, const Readiness& readiness) {
  http::Router router;
  telemetry::kBuildInfo.With(telemetry::kVersion).Set(1);
  router.Add("GET", "/metrics", "metrics", [&readiness](const http::Request&) {
    telemetry::kReady.With().Set(readiness.Check().ok() ? 1 : 0);
    return Text(telemetry::Default().Serialize());
  });
  router.Add("GET", "/livez", "livez",
             [](const http::Request&) { return Text("ok\n"); });
  router.Add("GET", "/readyz", "readyz", [&readiness](const http::Request&) {
    const absl::Status status = readiness.Check();
    return status.ok() ? Text("ok\n") : http::Problem(503, status.message());
  });
  http::Server::Options options;
  options.listen = listen;
  // Watchers are few.
  options.handler_threads = 2;
  options.starter_threads = 1;
  options.max_held_bytes = size_t{8} << 20;
  options.max_connections = 64;
  options.max_body_bytes = 1024;
  OTRP_ASSIGN_OR_RETURN(auto server,
                        http::Server::Start(options, std::move(router)));
  return std::unique_ptr<MetricsListener>(
      new MetricsListener(std::make_unique<Impl>(std::move(server))));
}

}  // namespace service
}  // namespace otrp
