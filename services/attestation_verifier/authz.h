// Who may call what: the verifier's authorization table.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_AUTHZ_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_AUTHZ_H_

#include "libs/rpc/authz.h"

namespace otrp {
namespace verifier {

const rpc::AuthzTable& Authz();

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_AUTHZ_H_
