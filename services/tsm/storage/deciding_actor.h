// Whose decisions the triggers of a transaction write down.
//
// Errors: as libs/store/pool.h.

#ifndef OTRP_SERVICES_TSM_STORAGE_DECIDING_ACTOR_H_
#define OTRP_SERVICES_TSM_STORAGE_DECIDING_ACTOR_H_

#include <string>

#include "absl/status/status.h"
#include "libs/store/pool.h"

namespace otrp {
namespace tsm {

// To the transaction's end.
inline absl::Status SetDecidingActor(store::Tx& tx, const std::string& actor) {
  return tx.Exec("SELECT set_config('otrp.actor', $1, true)", actor).status();
}

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_STORAGE_DECIDING_ACTOR_H_
