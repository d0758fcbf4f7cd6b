#include "services/api/server.h"

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/channel.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"
#include "libs/http/server.h"
#include "libs/rest/mounts.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/connection_keeper.h"
#include "libs/telemetry/log.h"
#include "services/api/clients/portal_authenticator.h"
#include "services/api/clients/remembering_authenticator.h"
#include "services/api/env.h"
#include "services/api/limits.h"
#include "services/api/routes.h"

namespace otrp {
namespace api {
namespace {

using handlers::Scheme;

http::Server::Options ListenerOptions(const Config& config,
                                      const std::string& listen,
                                      std::shared_ptr<http::Memory> memory) {
  http::Server::Options options;
  options.listen = listen;
  options.max_body_bytes = kMaxBodyBytes;
  options.handler_threads = config.handler_threads;
  options.max_queue = 8 * config.handler_threads;
  options.max_connections = config.max_connections;
  options.counts_queue_time = true;
  options.io_threads = config.io_threads;
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
    http::Server::Options options, const Env& env, Scheme scheme) {
  OTRP_ASSIGN_OR_RETURN(std::unique_ptr<http::Server> server,
                        http::Server::Start(options, Routes(env, scheme)));
  OTRP_LOG(INFO, "listening",
           {{"scheme", scheme == Scheme::kHttps ? "https" : "http"},
            {"address", options.listen},
            {"port", absl::StrCat(server->port())}});
  return server;
}

std::vector<rpc::ConnectionKeeper::Peer> PeersOf(
    const Backends::Channels& channels) {
  std::vector<rpc::ConnectionKeeper::Peer> peers;
  for (const auto& [name, channel] : channels) peers.push_back({name, channel});
  return peers;
}

class ApiServer final : public service::WebServer {
 public:
  ApiServer(rest::RouteTable routes, const Backends::Channels& channels,
            int caller_requests)
      : keeper_(PeersOf(channels)),
        routes_(std::move(routes)),
        backends_(channels),
        portal_(channels.at("sp_portal")),
        authenticator_(portal_, RealClock()),
        callers_({static_cast<double>(caller_requests), 2.0 * caller_requests,
                  kMaxBuckets}),
        strangers_(
            {kStrangersTriesPerSecond, kStrangersTriesAtOnce, kMaxBuckets}),
        env_{routes_,    backends_,   authenticator_,        callers_,
             strangers_, RealClock(), crypto::SystemRandom()} {}

  absl::Status Start(const Config& config) {
    const auto memory = std::make_shared<http::Memory>(
        static_cast<size_t>(config.max_held_mib) << 20);
    if (!config.http_listen.empty()) {
      OTRP_ASSIGN_OR_RETURN(
          http_, Listen(ListenerOptions(config, config.http_listen, memory),
                        env_, Scheme::kHttp));
    }
    if (!config.https_listen.empty()) {
      http::Server::Options options =
          ListenerOptions(config, config.https_listen, memory);
      options.tls_cert_file = absl::StrCat(config.web_tls_dir, "/cert.pem");
      options.tls_key_file = absl::StrCat(config.web_tls_dir, "/key.pem");
      options.client_ca_file = absl::StrCat(config.tls_dir, "/ca.pem");
      web_certificate_ = options.tls_cert_file;
      OTRP_ASSIGN_OR_RETURN(https_,
                            Listen(std::move(options), env_, Scheme::kHttps));
    }
    return absl::OkStatus();
  }

  std::vector<Certificate> certificates() const override {
    if (web_certificate_.empty()) return {};
    return {{"https", web_certificate_}};
  }

  // None: it listens. A service that is away is told to each caller who needs
  // it; the others are served.
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
  const rest::RouteTable routes_;
  const Backends backends_;
  PortalAuthenticator portal_;
  RememberingAuthenticator authenticator_;
  TokenBuckets callers_;
  TokenBuckets strangers_;
  const Env env_;
  std::string web_certificate_;
  // They use env_ until they end.
  std::unique_ptr<http::Server> http_;
  std::unique_ptr<http::Server> https_;
};

absl::StatusOr<Backends::Channels> Connect(const Config& config) {
  Backends::Channels channels;
  for (const auto& [service, address] :
       {std::make_pair("ca", config.ca_addr),
        std::make_pair("tsm", config.tsm_addr),
        std::make_pair("attestation_verifier", config.verifier_addr),
        std::make_pair("sp_portal", config.portal_addr)}) {
    rpc::ChannelOptions options;
    options.target = address;
    options.service = service;
    options.tls_dir = config.tls_dir;
    OTRP_ASSIGN_OR_RETURN(channels[service], rpc::CreateChannel(options));
  }
  return channels;
}

}  // namespace

absl::StatusOr<std::unique_ptr<service::WebServer>> NewServer(Config config) {
  OTRP_ASSIGN_OR_RETURN(rest::RouteTable routes, rest::NewRouteTable());
  OTRP_ASSIGN_OR_RETURN(const Backends::Channels channels, Connect(config));
  auto server = std::make_unique<ApiServer>(std::move(routes), channels,
                                            config.caller_requests);
  OTRP_RETURN_IF_ERROR(server->Start(config));
  return server;
}

}  // namespace api
}  // namespace otrp
