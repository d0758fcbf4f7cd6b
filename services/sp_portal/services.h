// The portal's gRPC services.

#ifndef OTRP_SERVICES_SP_PORTAL_SERVICES_H_
#define OTRP_SERVICES_SP_PORTAL_SERVICES_H_

#include <memory>
#include <vector>

#include "grpcpp/impl/codegen/service_type.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {

// All but the audit log. `env` must outlive them.
std::vector<std::unique_ptr<grpc::Service>> NewServices(Env& env);

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_SERVICES_H_
