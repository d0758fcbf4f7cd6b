#include "services/gateway/server.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "grpcpp/channel.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"
#include "libs/http/server.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/connection_keeper.h"
#include "libs/service/web_listeners.h"
#include "services/gateway/env.h"
#include "services/gateway/handlers/ocsp_cache.h"
#include "services/gateway/limits.h"
#include "services/gateway/routes.h"

namespace otrp {
namespace gateway {
namespace {

class GatewayServer final : public service::WebServer {
 public:
  GatewayServer(std::shared_ptr<grpc::Channel> tsm,
                std::shared_ptr<grpc::Channel> ca)
      : keeper_({{"tsm", tsm}, {"ca", ca}}),
        env_{tsm::v1::DeviceMessaging::NewStub(tsm),
             ca::v1::RevocationStatus::NewStub(ca),
             ca::v1::AuthorityDirectory::NewStub(ca),
             RealClock(),
             crypto::SystemRandom(),
             std::make_unique<handlers::OcspCache>(
                 kMaxOcspCacheOctets, kOcspCacheLife, RealClock())} {}

  absl::Status Start(const Config& config) {
    http::Server::Options options;
    options.small_body_bytes = kSmallMessageBytes;
    return listeners_.Start(config.web, std::move(options),
                            [this](service::Scheme) { return Routes(env_); });
  }

  std::vector<Certificate> certificates() const override {
    return listeners_.certificates();
  }

  // None: it listens. Without the TSM it tells devices to come again, and CRLs
  // and OCSP go on; nobody would get either from a gateway that is not ready.
  void AddChecks(service::Readiness&) override {}

  void Shutdown() override { listeners_.Shutdown(kDrain); }

 private:
  const rpc::ConnectionKeeper keeper_;
  const Env env_;
  // They use env_ until they end.
  service::WebListeners listeners_;
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
