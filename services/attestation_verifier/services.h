// The gRPC services over an Env.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_SERVICES_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_SERVICES_H_

#include <memory>
#include <vector>

#include "grpcpp/impl/codegen/service_type.h"
#include "services/attestation_verifier/env.h"

namespace otrp {
namespace verifier {

// `env` must outlive the services.
std::vector<std::unique_ptr<grpc::Service>> NewServices(Env& env);

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_SERVICES_H_
