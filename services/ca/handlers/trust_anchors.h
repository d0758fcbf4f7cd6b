// otrp.ca.v1.TrustAnchors.

#ifndef OTRP_SERVICES_CA_HANDLERS_TRUST_ANCHORS_H_
#define OTRP_SERVICES_CA_HANDLERS_TRUST_ANCHORS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/ca/v1/ca.pb.h"
#include "services/ca/env.h"

namespace otrp {
namespace ca {
namespace handlers {

absl::Status AddTrustAnchor(const rpc::CallContext& call, Env& env,
                            const v1::AddTrustAnchorRequest& request,
                            v1::AddTrustAnchorResponse& response);
absl::Status RemoveTrustAnchor(const rpc::CallContext& call, Env& env,
                               const v1::RemoveTrustAnchorRequest& request,
                               v1::RemoveTrustAnchorResponse& response);
absl::Status ListTrustAnchors(const rpc::CallContext& call, Env& env,
                              const v1::ListTrustAnchorsRequest& request,
                              v1::ListTrustAnchorsResponse& response);

}  // namespace handlers
}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_HANDLERS_TRUST_ANCHORS_H_
