// One transaction: a device's session with the TSM from the empty POST to the
// 204, with every answer checked, and what the device has at the end.
//
// Thread-safety: functions without state; a device and a wire are used by one
// thread at a time.

#ifndef CLIENTS_LOAD_SESSION_H_
#define CLIENTS_LOAD_SESSION_H_

#include <cstddef>

#include "clients/load/results.h"
#include "clients/load/sim_device.h"
#include "clients/load/wire.h"

namespace otrp::load {

// A TSM that never has enough.
inline constexpr size_t kMaxRequests = 16;

// Fills in everything but the transaction's moments. The device must be in the
// state that the kind begins with (Ready()). `version` is the number of the
// TA's current version.
void RunTransaction(SimDevice& device, Wire& wire, size_t version,
                    Transaction* transaction);

// Puts the device into the state that transactions of the kind begin with:
// nothing for a first install, what was kept for a withdrawal.
absl::Status Ready(Kind kind, SimDevice& device);

}  // namespace otrp::load

#endif  // CLIENTS_LOAD_SESSION_H_
