// Who may call what: the TSM's authorization table.

#ifndef OTRP_SERVICES_TSM_AUTHZ_H_
#define OTRP_SERVICES_TSM_AUTHZ_H_

#include "libs/rpc/authz.h"

namespace otrp {
namespace tsm {

const rpc::AuthzTable& Authz();

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_AUTHZ_H_
