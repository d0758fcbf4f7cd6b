#include "services/gateway/server.h"

#include <string>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"
#include "libs/http/server.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/connection_keeper.h"
#include "libs/telemetry/log.h"
#include "services/gateway/handlers/devices.h"
#include "services/gateway/handlers/pki.h"
#include "services/gateway/limits.h"

namespace otrp {
namespace gateway {
namespace {

using http::Request;

http::Server::Options ListenerOptions(const Config& config,
                                      const std::string& listen) {
  http::Server::Options options;
  options.listen = listen;
  options.handler_threads = config.handler_threads;
  options.max_queue = 8 * config.handler_threads;
  options.max_connections = config.max_connections;
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

}  // namespace

http::Router Routes(const Env& env) {
  http::Router router;
  const auto post = [&env](tsm::v1::Dialect dialect) {
    return [&env, dialect](Request request, http::Respond respond) {
      handlers::PostMessage(env, dialect, std::move(request),
                            std::move(respond));
    };
  };
  router.AddAsync("POST", "/otrp", "otrp", post(tsm::v1::DIALECT_IETF03));
  router.AddAsync("POST", "/otrp/pei03", "otrp_pei03",
                  post(tsm::v1::DIALECT_PEI03));
  router.Add("GET", absl::StrCat(handlers::kCrlPrefix, "*"), "pki_crl",
             [&env](const Request& r) { return handlers::GetCrl(env, r); });
  router.Add("GET", absl::StrCat(handlers::kIssuerPrefix, "*"), "pki_ca",
             [&env](const Request& r) { return handlers::GetIssuer(env, r); });
  router.Add("POST", handlers::kOcspPath, "pki_ocsp",
             [&env](const Request& r) { return handlers::PostOcsp(env, r); });
  router.Add("GET", absl::StrCat(handlers::kOcspPrefix, "*"), "pki_ocsp",
             [&env](const Request& r) { return handlers::GetOcsp(env, r); });
  return router;
}

class Server::Impl {
 public:
  Impl(std::shared_ptr<grpc::Channel> tsm, std::shared_ptr<grpc::Channel> ca)
      : tsm_channel_(tsm),
        keeper_({tsm, ca}),
        env_{tsm::v1::DeviceMessaging::NewStub(tsm),
             ca::v1::RevocationStatus::NewStub(ca),
             ca::v1::AuthorityDirectory::NewStub(ca), RealClock(),
             crypto::SystemRandom()} {}

  absl::Status Listen(const Config& config) {
    if (!config.http_listen.empty()) {
      OTRP_ASSIGN_OR_RETURN(
          http_, gateway::Listen(ListenerOptions(config, config.http_listen),
                                 env_, "http"));
    }
    if (!config.https_listen.empty()) {
      http::Server::Options options =
          ListenerOptions(config, config.https_listen);
      options.tls_cert_file = absl::StrCat(config.web_tls_dir, "/cert.pem");
      options.tls_key_file = absl::StrCat(config.web_tls_dir, "/key.pem");
      OTRP_ASSIGN_OR_RETURN(https_,
                            gateway::Listen(std::move(options), env_, "https"));
    }
    return absl::OkStatus();
  }

  absl::Status CheckTsm() const {
    if (tsm_channel_->WaitForConnected(
            absl::ToChronoTime(absl::Now() + kReadyTimeout))) {
      return absl::OkStatus();
    }
    return absl::UnavailableError("no connection to the TSM");
  }

  // Both at once: they share the time that a stop may take.
  void Shutdown() {
    std::thread https([this] {
      if (https_ != nullptr) https_->Shutdown(kDrain);
    });
    if (http_ != nullptr) http_->Shutdown(kDrain);
    https.join();
  }

  int http_port() const { return http_ == nullptr ? 0 : http_->port(); }
  int https_port() const { return https_ == nullptr ? 0 : https_->port(); }

 private:
  const std::shared_ptr<grpc::Channel> tsm_channel_;
  const rpc::ConnectionKeeper keeper_;
  const Env env_;
  // They use env_ until they end.
  std::unique_ptr<http::Server> http_;
  std::unique_ptr<http::Server> https_;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Config& config) {
  OTRP_ASSIGN_OR_RETURN(
      std::shared_ptr<grpc::Channel> tsm,
      rpc::CreateChannel({config.tsm_addr, "tsm", config.tls_dir}));
  OTRP_ASSIGN_OR_RETURN(
      std::shared_ptr<grpc::Channel> ca,
      rpc::CreateChannel({config.ca_addr, "ca", config.tls_dir}));
  auto impl = std::make_unique<Impl>(std::move(tsm), std::move(ca));
  OTRP_RETURN_IF_ERROR(impl->Listen(config));
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

int Server::http_port() const { return impl_->http_port(); }
int Server::https_port() const { return impl_->https_port(); }
void Server::Shutdown() { impl_->Shutdown(); }
void Server::AddChecks(service::Readiness& readiness) {
  readiness.Add("tsm", [this] { return impl_->CheckTsm(); });
}

}  // namespace gateway
}  // namespace otrp
