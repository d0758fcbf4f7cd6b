// The front's settings, from flags (and --flagfile), checked.
//
// Thread-safety: value. Errors: INVALID_ARGUMENT names the flag.

#ifndef OTRP_SERVICES_API_CONFIG_H_
#define OTRP_SERVICES_API_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "libs/service/revocation_options.h"
#include "libs/service/web_config.h"

namespace otrp {
namespace api {

struct Config {
  // Without TLS on a loopback address only: tokens are sent to it.
  service::WebConfig web;
  std::string metrics_listen;
  // Directory with cert.pem, key.pem and ca.pem for calls to services; callers'
  // certificates are of the same root.
  std::string tls_dir;
  std::string ca_addr;
  std::string tsm_addr;
  std::string verifier_addr;
  std::string portal_addr;
  // Of one caller, a second; twice as many at once.
  int caller_requests = 100;
  // Streams that are open at a time; 0: none are answered.
  int max_streams = 256;
  service::RevocationOptions revocations;
  // With the console's built files; empty: it isn't served.
  std::string console_dir;
};

absl::StatusOr<Config> ConfigFromFlags();

// The rules that hold among settings.
absl::Status Check(const Config& config);

}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_CONFIG_H_
