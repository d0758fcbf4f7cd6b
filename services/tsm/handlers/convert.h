// Between the model and the protos.
//
// Thread-safety: functions without state.

#ifndef OTRP_SERVICES_TSM_HANDLERS_CONVERT_H_
#define OTRP_SERVICES_TSM_HANDLERS_CONVERT_H_

#include <vector>

#include "absl/time/time.h"
#include "libs/protocol/dialect.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "services/tsm/domain/model.h"

namespace otrp {
namespace tsm {
namespace handlers {

v1::Dialect ToProto(protocol::Dialect dialect);
// Unspecified is ietf03: that of who doesn't say.
protocol::Dialect FromProto(v1::Dialect dialect);

// `now`: a waiting task whose time has come is "pending".
void ToProto(const DeviceDetails& details, absl::Time now, v1::Device& out);

// `now`: an open session past its time is "expired".
void ToProto(const Session& session,
             const std::vector<SessionMessage>& messages, absl::Time now,
             v1::Session& out);

}  // namespace handlers
}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_HANDLERS_CONVERT_H_
