// What the TSM's handlers work with. Made once by server.cc (or a test), then
// shared by all calls.
//
// Thread-safety: every collaborator is thread-safe.

#ifndef OTRP_SERVICES_TSM_ENV_H_
#define OTRP_SERVICES_TSM_ENV_H_

#include "libs/base/clock.h"
#include "libs/rpc/guard.h"
#include "services/tsm/identity/data_sealer.h"
#include "services/tsm/identity/identity_keys.h"
#include "services/tsm/messaging/messenger.h"
#include "services/tsm/storage/brake_store.h"
#include "services/tsm/storage/removal_brake.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {

struct Env {
  const rpc::Guard& guard;
  TsmStore& store;
  // Talks with devices.
  Messenger& messenger;
  const Clock& clock;
  // Of what is for single devices.
  const DataSealer& sealer;
  // Of the TSM's own keys.
  const IdentityKeys& identity_keys;
  BrakeStore& brakes;
  // What this process knows of it.
  RemovalBrake& brake;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_ENV_H_
