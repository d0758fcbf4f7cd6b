// Model -> proto, for what operators read.

#ifndef OTRP_SERVICES_TSM_HANDLERS_TO_PROTO_H_
#define OTRP_SERVICES_TSM_HANDLERS_TO_PROTO_H_

#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "libs/protocol/dialect.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "services/tsm/domain/model.h"

namespace otrp {
namespace tsm {

google::protobuf::Timestamp TimeToProto(absl::Time time);

v1::Dialect ToProto(protocol::Dialect dialect);
// Unspecified is ietf03: that of who doesn't say.
protocol::Dialect FromProto(v1::Dialect dialect);

// `now`: a waiting task whose time has come is "pending".
void DeviceToProto(const DeviceDetails& details, absl::Time now,
                   v1::Device* proto);

// `now`: an open session past its time is "expired".
void SessionToProto(const Session& session,
                    const std::vector<SessionMessage>& messages, absl::Time now,
                    v1::Session* proto);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_HANDLERS_TO_PROTO_H_
