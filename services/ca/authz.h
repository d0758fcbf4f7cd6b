// Who may call what of the CA.

#ifndef OTRP_SERVICES_CA_AUTHZ_H_
#define OTRP_SERVICES_CA_AUTHZ_H_

#include "libs/rpc/authz.h"

namespace otrp {
namespace ca {

// Which profiles a caller may have issued is for handlers/certificates.h.
const rpc::AuthzTable& CaAuthz();

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_AUTHZ_H_
