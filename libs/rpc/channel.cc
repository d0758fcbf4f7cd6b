#include "libs/rpc/channel.h"

#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "grpcpp/support/channel_arguments.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/delegation.h"
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
constexpr int kKeepaliveTimeoutMs = 5000;
// gRPC's own 30 s would outlast a rollout: all addresses that a client knows
// can be gone by then.
constexpr int kMinResolutionMs = 1000;
// A server that ends cancels what it has not begun with. Where most calls fail
// anyhow, gRPC leaves out the second try.
constexpr char kTryAgain[] = R"json({
  "methodConfig": [{
    "name": [{}],
    "retryPolicy": {
      "maxAttempts": 2,
      "initialBackoff": "0.01s",
      "maxBackoff": "0.01s",
      "backoffMultiplier": 1,
      "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"]
    }
  }],
  "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1}
})json";

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
  args.SetLoadBalancingPolicyName("round_robin");
  args.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, kMinResolutionMs);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS,
              static_cast<int>(absl::ToInt64Milliseconds(options.keepalive)));
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  args.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // gRPC's own 2 would end them soon on a connection without calls.
  args.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  if (options.try_again) args.SetServiceConfigJSON(kTryAgain);
  // A proxy in the environment (for package downloads, say) has no way to our
  // own processes.
  args.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // One set of credentials a channel: sharing connections between channels
  // would mix them.
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(
      options.target, grpc::experimental::TlsCredentials(tls), args);
}

void Prepare(const CallOptions& options, grpc::ClientContext* context) {
  context->set_deadline(absl::ToChronoTime(
      std::min(absl::Now() + options.timeout, options.deadline)));
  context->set_wait_for_ready(options.wait_for_ready);
  if (!options.traceparent.empty()) {
    context->AddMetadata("traceparent", options.traceparent);
  }
  if (options.caller.has_value()) SetCaller(*options.caller, context);
  SetKey(options.key, context);
}

}  // namespace rpc
}  // namespace otrp
