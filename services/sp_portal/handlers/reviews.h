// otrp.portal.v1.Reviews. Each: validate, fetch, act, fill.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_REVIEWS_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_REVIEWS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/portal/v1/pipeline.pb.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {
namespace handlers {

absl::Status SubmitVersion(const rpc::CallContext& call, Env& env,
                           const v1::SubmitVersionRequest& request,
                           v1::SubmitVersionResponse& response);

absl::Status ApproveVersion(const rpc::CallContext& call, Env& env,
                            const v1::ApproveVersionRequest& request,
                            v1::ApproveVersionResponse& response);

absl::Status RejectVersion(const rpc::CallContext& call, Env& env,
                           const v1::RejectVersionRequest& request,
                           v1::RejectVersionResponse& response);

absl::Status ListReviews(const rpc::CallContext& call, Env& env,
                         const v1::ListReviewsRequest& request,
                         v1::ListReviewsResponse& response);

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_REVIEWS_H_
