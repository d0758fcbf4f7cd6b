// The flags of a service::WebServer's listeners. A service's config.cc gives
// its own defaults once, outside of namespaces, and reads them:
//
//   OTRP_WEB_FLAGS(/*http_listen=*/"127.0.0.1:8080", "for devices",
//                  /*https_listen=*/"127.0.0.1:8443",
//                  /*handler_threads=*/32, /*peer_connections=*/2000);
//   ...
//   config.web = service::WebConfigFromFlags();
//   OTRP_RETURN_IF_ERROR(service::Check(config.web));
//
// Link it into binaries only: a test may join several services, and each has
// other defaults.
//
// Thread-safety: after ParseCommandLine(), thread-safe. Errors: none; what the
// flags say isn't checked.

#ifndef OTRP_LIBS_SERVICE_WEB_FLAGS_H_
#define OTRP_LIBS_SERVICE_WEB_FLAGS_H_

#include <string>

#include "absl/flags/flag.h"
#include "libs/service/web_config.h"

// `plain_is`: whom plain HTTP is for.
#define OTRP_WEB_FLAGS(default_http_listen, plain_is, default_https_listen, \
                       default_handler_threads, default_peer_connections)   \
  ABSL_FLAG(std::string, http_listen, default_http_listen,                  \
            "Address for plain HTTP, " plain_is                             \
            "; port 0 picks a free one; empty: none.");                     \
  ABSL_FLAG(std::string, https_listen, default_https_listen,                \
            "Address for HTTPS; port 0 picks a free one; empty: none.");    \
  ABSL_FLAG(int, handler_threads, default_handler_threads,                  \
            "Requests in work at a time, 1 to 1000.");                      \
  ABSL_FLAG(                                                                \
      int, peer_connections, default_peer_connections,                      \
      "Open connections of one address (IPv6: /64) at a listener; 0: no "   \
      "limit.")

namespace otrp {
namespace service {

WebConfig WebConfigFromFlags();

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_WEB_FLAGS_H_
