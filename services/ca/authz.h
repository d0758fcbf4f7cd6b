// Who may call what of the CA.

#ifndef OTRP_SERVICES_CA_AUTHZ_H_
#define OTRP_SERVICES_CA_AUTHZ_H_

#include "libs/rpc/authz.h"

namespace otrp {
namespace ca {

// Which profile each requester may have issued: libs/pki/profile.cc.
const rpc::AuthzTable& Authz();

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_AUTHZ_H_
