// The generated services' methods, one line each.

#ifndef OTRP_SERVICES_CA_SERVICES_H_
#define OTRP_SERVICES_CA_SERVICES_H_

#include <memory>
#include <vector>

#include "grpcpp/impl/codegen/service_type.h"
#include "services/ca/env.h"

namespace otrp {
namespace ca {

// `env` must outlive them.
std::vector<std::unique_ptr<grpc::Service>> NewServices(Env& env);

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_SERVICES_H_
