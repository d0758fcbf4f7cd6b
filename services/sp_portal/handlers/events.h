// What the TSM is told of a change (otrp.tsm.v1.Catalog.Apply), and how a
// mutating call ends.
//
// Thread-safety: functions without state.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_EVENTS_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_EVENTS_H_

#include <string>

#include "libs/rpc/run.h"
#include "libs/store/outbox.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {
namespace handlers {

// Puts `event` (without event_id) into a message for the TSM. `key`: what it
// is about, a spid or "spid/taid"; messages of one spid are delivered in order.
store::OutboxMessage NewMessage(const rpc::CallContext& call, Env& env,
                                const std::string& key,
                                tsm::v1::ApplyRequest event);

// Tells the call whether a record was made, and waits for the delivery; the
// value of `delivered`.
bool Finish(const rpc::CallContext& call, Env& env, const Change& change);

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_EVENTS_H_
