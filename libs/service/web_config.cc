#include "libs/service/web_config.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/config/config.h"
#include "libs/http/ip_address.h"

namespace otrp {
namespace service {
namespace {

absl::Status CheckAddresses(const WebConfig& config) {
  if (config.http_listen.empty() && config.https_listen.empty()) {
    return absl::InvalidArgumentError(
        "--http_listen and --https_listen: give at least one of them");
  }
  if (!config.http_listen.empty()) {
    OTRP_RETURN_IF_ERROR(
        config::ParseHostPort("http_listen", config.http_listen).status());
  }
  if (config.https_listen.empty()) return absl::OkStatus();
  OTRP_RETURN_IF_ERROR(
      config::ParseHostPort("https_listen", config.https_listen).status());
  return config::RequireNonEmpty("web_tls_dir", config.web_tls_dir);
}

absl::Status CheckLimits(const WebConfig& config) {
  OTRP_RETURN_IF_ERROR(
      config::CheckRange("handler_threads", config.handler_threads, 1, 1000));
  OTRP_RETURN_IF_ERROR(
      config::CheckRange("max_connections", config.max_connections, 1, 100000));
  OTRP_RETURN_IF_ERROR(
      config::CheckRange("io_threads", config.io_threads, 1, 64));
  OTRP_RETURN_IF_ERROR(
      config::CheckRange("max_held_mib", config.max_held_mib, 16, 65536));
  OTRP_RETURN_IF_ERROR(config::CheckRange("idle_timeout", config.idle_timeout,
                                          absl::Seconds(1), absl::Hours(1)));
  OTRP_RETURN_IF_ERROR(config::CheckRange("request_timeout",
                                          config.request_timeout,
                                          absl::Seconds(1), absl::Minutes(10)));
  OTRP_RETURN_IF_ERROR(config::CheckRange("peer_connections",
                                          config.peer_connections, 0, 100000));
  return config::CheckRange("peer_requests", config.peer_requests, 0, 1000000);
}

absl::Status CheckProxies(const WebConfig& config) {
  const absl::Status networks =
      http::Networks::Parse(config.trusted_proxies).status();
  if (!networks.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--trusted_proxies: ", networks.message()));
  }
  if (config.proxy_protocol && config.trusted_proxies.empty()) {
    return absl::InvalidArgumentError(
        "--proxy_protocol: name the proxies in --trusted_proxies");
  }
  if (absl::EqualsIgnoreCase(config.forwarded_header, "X-Forwarded-For") ||
      absl::EqualsIgnoreCase(config.forwarded_header, "Forwarded")) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "--forwarded_header: give X-Forwarded-For or Forwarded");
}

}  // namespace

absl::Status Check(const WebConfig& config) {
  OTRP_RETURN_IF_ERROR(CheckAddresses(config));
  OTRP_RETURN_IF_ERROR(CheckLimits(config));
  return CheckProxies(config);
}

}  // namespace service
}  // namespace otrp
