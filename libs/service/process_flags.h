// The flags that a process without gRPC server and database has too:
// --metrics_listen, whose default is each process's own, --tls_dir and
// --max_queue_time.
//
// Errors: INVALID_ARGUMENT names the flag.

#ifndef OTRP_LIBS_SERVICE_PROCESS_FLAGS_H_
#define OTRP_LIBS_SERVICE_PROCESS_FLAGS_H_

#include <string>

#include "absl/flags/flag.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

// Once in a binary, outside of namespaces.
#define OTRP_PROCESS_FLAGS(default_metrics_listen)               \
  ABSL_FLAG(std::string, metrics_listen, default_metrics_listen, \
            "Address for /metrics, /livez and /readyz (plain HTTP).")

namespace otrp {
namespace service {

// Not empty. Whether its files are good, the TLS of libs/rpc says.
absl::StatusOr<std::string> TlsDirFromFlag();

// Zero: no limit.
absl::Duration MaxQueueTimeFromFlag();

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_PROCESS_FLAGS_H_
