// otrp.ca.v1.CertificateExpiry.

#ifndef OTRP_SERVICES_CA_HANDLERS_EXPIRY_H_
#define OTRP_SERVICES_CA_HANDLERS_EXPIRY_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/ca/v1/renewal.pb.h"
#include "services/ca/env.h"

namespace otrp {
namespace ca {
namespace handlers {

absl::Status FindExpiringCertificates(
    const rpc::CallContext& call, Env& env,
    const v1::FindExpiringCertificatesRequest& request,
    v1::FindExpiringCertificatesResponse& response);

}  // namespace handlers
}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_HANDLERS_EXPIRY_H_
