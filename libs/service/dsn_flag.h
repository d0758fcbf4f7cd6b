// --dsn_file and how that database is reached, for services and for tools that
// use a service's database.
//
// Errors: INVALID_ARGUMENT names the flag.

#ifndef OTRP_LIBS_SERVICE_DSN_FLAG_H_
#define OTRP_LIBS_SERVICE_DSN_FLAG_H_

#include "absl/status/statusor.h"
#include "libs/config/config.h"
#include "libs/store/access.h"

namespace otrp {
namespace service {

// The file has been read once; the source reads it again each time. Refused
// where it goes over a network by less than --db_least_sslmode.
absl::StatusOr<config::DsnSource> DsnFromFlag();

// --db_pooler, --db_least_sslmode.
store::Access DatabaseAccessFromFlags();

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_DSN_FLAG_H_
