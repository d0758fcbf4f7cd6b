#include "libs/service/web_flags.h"

#include "absl/flags/declare.h"

// Defined by OTRP_WEB_FLAGS in the service's config.cc.
ABSL_DECLARE_FLAG(std::string, http_listen);
ABSL_DECLARE_FLAG(std::string, https_listen);
ABSL_DECLARE_FLAG(int, handler_threads);
ABSL_DECLARE_FLAG(int, peer_connections);

ABSL_FLAG(std::string, web_tls_dir, "",
          "Directory with cert.pem and key.pem that clients see over TLS.");
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
ABSL_FLAG(int, peer_requests, 500,
          "Requests a second of one address (IPv6: /64) at a listener, twice "
          "as many at once; beyond, 429. 0: no limit.");
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
namespace service {

WebConfig WebConfigFromFlags() {
  WebConfig config;
  config.http_listen = absl::GetFlag(FLAGS_http_listen);
  config.https_listen = absl::GetFlag(FLAGS_https_listen);
  config.web_tls_dir = absl::GetFlag(FLAGS_web_tls_dir);
  config.handler_threads = absl::GetFlag(FLAGS_handler_threads);
  config.max_connections = absl::GetFlag(FLAGS_max_connections);
  config.io_threads = absl::GetFlag(FLAGS_io_threads);
  config.max_held_mib = absl::GetFlag(FLAGS_max_held_mib);
  config.idle_timeout = absl::GetFlag(FLAGS_idle_timeout);
  config.request_timeout = absl::GetFlag(FLAGS_request_timeout);
  config.peer_connections = absl::GetFlag(FLAGS_peer_connections);
  config.peer_requests = absl::GetFlag(FLAGS_peer_requests);
  config.trusted_proxies = absl::GetFlag(FLAGS_trusted_proxies);
  config.forwarded_header = absl::GetFlag(FLAGS_forwarded_header);
  config.proxy_protocol = absl::GetFlag(FLAGS_proxy_protocol);
  return config;
}

}  // namespace service
}  // namespace otrp
