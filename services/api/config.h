// The front's settings, from flags (and --flagfile), checked.
//
// Thread-safety: value. Errors: INVALID_ARGUMENT names the flag.

#ifndef OTRP_SERVICES_API_CONFIG_H_
#define OTRP_SERVICES_API_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace otrp {
namespace api {

struct Config {
  // "host:port"; one of the two may be empty: no such listener. Without TLS
  // on a loopback address only: tokens are sent to it.
  std::string http_listen;
  std::string https_listen;
  std::string metrics_listen;
  // Directory with cert.pem and key.pem that callers see (HTTPS).
  std::string web_tls_dir;
  // Directory with cert.pem, key.pem and ca.pem for calls to services; callers'
  // certificates are of the same root.
  std::string tls_dir;
  std::string ca_addr;
  std::string tsm_addr;
  std::string verifier_addr;
  std::string portal_addr;
  // Calls in work at a time; each waits for a service.
  int handler_threads = 64;
  // What both listeners hold of requests and answers.
  int max_held_mib = 256;
  // Of each listener, as the rest here.
  int max_connections = 10000;
  int io_threads = 2;
  absl::Duration idle_timeout = absl::Seconds(75);
  absl::Duration request_timeout = absl::Seconds(15);
  // Of one address; 0: no limit.
  int peer_connections = 500;
  int peer_requests = 500;
  // Of one caller, a second; twice as many at once.
  int caller_requests = 100;
  // Networks, with commas between them.
  std::string trusted_proxies;
  std::string forwarded_header = "X-Forwarded-For";
  bool proxy_protocol = false;
};

absl::StatusOr<Config> ConfigFromFlags();

// The rules that hold among settings.
absl::Status Check(const Config& config);

}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_CONFIG_H_
