// The REST front over real TLS, with servers behind it that have the services'
// own doors: each one's authorization table, and no RPC but those of a test.
// Who may not call is told so by the door; who may finds the RPC unimplemented.
//
// Thread-safety: belongs to one test.

#ifndef OTRP_TESTS_REST_FRONT_H_
#define OTRP_TESTS_REST_FRONT_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/types/optional.h"
#include "grpcpp/channel.h"
#include "grpcpp/impl/codegen/service_type.h"
#include "libs/base/clock.h"
#include "libs/base/files.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"
#include "libs/http/client.h"
#include "libs/http/server.h"
#include "libs/pki/certificate.h"
#include "libs/rest/mounts.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/revocation_view.h"
#include "libs/rpc/server.h"
#include "services/api/clients/console_sessions.h"
#include "services/api/clients/portal_authenticator.h"
#include "services/api/clients/remembering_authenticator.h"
#include "services/api/domain/places.h"
#include "services/api/env.h"
#include "services/api/handlers/console_files.h"
#include "services/api/limits.h"
#include "services/api/routes.h"
#include "tests/rest/callers.h"
#include "tests/support/tls.h"

namespace otrp {
namespace testing {

// Knows the tokens that it is given.
class FixedTokens final : public api::Authenticator {
 public:
  void Authenticate(const api::Secret& secret, const std::string&,
                    Done done) override {
    ++asked;
    const auto it = callers.find(secret.value);
    if (it == callers.end()) return done(absl::UnauthenticatedError("unknown"));
    done(api::Principal{it->second, absl::Now() + absl::Hours(1)});
  }
  void Forget(const api::Secret&) override {}

  std::map<std::string, rpc::Identity> callers;
  int asked = 0;
};

class Front {
 public:
  struct Options {
    // Of one caller, a second, and half of those at once.
    double caller_requests = 1e6;
    // Behind the door of the portal.
    std::vector<grpc::Service*> portal;
    // Behind that of the ca.
    std::vector<grpc::Service*> ca;
    // Behind that of the verifier.
    std::vector<grpc::Service*> verifier;
    // The one that lets callers in; empty: all.
    std::string only;
    // Who knows tokens and sessions: the portal instead of `tokens`, and with
    // the memory that the front has of its answers.
    bool asks_portal = false;
    // The console's files; empty: none.
    std::string console_dir;
    api::WatchTimes watch;
    // The front's; null: the real one.
    const Clock* clock = nullptr;
    // For whoever reads or sends nothing.
    absl::Duration request_timeout = absl::Seconds(15);
    // Open at a time: in all, and of one caller.
    api::Places::Rule streams = {100, api::kMaxStreamsOfCaller};
  };

  static absl::StatusOr<std::unique_ptr<Front>> Start(const Options& options) {
    std::unique_ptr<Front> front(new Front(options));
    OTRP_ASSIGN_OR_RETURN(front->routes_, rest::NewRouteTable());
    OTRP_ASSIGN_OR_RETURN(front->tls_, TestTls::Create());
    OTRP_ASSIGN_OR_RETURN(const std::string api,
                          front->tls_->Issue("otrp://service/api"));
    api::Backends::Channels channels;
    for (const auto& [name, table] : AuthzTables()) {
      OTRP_RETURN_IF_ERROR(front->StartBackend(name, *table, options));
      OTRP_ASSIGN_OR_RETURN(
          channels[name],
          rpc::CreateChannel(
              {absl::StrCat("127.0.0.1:", front->servers_[name]->port()), name,
               api}));
    }
    front->sessions_ =
        std::make_unique<api::ConsoleSessions>(channels.at("sp_portal"));
    front->portal_ =
        std::make_unique<api::PortalAuthenticator>(channels.at("sp_portal"));
    front->remembering_ = std::make_unique<api::RememberingAuthenticator>(
        *front->portal_, RealClock());
    if (!options.console_dir.empty()) {
      OTRP_ASSIGN_OR_RETURN(front->console_, api::handlers::ConsoleFiles::Load(
                                                 options.console_dir));
    }
    front->backends_ = std::make_unique<api::Backends>(std::move(channels));
    api::Authenticator* authenticator = &front->tokens;
    if (options.asks_portal) authenticator = front->remembering_.get();
    front->env_ = std::make_unique<api::Env>(
        api::Env{front->routes_, *front->backends_, *authenticator,
                 front->callers_, front->strangers_, front->revocations,
                 options.clock == nullptr ? RealClock() : *options.clock,
                 crypto::SystemRandom(), *front->sessions_,
                 front->console_.has_value() ? &*front->console_ : nullptr,
                 front->streams_, options.watch});
    http::Server::Options listener;
    listener.listen = "127.0.0.1:0";
    listener.max_body_bytes = api::kMaxBodyBytes;
    listener.request_timeout = options.request_timeout;
    OTRP_ASSIGN_OR_RETURN(
        front->http_,
        http::Server::Start(
            listener, api::Routes(*front->env_, api::handlers::Scheme::kHttp)));
    listener.tls_cert_file = api + "/cert.pem";
    listener.tls_key_file = api + "/key.pem";
    listener.client_ca_file = api + "/ca.pem";
    front->ca_file_ = listener.client_ca_file;
    OTRP_ASSIGN_OR_RETURN(
        front->https_,
        http::Server::Start(
            listener,
            api::Routes(*front->env_, api::handlers::Scheme::kHttps)));
    return front;
  }

  // With a certificate of this URI; without one where it is empty.
  std::unique_ptr<http::Client> NewClient(const std::string& uri) {
    if (uri.empty()) return NewClientOf("");
    const auto dir = NewCertificate(uri);
    return dir.ok() ? NewClientOf(*dir) : nullptr;
  }
  // A folder with a certificate of this URI, and another connection with it.
  absl::StatusOr<std::string> NewCertificate(const std::string& uri) {
    return tls_->Issue(uri);
  }
  std::unique_ptr<http::Client> NewClientOf(const std::string& dir) {
    http::Client::Options options;
    options.ca_file = ca_file_;
    if (!dir.empty()) {
      options.cert_file = dir + "/cert.pem";
      options.key_file = dir + "/key.pem";
    }
    return std::make_unique<http::Client>(options);
  }
  static std::string SerialOf(const std::string& dir) {
    const auto pem = ReadWholeFile(dir + "/cert.pem");
    const auto certificate = pki::Certificate::FromPem(pem.value_or(""));
    return certificate.ok() ? certificate->serial() : "";
  }

  // Past the front, to a service's own door.
  absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(
      const std::string& service, const std::string& uri) {
    OTRP_ASSIGN_OR_RETURN(const std::string dir, tls_->Issue(uri));
    return rpc::CreateChannel(
        {absl::StrCat("127.0.0.1:", servers_.at(service)->port()), service,
         dir});
  }

  std::string Origin() const {
    return absl::StrCat("https://127.0.0.1:", https_->port());
  }
  std::string Url(const std::string& target) const { return Origin() + target; }
  // As on loopback in local mode.
  int plain_port() const { return http_->port(); }
  std::string PlainUrl(const std::string& target) const {
    return absl::StrCat("http://127.0.0.1:", http_->port(), target);
  }

  const rest::RouteTable& routes() const { return routes_; }
  // Streams that are open.
  int streams() const { return streams_.taken(); }

  FixedTokens tokens;
  rpc::RevocationView revocations;

 private:
  explicit Front(const Options& options)
      : callers_({options.caller_requests, options.caller_requests / 2, 1000}),
        strangers_({0.01, api::kStrangersTriesAtOnce, 1000}),
        streams_(options.streams) {}

  absl::Status StartBackend(const std::string& name,
                            const rpc::AuthzTable& table,
                            const Options& options) {
    static const auto* const nobody = new rpc::AuthzTable({});
    const bool open = options.only.empty() || options.only == name;
    guards_[name] = std::make_unique<rpc::Guard>(name, open ? table : *nobody);
    rpc::Server::Options server;
    server.listen = "127.0.0.1:0";
    server.guard = guards_[name].get();
    OTRP_ASSIGN_OR_RETURN(server.tls_dir,
                          tls_->Issue(absl::StrCat("otrp://service/", name)));
    OTRP_ASSIGN_OR_RETURN(
        servers_[name],
        rpc::Server::Start(server, name == "sp_portal" ? options.portal
                                   : name == "ca"      ? options.ca
                                   : name == "attestation_verifier"
                                       ? options.verifier
                                       : std::vector<grpc::Service*>()));
    return absl::OkStatus();
  }

  rest::RouteTable routes_;
  std::unique_ptr<TestTls> tls_;
  std::string ca_file_;
  std::map<std::string, std::unique_ptr<rpc::Guard>> guards_;
  std::map<std::string, std::unique_ptr<rpc::Server>> servers_;
  std::unique_ptr<api::Backends> backends_;
  std::unique_ptr<api::ConsoleSessions> sessions_;
  std::unique_ptr<api::PortalAuthenticator> portal_;
  std::unique_ptr<api::RememberingAuthenticator> remembering_;
  absl::optional<api::handlers::ConsoleFiles> console_;
  api::TokenBuckets callers_;
  api::TokenBuckets strangers_;
  std::unique_ptr<api::Env> env_;
  api::Places streams_;
  std::unique_ptr<http::Server> http_;
  std::unique_ptr<http::Server> https_;
};

}  // namespace testing
}  // namespace otrp

#endif  // OTRP_TESTS_REST_FRONT_H_
