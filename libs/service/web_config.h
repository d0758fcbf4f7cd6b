// The settings of a service that people, programs and devices reach by HTTP:
// its listeners, as values; web_flags.h fills them from flags.
//
// Thread-safety: value. Errors: INVALID_ARGUMENT names the flag.

#ifndef OTRP_LIBS_SERVICE_WEB_CONFIG_H_
#define OTRP_LIBS_SERVICE_WEB_CONFIG_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace otrp {
namespace service {

// How a request came.
enum class Scheme { kHttp, kHttps };

struct WebConfig {
  // "host:port"; one of the two may be empty: no such listener.
  std::string http_listen;
  std::string https_listen;
  // Directory with cert.pem and key.pem that clients see (HTTPS).
  std::string web_tls_dir;
  // Requests in work at a time; each waits for a service.
  int handler_threads = 32;
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
  // Networks, with commas between them.
  std::string trusted_proxies;
  std::string forwarded_header = "X-Forwarded-For";
  bool proxy_protocol = false;
};

// The rules that hold among settings.
absl::Status Check(const WebConfig& config);

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_WEB_CONFIG_H_
