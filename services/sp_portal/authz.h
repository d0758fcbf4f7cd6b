// Who may call what of the portal.

#ifndef OTRP_SERVICES_SP_PORTAL_AUTHZ_H_
#define OTRP_SERVICES_SP_PORTAL_AUTHZ_H_

#include <string>
#include <vector>

#include "libs/rpc/authz.h"

namespace otrp {
namespace portal {

// SPs may call these for their own spid only (handlers/tenancy.h).
const rpc::AuthzTable& Authz();

// Of the server, with dots.
std::vector<std::string> ServiceNames();

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_AUTHZ_H_
