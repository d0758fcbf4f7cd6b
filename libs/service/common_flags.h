// The flags that all services share. A service's config.cc gives its own
// defaults once, outside of namespaces, and reads them:
//
//   OTRP_SERVICE_FLAGS("127.0.0.1:9101", "127.0.0.1:9201",
//                      /*db_connections=*/8);
//
//   absl::StatusOr<Config> ConfigFromFlags() {
//     Config config;
//     OTRP_ASSIGN_OR_RETURN(config.common, service::CommonConfigFromFlags());
//     ...
//   }
//
// Link it into binaries only: a test may join several services, and each has
// other defaults.
//
// Thread-safety: after ParseCommandLine(), thread-safe. Errors:
// INVALID_ARGUMENT names the flag.

#ifndef OTRP_LIBS_SERVICE_COMMON_FLAGS_H_
#define OTRP_LIBS_SERVICE_COMMON_FLAGS_H_

#include <string>

#include "absl/flags/flag.h"
#include "absl/status/statusor.h"
#include "libs/service/common_config.h"
#include "libs/service/process_flags.h"

#define OTRP_SERVICE_FLAGS(default_listen, default_metrics_listen,   \
                           default_db_connections)                   \
  ABSL_FLAG(std::string, listen, default_listen,                     \
            "Address of the gRPC server; port 0 picks a free one."); \
  ABSL_FLAG(int, db_connections, default_db_connections,             \
            "Connections to PostgreSQL, at most 100.");              \
  OTRP_PROCESS_FLAGS(default_metrics_listen)

namespace otrp {
namespace service {

// `min_db_connections`: what the service can't do with less of.
absl::StatusOr<CommonConfig> CommonConfigFromFlags(int min_db_connections = 1);

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_COMMON_FLAGS_H_
