// What all who write withdrawals have in common.
//
// Thread-safety: a function without state.
// Errors: as libs/store/pool.h.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_WITHDRAWALS_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_WITHDRAWALS_H_

#include "absl/status/status.h"
#include "libs/store/pool.h"

namespace otrp {
namespace verifier {

// To be held before a transaction writes the first one. Whoever takes
// withdrawals goes on from the last id that he has seen: until the commit
// nobody else draws one.
absl::Status LockWithdrawals(store::Tx& tx);

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_WITHDRAWALS_H_
