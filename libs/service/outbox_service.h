// otrp.common.v1.Outbox, for services that have messages for others.
//
// Add OutboxRules() to the service's authorization table, NewOutboxService() to
// its services, and the proto's file to the services of its completeness test.
//
// Thread-safety: thread-safe. Errors: INVALID_ARGUMENT for bad page sizes,
// tokens and reasons; else as libs/store/outbox_admin.h.

#ifndef OTRP_LIBS_SERVICE_OUTBOX_SERVICE_H_
#define OTRP_LIBS_SERVICE_OUTBOX_SERVICE_H_

#include <memory>
#include <vector>

#include "grpcpp/impl/codegen/service_type.h"
#include "libs/rpc/authz.h"
#include "libs/rpc/guard.h"
#include "libs/store/pool.h"

namespace otrp {
namespace service {

// Operators; auditors may look.
std::vector<rpc::AuthzRule> OutboxRules();

// `guard` and `pool` must outlive the service.
std::unique_ptr<grpc::Service> NewOutboxService(const rpc::Guard& guard,
                                                store::Pool& pool);

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_OUTBOX_SERVICE_H_
