#include "services/api/server.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "grpcpp/channel.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"
#include "libs/http/server.h"
#include "libs/rest/mounts.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/connection_keeper.h"
#include "libs/service/caller_revocations.h"
#include "libs/service/web_listeners.h"
#include "services/api/clients/console_sessions.h"
#include "services/api/clients/portal_authenticator.h"
#include "services/api/clients/remembering_authenticator.h"
#include "services/api/domain/places.h"
#include "services/api/env.h"
#include "services/api/handlers/console_files.h"
#include "services/api/limits.h"
#include "services/api/routes.h"

namespace otrp {
namespace api {
namespace {

std::vector<rpc::ConnectionKeeper::Peer> PeersOf(
    const Backends::Channels& channels) {
  std::vector<rpc::ConnectionKeeper::Peer> peers;
  for (const auto& [name, channel] : channels) peers.push_back({name, channel});
  return peers;
}

class ApiServer final : public service::WebServer {
 public:
  ApiServer(rest::RouteTable routes, const Backends::Channels& channels,
            int caller_requests, absl::optional<handlers::ConsoleFiles> console,
            int max_streams, service::RevocationOptions revocations)
      : keeper_(PeersOf(channels)),
        routes_(std::move(routes)),
        backends_(channels),
        portal_(channels.at("sp_portal")),
        authenticator_(portal_, RealClock()),
        sessions_(channels.at("sp_portal")),
        console_(std::move(console)),
        callers_({static_cast<double>(caller_requests), 2.0 * caller_requests,
                  kMaxBuckets}),
        strangers_(
            {kStrangersTriesPerSecond, kStrangersTriesAtOnce, kMaxBuckets}),
        revocations_(service::CrlsOf(channels.at("ca")), std::move(revocations),
                     RealClock()),
        env_{routes_,        backends_,
             authenticator_, callers_,
             strangers_,     revocations_.view(),
             RealClock(),    crypto::SystemRandom(),
             sessions_,      console_.has_value() ? &*console_ : nullptr,
             streams_},
        streams_({max_streams, kMaxStreamsOfCaller}) {}

  absl::Status Start(const Config& config) {
    http::Server::Options options;
    options.max_body_bytes = kMaxBodyBytes;
    options.client_ca_file = absl::StrCat(config.tls_dir, "/ca.pem");
    return listeners_.Start(
        config.web, std::move(options),
        [this](service::Scheme scheme) { return Routes(env_, scheme); });
  }

  std::vector<Certificate> certificates() const override {
    return listeners_.certificates();
  }

  // None: it listens. A service that is away is told to each caller who needs
  // it; the others are served.
  void AddChecks(service::Readiness&) override {}

  void Shutdown() override { listeners_.Shutdown(kDrain); }

 private:
  const rpc::ConnectionKeeper keeper_;
  const rest::RouteTable routes_;
  const Backends backends_;
  PortalAuthenticator portal_;
  RememberingAuthenticator authenticator_;
  const ConsoleSessions sessions_;
  const absl::optional<handlers::ConsoleFiles> console_;
  TokenBuckets callers_;
  TokenBuckets strangers_;
  const service::CallerRevocations revocations_;
  const Env env_;
  // Its end waits for calls of streams, which use all of the above.
  Places streams_;
  // They use env_ until they end.
  service::WebListeners listeners_;
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
  absl::optional<handlers::ConsoleFiles> console;
  if (!config.console_dir.empty()) {
    OTRP_ASSIGN_OR_RETURN(console,
                          handlers::ConsoleFiles::Load(config.console_dir));
  }
  auto server = std::make_unique<ApiServer>(
      std::move(routes), channels, config.caller_requests, std::move(console),
      config.max_streams, std::move(config.revocations));
  OTRP_RETURN_IF_ERROR(server->Start(config));
  return server;
}

}  // namespace api
}  // namespace otrp
