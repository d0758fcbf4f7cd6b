// otrp.ca.v1.AuditRecovery.

#ifndef OTRP_SERVICES_CA_HANDLERS_AUDIT_RECOVERY_H_
#define OTRP_SERVICES_CA_HANDLERS_AUDIT_RECOVERY_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/ca/v1/audit_recovery.pb.h"
#include "services/ca/env.h"

namespace otrp {
namespace ca {
namespace handlers {

absl::Status ReconcileAudit(const rpc::CallContext& call, Env& env,
                            const v1::ReconcileAuditRequest& request,
                            v1::ReconcileAuditResponse& response);

}  // namespace handlers
}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_HANDLERS_AUDIT_RECOVERY_H_
