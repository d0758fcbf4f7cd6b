#include "services/api/config.h"

#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/config/config.h"
#include "libs/http/ip_address.h"
#include "libs/service/process_flags.h"

OTRP_PROCESS_FLAGS("127.0.0.1:9206");
ABSL_FLAG(
    std::string, http_listen, "",
    "Address for plain HTTP, on loopback only: tokens come that way; port "
    "0 picks a free one; empty: none.");
ABSL_FLAG(std::string, https_listen, "127.0.0.1:8444",
          "Address for HTTPS; port 0 picks a free one; empty: none.");
ABSL_FLAG(std::string, web_tls_dir, "",
          "Directory with cert.pem and key.pem that callers see over TLS.");
ABSL_FLAG(std::string, ca_addr, "127.0.0.1:9101", "Address of the CA.");
ABSL_FLAG(std::string, tsm_addr, "127.0.0.1:9102", "Address of the TSM.");
ABSL_FLAG(std::string, verifier_addr, "127.0.0.1:9103",
          "Address of the attestation verifier.");
ABSL_FLAG(std::string, portal_addr, "127.0.0.1:9104",
          "Address of the service providers' portal.");
ABSL_FLAG(int, handler_threads, 64, "Calls in work at a time, 1 to 1000.");
ABSL_FLAG(int, max_connections, 10000,
          "Open connections of a listener, 1 to 100000.");
ABSL_FLAG(int, io_threads, 2,
          "Threads of a listener for its connections, TLS among it, 1 to 64.");
ABSL_FLAG(int, max_held_mib, 256,
          "MiB of unfinished requests (a quarter) and unread answers that are "
          "held, 16 to 65536; beyond, 503.");
ABSL_FLAG(absl::Duration, idle_timeout, absl::Seconds(75),
          "How long a connection may be idle between requests, 1s to 1h. "
          "Longer than that of a proxy in front.");
ABSL_FLAG(absl::Duration, request_timeout, absl::Seconds(15),
          "For the head of a request; and how long a body or an answer may "
          "stand still, 1s to 10m.");
ABSL_FLAG(int, peer_connections, 500,
          "Open connections of one address (IPv6: /64) at a listener; 0: no "
          "limit.");
ABSL_FLAG(int, peer_requests, 500,
          "Requests a second of one address (IPv6: /64) at a listener, twice "
          "as many at once; beyond, 429. 0: no limit.");
ABSL_FLAG(int, caller_requests, 100,
          "Requests a second of one caller (a certificate, member or token), "
          "twice as many at once; beyond, 429. 1 to 100000.");
ABSL_FLAG(std::string, trusted_proxies, "",
          "Networks of the proxies in front, e.g. 10.0.0.0/8,192.0.2.7: what "
          "they say of a client's address is believed, and the limits for "
          "addresses are the clients'.");
ABSL_FLAG(std::string, forwarded_header, "X-Forwarded-For",
          "Header in which trusted proxies say it: X-Forwarded-For or "
          "Forwarded. They must write it or take it out.");
ABSL_FLAG(bool, proxy_protocol, false,
          "Whether trusted proxies begin each connection with the PROXY "
          "protocol, version 1 or 2.");

namespace otrp {
namespace api {
namespace {

absl::Status CheckRange(absl::string_view flag, absl::Duration value,
                        absl::Duration least, absl::Duration most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, ": give ", absl::FormatDuration(least), " to ",
                   absl::FormatDuration(most)));
}

absl::Status CheckRange(absl::string_view flag, int value, int least,
                        int most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, ": give ", least, " to ", most));
}

absl::Status CheckLimits(const Config& config) {
  OTRP_RETURN_IF_ERROR(
      CheckRange("handler_threads", config.handler_threads, 1, 1000));
  OTRP_RETURN_IF_ERROR(
      CheckRange("max_connections", config.max_connections, 1, 100000));
  OTRP_RETURN_IF_ERROR(CheckRange("io_threads", config.io_threads, 1, 64));
  OTRP_RETURN_IF_ERROR(
      CheckRange("max_held_mib", config.max_held_mib, 16, 65536));
  OTRP_RETURN_IF_ERROR(CheckRange("idle_timeout", config.idle_timeout,
                                  absl::Seconds(1), absl::Hours(1)));
  OTRP_RETURN_IF_ERROR(CheckRange("request_timeout", config.request_timeout,
                                  absl::Seconds(1), absl::Minutes(10)));
  OTRP_RETURN_IF_ERROR(
      CheckRange("peer_connections", config.peer_connections, 0, 100000));
  OTRP_RETURN_IF_ERROR(
      CheckRange("peer_requests", config.peer_requests, 0, 1000000));
  return CheckRange("caller_requests", config.caller_requests, 1, 100000);
}

absl::Status CheckProxies(const Config& config) {
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

absl::Status CheckPlainListener(const std::string& listen) {
  OTRP_ASSIGN_OR_RETURN(const config::HostPort address,
                        config::ParseHostPort("http_listen", listen));
  const auto networks = http::Networks::Parse("127.0.0.0/8,::1/128");
  const auto ip = http::IpAddress::Parse(address.host);
  if (address.host == "localhost" ||
      (networks.ok() && ip.has_value() && networks->Contains(*ip))) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "--http_listen: give a loopback address; tokens would pass in clear");
}

absl::Status CheckAddresses(const Config& config) {
  for (const auto& [flag, address] :
       {std::make_pair("ca_addr", config.ca_addr),
        std::make_pair("tsm_addr", config.tsm_addr),
        std::make_pair("verifier_addr", config.verifier_addr),
        std::make_pair("portal_addr", config.portal_addr)}) {
    OTRP_RETURN_IF_ERROR(config::ParseHostPort(flag, address).status());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Check(const Config& config) {
  OTRP_RETURN_IF_ERROR(CheckAddresses(config));
  if (config.http_listen.empty() && config.https_listen.empty()) {
    return absl::InvalidArgumentError(
        "--http_listen and --https_listen: give at least one of them");
  }
  if (!config.http_listen.empty()) {
    OTRP_RETURN_IF_ERROR(CheckPlainListener(config.http_listen));
  }
  if (!config.https_listen.empty()) {
    OTRP_RETURN_IF_ERROR(
        config::ParseHostPort("https_listen", config.https_listen).status());
    OTRP_RETURN_IF_ERROR(
        config::RequireNonEmpty("web_tls_dir", config.web_tls_dir));
  }
  OTRP_RETURN_IF_ERROR(CheckLimits(config));
  return CheckProxies(config);
}

absl::StatusOr<Config> ConfigFromFlags() {
  Config config;
  config.http_listen = absl::GetFlag(FLAGS_http_listen);
  config.https_listen = absl::GetFlag(FLAGS_https_listen);
  config.metrics_listen = absl::GetFlag(FLAGS_metrics_listen);
  config.web_tls_dir = absl::GetFlag(FLAGS_web_tls_dir);
  OTRP_ASSIGN_OR_RETURN(config.tls_dir, service::TlsDirFromFlag());
  config.tsm_addr = absl::GetFlag(FLAGS_tsm_addr);
  config.ca_addr = absl::GetFlag(FLAGS_ca_addr);
  config.verifier_addr = absl::GetFlag(FLAGS_verifier_addr);
  config.portal_addr = absl::GetFlag(FLAGS_portal_addr);
  config.handler_threads = absl::GetFlag(FLAGS_handler_threads);
  config.max_connections = absl::GetFlag(FLAGS_max_connections);
  config.io_threads = absl::GetFlag(FLAGS_io_threads);
  config.max_held_mib = absl::GetFlag(FLAGS_max_held_mib);
  config.idle_timeout = absl::GetFlag(FLAGS_idle_timeout);
  config.request_timeout = absl::GetFlag(FLAGS_request_timeout);
  config.peer_connections = absl::GetFlag(FLAGS_peer_connections);
  config.peer_requests = absl::GetFlag(FLAGS_peer_requests);
  config.caller_requests = absl::GetFlag(FLAGS_caller_requests);
  config.trusted_proxies = absl::GetFlag(FLAGS_trusted_proxies);
  config.forwarded_header = absl::GetFlag(FLAGS_forwarded_header);
  config.proxy_protocol = absl::GetFlag(FLAGS_proxy_protocol);
  OTRP_RETURN_IF_ERROR(Check(config));
  return config;
}

}  // namespace api
}  // namespace otrp
