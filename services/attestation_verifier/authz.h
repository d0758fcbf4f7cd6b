// Who may call what: the verifier's authorization table.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_AUTHZ_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_AUTHZ_H_

#include <string>
#include <vector>

#include "libs/rpc/authz.h"

namespace otrp {
namespace verifier {

const rpc::AuthzTable& Authz();

// Full names of the services that the verifier's server offers.
std::vector<std::string> ServiceNames();

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_AUTHZ_H_
