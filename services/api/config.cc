#include "services/api/config.h"

#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "libs/base/status_macros.h"
#include "libs/config/config.h"
#include "libs/http/ip_address.h"
#include "libs/service/process_flags.h"
#include "libs/service/revocation_flags.h"
#include "libs/service/web_flags.h"

OTRP_PROCESS_FLAGS("127.0.0.1:9206");
OTRP_WEB_FLAGS(/*http_listen=*/"", "on loopback only: tokens come that way",
               /*https_listen=*/"127.0.0.1:8444", /*handler_threads=*/64,
               /*peer_connections=*/500);
ABSL_FLAG(std::string, ca_addr, "127.0.0.1:9101", "Address of the CA.");
ABSL_FLAG(std::string, tsm_addr, "127.0.0.1:9102", "Address of the TSM.");
ABSL_FLAG(std::string, verifier_addr, "127.0.0.1:9103",
          "Address of the attestation verifier.");
ABSL_FLAG(std::string, portal_addr, "127.0.0.1:9104",
          "Address of the service providers' portal.");
ABSL_FLAG(int, caller_requests, 100,
          "Requests a second of one caller (a certificate, member or token), "
          "twice as many at once; beyond, 429. 1 to 100000.");
ABSL_FLAG(int, max_streams, 256,
          "Streams of events that are open at a time, each a call to a service "
          "every two seconds; beyond, 503. 0 to 10000.");
ABSL_FLAG(std::string, console_dir, "",
          "Directory with the built files of the web console, read at the "
          "start; empty: /console isn't served.");

namespace otrp {
namespace api {
namespace {

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
  OTRP_RETURN_IF_ERROR(service::Check(config.web));
  if (!config.web.http_listen.empty()) {
    OTRP_RETURN_IF_ERROR(CheckPlainListener(config.web.http_listen));
  }
  OTRP_RETURN_IF_ERROR(CheckAddresses(config));
  OTRP_RETURN_IF_ERROR(
      config::CheckRange("max_streams", config.max_streams, 0, 10000));
  return config::CheckRange("caller_requests", config.caller_requests, 1,
                            100000);
}

absl::StatusOr<Config> ConfigFromFlags() {
  Config config;
  config.web = service::WebConfigFromFlags();
  config.metrics_listen = absl::GetFlag(FLAGS_metrics_listen);
  OTRP_ASSIGN_OR_RETURN(config.tls_dir, service::TlsDirFromFlag());
  OTRP_ASSIGN_OR_RETURN(config.revocations,
                        service::RevocationOptionsFromFlags());
  config.ca_addr = absl::GetFlag(FLAGS_ca_addr);
  config.tsm_addr = absl::GetFlag(FLAGS_tsm_addr);
  config.verifier_addr = absl::GetFlag(FLAGS_verifier_addr);
  config.portal_addr = absl::GetFlag(FLAGS_portal_addr);
  config.caller_requests = absl::GetFlag(FLAGS_caller_requests);
  config.max_streams = absl::GetFlag(FLAGS_max_streams);
  config.console_dir = absl::GetFlag(FLAGS_console_dir);
  OTRP_RETURN_IF_ERROR(Check(config));
  return config;
}

}  // namespace api
}  // namespace otrp
