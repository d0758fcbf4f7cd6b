// The RPCs of Identities.
//
// Thread-safety: functions without state. Errors: services/tsm/errors.h.

#ifndef OTRP_SERVICES_TSM_HANDLERS_IDENTITIES_H_
#define OTRP_SERVICES_TSM_HANDLERS_IDENTITIES_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/tsm/v1/identities.pb.h"
#include "services/tsm/env.h"

namespace otrp {
namespace tsm {
namespace handlers {

absl::Status ListIdentities(const rpc::CallContext& call, Env& env,
                            const v1::ListIdentitiesRequest& request,
                            v1::ListIdentitiesResponse& response);
absl::Status RotateIdentities(const rpc::CallContext& call, Env& env,
                              const v1::RotateIdentitiesRequest& request,
                              v1::RotateIdentitiesResponse& response);

}  // namespace handlers
}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_HANDLERS_IDENTITIES_H_
