// Data that one device gets with a TA.
//
// Errors: errors.h.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_PERSONALIZATIONS_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_PERSONALIZATIONS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/portal/v1/personalizations.pb.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {
namespace handlers {

absl::Status PutPersonalization(const rpc::CallContext& call, Env& env,
                                const v1::PutPersonalizationRequest& request,
                                v1::PutPersonalizationResponse& response);
absl::Status ListPersonalizations(
    const rpc::CallContext& call, Env& env,
    const v1::ListPersonalizationsRequest& request,
    v1::ListPersonalizationsResponse& response);
absl::Status DeletePersonalization(
    const rpc::CallContext& call, Env& env,
    const v1::DeletePersonalizationRequest& request,
    v1::DeletePersonalizationResponse& response);

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_PERSONALIZATIONS_H_
