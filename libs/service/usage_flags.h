// --keep_usage, of services with a ledger (usage_ledger.h).
//
// Link it into binaries only. Thread-safety: after ParseCommandLine(),
// thread-safe. Errors: INVALID_ARGUMENT names the flag.

#ifndef OTRP_LIBS_SERVICE_USAGE_FLAGS_H_
#define OTRP_LIBS_SERVICE_USAGE_FLAGS_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace otrp {
namespace service {

// How long events of the ledger are kept.
absl::StatusOr<absl::Duration> KeepUsageFromFlags();

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_USAGE_FLAGS_H_
