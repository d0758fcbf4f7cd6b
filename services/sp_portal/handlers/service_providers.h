// otrp.portal.v1.ServiceProviders. Each: validate, fetch, act, fill.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_SERVICE_PROVIDERS_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_SERVICE_PROVIDERS_H_

#include <vector>

#include "absl/status/status.h"
#include "libs/crypto/x509.h"
#include "libs/rpc/run.h"
#include "otrp/portal/v1/portal.pb.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {
namespace handlers {

absl::Status CreateServiceProvider(
    const rpc::CallContext& call, Env& env,
    const v1::CreateServiceProviderRequest& request,
    v1::CreateServiceProviderResponse& response);

absl::Status GetServiceProvider(const rpc::CallContext& call, Env& env,
                                const v1::GetServiceProviderRequest& request,
                                v1::GetServiceProviderResponse& response);

absl::Status ListServiceProviders(
    const rpc::CallContext& call, Env& env,
    const v1::ListServiceProvidersRequest& request,
    v1::ListServiceProvidersResponse& response);

absl::Status EnrollCertificate(const rpc::CallContext& call, Env& env,
                               const v1::EnrollCertificateRequest& request,
                               v1::EnrollCertificateResponse& response);

absl::Status RevokeSigningCertificate(
    const rpc::CallContext& call, Env& env,
    const v1::RevokeSigningCertificateRequest& request,
    v1::RevokeSigningCertificateResponse& response);

// What a CRL of the SPs' authorities says: marks what the portal has and didn't
// know to be revoked. In the background; each certificate is a transaction with
// an audit record of the portal's own.
absl::Status LearnRevocations(Env& env,
                              const std::vector<crypto::RevokedEntry>& revoked);

// Tells the TSM of revocations that were recorded by a process which didn't. In
// the background.
absl::Status TellRevocations(Env& env);

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_SERVICE_PROVIDERS_H_
