// What the handlers share: tenancy, events, answers.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_COMMON_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_COMMON_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "libs/rpc/run.h"
#include "libs/store/outbox.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {

// An SP may act for itself only; another's spid is NOT_FOUND, as one that
// doesn't exist.
absl::Status CheckTenant(const rpc::CallContext& call, absl::string_view spid);

// For lists: what an SP may see. `asked` empty means all; the SP's own spid
// for an SP. NOT_FOUND where it asked for another's.
absl::StatusOr<std::string> VisibleSpid(const rpc::CallContext& call,
                                        const std::string& asked);

// Puts `event` (without event_id) into a message for the TSM.
store::OutboxMessage NewMessage(const rpc::CallContext& call, Env& env,
                                const std::string& key,
                                tsm::v1::ApplyRequest event);

// Tells the call whether a record was made, and waits for the delivery; the
// value of `delivered`.
bool Finish(const rpc::CallContext& call, Env& env, const Change& change);

void FillTimestamp(absl::Time time, google::protobuf::Timestamp* out);

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_COMMON_H_
