// --dsn_file, for services and for tools that use a service's database.
//
// Errors: INVALID_ARGUMENT names the flag.

#ifndef OTRP_LIBS_SERVICE_DSN_FLAG_H_
#define OTRP_LIBS_SERVICE_DSN_FLAG_H_

#include "absl/status/statusor.h"
#include "libs/config/config.h"

namespace otrp {
namespace service {

// The file has been read once; the source reads it again each time.
absl::StatusOr<config::DsnSource> DsnFromFlag();

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_DSN_FLAG_H_
