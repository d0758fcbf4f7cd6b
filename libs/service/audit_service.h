// otrp.common.v1.AuditLog, as every service offers it over its own schema.
//
// Add AuditLogRules() to the service's authorization table and
// "otrp.common.v1.AuditLog" to the services of its completeness test.
//
// Thread-safety: thread-safe. Errors: INVALID_ARGUMENT for bad page sizes and
// tokens; else as libs/store/pool.h.

#ifndef OTRP_LIBS_SERVICE_AUDIT_SERVICE_H_
#define OTRP_LIBS_SERVICE_AUDIT_SERVICE_H_

#include <memory>
#include <vector>

#include "grpcpp/impl/codegen/service_type.h"
#include "libs/rpc/authz.h"
#include "libs/rpc/guard.h"
#include "libs/store/pool.h"

namespace otrp {
namespace service {

// Operators and auditors.
std::vector<rpc::AuthzRule> AuditLogRules();

// `guard` and `pool` must outlive the service.
std::unique_ptr<grpc::Service> NewAuditLogService(const rpc::Guard& guard,
                                                  store::Pool& pool);

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_AUDIT_SERVICE_H_
