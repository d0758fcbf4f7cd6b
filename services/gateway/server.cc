#include "services/gateway/server.h"

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/channel.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"
#include "libs/http/server.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/connection_keeper.h"
#include "libs/telemetry/log.h"
#include "services/gateway/env.h"
#include "services/gateway/limits.h"
#include "services/gateway/routes.h"

namespace otrp {
namespace gateway {
namespace {

http::Server::Options ListenerOptions(const Config& config,
                                      const std::string& listen,
                                      std::shared_ptr<http::Memory> memory) {
  http::Server::Options options;
  options.listen = listen;
  options.handler_threads = config.handler_threads;
  options.max_queue = 8 * config.handler_threads;
  options.max_connections = config.max_connections;
  options.counts_queue_time = true;
  options.io_threads = config.io_threads;
  options.small_body_bytes = kSmallMessageBytes;
  options.memory = std::move(memory);
  options.idle_timeout = config.idle_timeout;
  options.request_timeout = config.request_timeout;
  options.peer_connections = config.peer_connections;
  options.peer_requests_per_second = config.peer_requests;
  options.trusted_proxies = config.trusted_proxies;
  options.forwarded_header = config.forwarded_header;
  options.proxy_protocol = config.proxy_protocol;
  return options;
}

absl::StatusOr<std::unique_ptr<http::Server>> Listen(
    http::Server::Options options, const Env& env, const char* scheme) {
  OTRP_ASSIGN_OR_RETURN(std::unique_ptr<http::Server> server,
                        http::Server::Start(options, Routes(env)));
  OTRP_LOG(INFO, "listening",
           {{"scheme", scheme},
            {"address", options.listen},
            {"port", absl::StrCat(server->port())}});
  return server;
}

class GatewayServer final : public service::WebServer {
 public:
  GatewayServer(std::shared_ptr<grpc::Channel> tsm,
                std::shared_ptr<grpc::Channel> ca)
      : keeper_({{"tsm", tsm}, {"ca", ca}}),
        env_{tsm::v1::DeviceMessaging::NewStub(tsm),
             ca::v1::RevocationStatus::NewStub(ca),
             ca::v1::AuthorityDirectory::NewStub(ca), RealClock(),
             crypto::SystemRandom()} {}

  absl::Status Start(const Config& config) {
    const auto memory = std::make_shared<http::Memory>(
        static_cast<size_t>(config.max_held_mib) << 20);
    if (!config.http_listen.empty()) {
      OTRP_ASSIGN_OR_RETURN(
          http_, Listen(ListenerOptions(config, config.http_listen, memory),
                        env_, "http"));
    }
    if (!config.https_listen.empty()) {
      http::Server::Options options =
          ListenerOptions(config, config.https_listen, memory);
      options.tls_cert_file = absl::StrCat(config.web_tls_dir, "/cert.pem");
      options.tls_key_file = absl::StrCat(config.web_tls_dir, "/key.pem");
      web_certificate_ = options.tls_cert_file;
      OTRP_ASSIGN_OR_RETURN(https_, Listen(std::move(options), env_, "https"));
    }
    return absl::OkStatus();
  }

  std::vector<Certificate> certificates() const override {
    if (web_certificate_.empty()) return {};
    return {{"https", web_certificate_}};
  }

  // None: it listens. Without the TSM it tells devices to come again, and CRLs
  // and OCSP go on; nobody would get either from a gateway that is not ready.
  void AddChecks(service::Readiness&) override {}

  // Both at once: they share the time that a stop may take.
  void Shutdown() override {
    std::thread https([this] {
      if (https_ != nullptr) https_->Shutdown(kDrain);
    });
    if (http_ != nullptr) http_->Shutdown(kDrain);
    https.join();
  }

 private:
  const rpc::ConnectionKeeper keeper_;
  const Env env_;
  std::string web_certificate_;
  // They use env_ until they end.
  std::unique_ptr<http::Server> http_;
  std::unique_ptr<http::Server> https_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<service::WebServer>> NewServer(Config config) {
  rpc::ChannelOptions options;
  options.tls_dir = config.tls_dir;
  // A device's message that comes twice gets the reply of the first time.
  options.try_again = true;
  options.target = config.tsm_addr;
  options.service = "tsm";
  OTRP_ASSIGN_OR_RETURN(std::shared_ptr<grpc::Channel> tsm,
                        rpc::CreateChannel(options));
  options.target = config.ca_addr;
  options.service = "ca";
  OTRP_ASSIGN_OR_RETURN(std::shared_ptr<grpc::Channel> ca,
                        rpc::CreateChannel(options));
  auto server = std::make_unique<GatewayServer>(std::move(tsm), std::move(ca));
  OTRP_RETURN_IF_ERROR(server->Start(config));
  return server;
}

}  // namespace gateway
}  // namespace otrp
