#include "services/tsm/handlers/device_messaging.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "services/tsm/handlers/convert.h"

namespace otrp {
namespace tsm {
namespace handlers {

absl::Status Advance(const rpc::CallContext& call, Env& env,
                     const v1::AdvanceRequest& request,
                     v1::AdvanceResponse& response) {
  OTRP_ASSIGN_OR_RETURN(
      Reply reply,
      env.messenger.Take(call, request.message(),
                         {FromProto(request.dialect()), request.es256()}));
  response.set_message(std::move(reply.message));
  response.set_refused(reply.not_trusted);
  if (reply.come_again > absl::ZeroDuration()) {
    response.set_come_again_after_s(static_cast<int32_t>(
        absl::ToInt64Seconds(reply.come_again + absl::Milliseconds(999))));
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace tsm
}  // namespace otrp
