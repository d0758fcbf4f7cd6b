#include "libs/rpc/server.h"

#include <chrono>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc/grpc_security_constants.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/security/auth_metadata_processor.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/delegation.h"
#include "libs/rpc/peer_serial.h"
#include "libs/rpc/status.h"
#include "libs/rpc/tls_files.h"
#include "libs/rpc/transport.h"
#include "libs/telemetry/log.h"

namespace otrp {
namespace rpc {
namespace {

// For calls under way on a connection that is too old: longer than any
// deadline of ours.
constexpr int kConnectionGraceMs = 60000;
// Threads that wait for calls. gRPC's own 1 and 2 make it start and end a
// thread for most calls, with a heap and the state of BoringSSL for each.
constexpr int kMinPollers = 8;
constexpr int kMaxPollers = 16;

// The door: runs before a call is handed to its service, so that health,
// reflection and every method pass the one table.
class Door : public grpc::AuthMetadataProcessor {
 public:
  Door(const Guard& guard, const RevocationView* revocations)
      : guard_(guard), revocations_(revocations) {}

  // Two lookups in maps; not worth a thread of its own.
  bool IsBlocking() const override { return false; }

  grpc::Status Process(const InputMetadata& metadata,
                       grpc::AuthContext* context, OutputMetadata*,
                       OutputMetadata*) override {
    const auto path = metadata.find(":path");
    if (path == metadata.end()) {
      return grpc::Status(grpc::StatusCode::PERMISSION_DENIED,
                          "the call has no path");
    }
    const absl::string_view method(path->second.data(), path->second.size());
    const Identity peer = IdentityOf(*context);
    const absl::StatusOr<Identity> caller = CallerOf(peer, metadata);
    absl::Status status = caller.status();
    if (status.ok()) status = CheckNotRevoked(*context, peer, *caller);
    if (status.ok())
      status = guard_.table().Check(method, guard_.Here(*caller));
    if (status.ok()) return grpc::Status::OK;
    OTRP_LOG(WARNING, "call refused at the door",
             {{"error", std::string(status.message())}});
    return ToGrpcStatus(status, "");
  }

 private:
  absl::Status CheckNotRevoked(const grpc::AuthContext& context,
                               const Identity& peer,
                               const Identity& caller) const {
    if (revocations_ == nullptr) return absl::OkStatus();
    const auto pem =
        context.FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
    const PeerSerial serial =
        pem.size() == 1 ? PeerSerial::OfPem({pem[0].data(), pem[0].size()})
                        : PeerSerial();
    if (serial.view().empty()) {
      return absl::UnauthenticatedError(
          "the caller's certificate has no serial that can be read");
    }
    OTRP_RETURN_IF_ERROR(revocations_->Check(serial.view(), peer));
    return revocations_->CheckDelegated(caller);
  }

  const Guard& guard_;
  const RevocationView* const revocations_;
};

// Plug-ins of gRPC are process-wide and must be set before the first builder.
void InitPlugins() {
  static std::once_flag once;
  std::call_once(once, [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

}  // namespace

class Server::Impl {
 public:
  std::unique_ptr<grpc::Server> server;
  int port = 0;
  std::mutex mutex;
  bool stopped = false;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() { Shutdown(absl::ZeroDuration()); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(
    const Options& options, const std::vector<grpc::Service*>& services) {
  if (options.guard == nullptr) {
    return absl::InvalidArgumentError("guard: must be set");
  }
  if (options.listen.empty()) {
    return absl::InvalidArgumentError("listen: must be host:port");
  }
  OTRP_ASSIGN_OR_RETURN(
      auto provider,
      internal::WatchTlsFiles(options.tls_dir, options.tls_refresh));
  InitPlugins();

  grpc::experimental::TlsServerCredentialsOptions tls(provider);
  tls.watch_root_certs();
  tls.watch_identity_key_cert_pairs();
  tls.set_cert_request_type(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  // Clients have no host names to check.
  tls.set_check_call_host(false);
  auto credentials = grpc::experimental::TlsServerCredentials(tls);
  credentials->SetAuthMetadataProcessor(
      std::make_shared<Door>(*options.guard, options.revocations));

  auto impl = std::make_unique<Impl>();
  grpc::ServerBuilder builder;
  builder.AddListeningPort(options.listen, credentials, &impl->port);
  builder.SetMaxReceiveMessageSize(kMaxGrpcMessageBytes);
  builder.SetMaxSendMessageSize(kMaxGrpcMessageBytes);
  builder.AddChannelArgument(
      GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
      static_cast<int>(absl::ToInt64Milliseconds(options.min_ping_interval)));
  // Clients ping connections without calls too (channel.h).
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  for (const internal::TransportSetting& setting :
       internal::kTransportSettings) {
    builder.AddChannelArgument(setting.name, setting.value);
  }
  builder.AddChannelArgument(
      GRPC_ARG_MAX_CONNECTION_AGE_MS,
      static_cast<int>(absl::ToInt64Milliseconds(options.max_connection_age)));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                             kConnectionGraceMs);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, kMinPollers);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, kMaxPollers);
  // Two servers on one port would share it in silence.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  grpc::ResourceQuota quota(options.guard->service_name());
  quota.SetMaxThreads(options.max_threads);
  builder.SetResourceQuota(quota);
  for (grpc::Service* service : services) builder.RegisterService(service);
  impl->server = builder.BuildAndStart();
  if (impl->server == nullptr || impl->port == 0) {
    return absl::UnavailableError(absl::StrCat("listen: can't listen on \"",
                                               options.listen,
                                               "\"; is the address in use?"));
  }
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

int Server::port() const { return impl_->port; }

void Server::SetServing(bool serving) {
  if (auto* health = impl_->server->GetHealthCheckService()) {
    health->SetServingStatus(serving);
  }
}

void Server::Shutdown(absl::Duration grace) {
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    if (impl_->stopped) return;
    impl_->stopped = true;
  }
  SetServing(false);
  impl_->server->Shutdown(std::chrono::system_clock::now() +
                          absl::ToChronoNanoseconds(grace));
  impl_->server->Wait();
}

}  // namespace rpc
}  // namespace otrp
