// otrp.portal.v1.ServiceProviders. Each: validate, fetch, act, fill.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_SERVICE_PROVIDERS_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_SERVICE_PROVIDERS_H_

#include "absl/status/status.h"
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

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_SERVICE_PROVIDERS_H_
