// The CA put together: store, opened authorities, issuer, services.
//
// Errors: FAILED_PRECONDITION when the database isn't bootstrapped or the
// key-encryption key is another; UNAVAILABLE when there is no database.

#ifndef OTRP_SERVICES_CA_SERVER_H_
#define OTRP_SERVICES_CA_SERVER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "libs/service/server.h"
#include "services/ca/config.h"

namespace otrp {
namespace ca {

absl::StatusOr<std::unique_ptr<service::Server>> NewServer(Config config);

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_SERVER_H_
