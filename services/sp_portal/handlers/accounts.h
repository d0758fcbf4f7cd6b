// otrp.portal.v1.Accounts. Each: validate, fetch, act, fill.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_ACCOUNTS_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_ACCOUNTS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/portal/v1/access.pb.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {
namespace handlers {

absl::Status Register(const rpc::CallContext& call, Env& env,
                      const v1::RegisterRequest& request,
                      v1::RegisterResponse& response);

absl::Status ListRegistrations(const rpc::CallContext& call, Env& env,
                               const v1::ListRegistrationsRequest& request,
                               v1::ListRegistrationsResponse& response);

absl::Status ApproveRegistration(const rpc::CallContext& call, Env& env,
                                 const v1::ApproveRegistrationRequest& request,
                                 v1::ApproveRegistrationResponse& response);

absl::Status RejectRegistration(const rpc::CallContext& call, Env& env,
                                const v1::RejectRegistrationRequest& request,
                                v1::RejectRegistrationResponse& response);

absl::Status SuspendServiceProvider(
    const rpc::CallContext& call, Env& env,
    const v1::SuspendServiceProviderRequest& request,
    v1::SuspendServiceProviderResponse& response);

absl::Status ResumeServiceProvider(
    const rpc::CallContext& call, Env& env,
    const v1::ResumeServiceProviderRequest& request,
    v1::ResumeServiceProviderResponse& response);

absl::Status CloseServiceProvider(
    const rpc::CallContext& call, Env& env,
    const v1::CloseServiceProviderRequest& request,
    v1::CloseServiceProviderResponse& response);

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_ACCOUNTS_H_
