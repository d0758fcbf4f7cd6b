// A planned TA's wish in the catalogue, and the device's key for its SP: what
// both its request and its pull are made with.
//
// Thread-safety: functions without state.
// Errors: FAILED_PRECONDITION where the TEE has no key for the SP that can be
// used; DATA_LOSS for damaged rows.

#ifndef OTRP_SERVICES_TSM_MESSAGING_WISHES_H_
#define OTRP_SERVICES_TSM_MESSAGING_WISHES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/variant.h"
#include "libs/crypto/keys.h"
#include "libs/json/json.h"
#include "libs/protocol/dialect.h"
#include "services/tsm/domain/device_context.h"
#include "services/tsm/domain/plan.h"
#include "services/tsm/messaging/tools.h"

namespace otrp {
namespace tsm {

// Lives in `device`.
absl::StatusOr<const DesiredTa*> WishOf(const PlannedRequest& planned,
                                        const DeviceContext& device);

// Lives in `device`.
absl::StatusOr<const crypto::PublicKey*> AikOf(DeviceContext& device,
                                               const std::string& spid);

// Nothing to pull: it isn't a TA, or one that the TSM has itself.
struct NotPulled {};
// What the SP's endpoint has given for the device.
struct Pulled {
  int64_t release_id = 0;
  json::Value encrypted_ta;
};
using PullState = absl::variant<NotPulled, Pulled, PullProgress>;

// How it stands with what `planned` needs from the SP's endpoint; asks for it
// where it isn't there. Never waits for the endpoint.
absl::StatusOr<PullState> PullStateOf(Tools& tools, protocol::Dialect dialect,
                                      const PlannedRequest& planned,
                                      DeviceContext& device);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_MESSAGING_WISHES_H_
