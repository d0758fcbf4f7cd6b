#include "libs/rpc/channel.h"

#include <chrono>

#include "absl/strings/str_cat.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "grpcpp/support/channel_arguments.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/tls_files.h"
#include "libs/rpc/transport.h"

namespace otrp {
namespace rpc {
namespace {

constexpr absl::Duration kTlsRefresh = absl::Seconds(3);

// A service that restarts is back within a second or two: don't wait longer
// than that between attempts to connect.
constexpr int kMinReconnectMs = 100;
constexpr int kMaxReconnectMs = 1000;
// A peer that vanished is noticed by these, not by a caller's deadline.
constexpr int kKeepaliveMs = 20000;
constexpr int kKeepaliveTimeoutMs = 5000;

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> CreateChannel(
    const ChannelOptions& options) {
  if (options.target.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("address of ", options.service, ": must be host:port"));
  }
  OTRP_ASSIGN_OR_RETURN(auto provider,
                        internal::WatchTlsFiles(options.tls_dir, kTlsRefresh));
  grpc::experimental::TlsChannelCredentialsOptions tls;
  tls.set_certificate_provider(provider);
  tls.watch_root_certs();
  tls.watch_identity_key_cert_pairs();

  grpc::ChannelArguments args;
  args.SetSslTargetNameOverride(
      absl::StrCat(options.service, ".otrp.internal"));
  args.SetMaxReceiveMessageSize(kMaxGrpcMessageBytes);
  args.SetMaxSendMessageSize(kMaxGrpcMessageBytes);
  for (const internal::TransportSetting& setting :
       internal::kTransportSettings) {
    args.SetInt(setting.name, setting.value);
  }
  args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kMinReconnectMs);
  args.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kMaxReconnectMs);
  args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxReconnectMs);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  // One set of credentials a channel: sharing connections between channels
  // would mix them.
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(
      options.target, grpc::experimental::TlsCredentials(tls), args);
}

void Prepare(const CallOptions& options, grpc::ClientContext* context) {
  context->set_deadline(std::chrono::system_clock::now() +
                        absl::ToChronoNanoseconds(options.timeout));
  context->set_wait_for_ready(options.wait_for_ready);
  if (!options.traceparent.empty()) {
    context->AddMetadata("traceparent", options.traceparent);
  }
}

}  // namespace rpc
}  // namespace otrp
