// The TSM's gRPC services.

#ifndef OTRP_SERVICES_TSM_SERVICES_H_
#define OTRP_SERVICES_TSM_SERVICES_H_

#include <memory>
#include <vector>

#include "grpcpp/impl/codegen/service_type.h"
#include "services/tsm/env.h"

namespace otrp {
namespace tsm {

// All but the audit log. `env` must outlive them.
std::vector<std::unique_ptr<grpc::Service>> NewServices(Env& env);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_SERVICES_H_
