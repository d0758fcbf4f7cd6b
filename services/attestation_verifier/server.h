// The verifier put together: store, trust, background pulls, services.
//
// Errors: those of the collaborators; a database or CA that isn't there yet is
// no error (readiness tells).

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_SERVER_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_SERVER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "libs/service/server.h"
#include "services/attestation_verifier/config.h"

namespace otrp {
namespace verifier {

absl::StatusOr<std::unique_ptr<service::Server>> NewServer(Config config);

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_SERVER_H_
