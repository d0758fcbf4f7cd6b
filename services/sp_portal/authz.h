// Who may call what of the portal.

#ifndef OTRP_SERVICES_SP_PORTAL_AUTHZ_H_
#define OTRP_SERVICES_SP_PORTAL_AUTHZ_H_

#include "libs/rpc/authz.h"

namespace otrp {
namespace portal {

// SPs may call these for their own spid only (handlers/tenancy.h).
const rpc::AuthzTable& Authz();

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_AUTHZ_H_
