// otrp.tsm.v1.Sessions: what was said to a device, message by message.

#ifndef OTRP_SERVICES_TSM_HANDLERS_SESSIONS_H_
#define OTRP_SERVICES_TSM_HANDLERS_SESSIONS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "services/tsm/env.h"

namespace otrp {
namespace tsm {
namespace handlers {

absl::Status ListSessions(const rpc::CallContext& call, Env& env,
                          const v1::ListSessionsRequest& request,
                          v1::ListSessionsResponse& response);
absl::Status GetSession(const rpc::CallContext& call, Env& env,
                        const v1::GetSessionRequest& request,
                        v1::GetSessionResponse& response);

}  // namespace handlers
}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_HANDLERS_SESSIONS_H_
