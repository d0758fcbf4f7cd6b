// The flags of RevocationOptions.
//
// Link it into binaries only. Thread-safety: after ParseCommandLine(),
// thread-safe. Errors: INVALID_ARGUMENT names the flag.

#ifndef OTRP_LIBS_SERVICE_REVOCATION_FLAGS_H_
#define OTRP_LIBS_SERVICE_REVOCATION_FLAGS_H_

#include "absl/status/statusor.h"
#include "libs/service/revocation_options.h"

namespace otrp {
namespace service {

// A file that can be read and has nothing but names in it.
absl::StatusOr<RevocationOptions> RevocationOptionsFromFlags();

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_REVOCATION_FLAGS_H_
