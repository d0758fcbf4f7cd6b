// What keeps an authority that was revoked from issuing, whatever a replica
// believes: asked in the transaction that records what is about to be signed,
// and in the one that records what was.
//
// Thread-safety: as store::Tx.
// Errors: FAILED_PRECONDITION where it may not issue.

#ifndef OTRP_SERVICES_CA_STORAGE_HOLD_ISSUING_H_
#define OTRP_SERVICES_CA_STORAGE_HOLD_ISSUING_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/store/pool.h"

namespace otrp {
namespace ca {

// Until the transaction ends nobody changes the authority's state, which is
// active or, for replicas that haven't heard of its successor, retiring. A name
// without a row passes: rows are never removed.
absl::Status HoldIssuing(store::Tx& tx, const std::string& authority);

// The same for several.
absl::Status HoldIssuing(store::Tx& tx,
                         const std::vector<std::string>& authorities);

// The same for the authority of a certificate, or those of several.
absl::Status HoldIssuingOf(store::Tx& tx, const std::string& serial);
absl::Status HoldIssuingOf(store::Tx& tx,
                           const std::vector<std::string>& serials);

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_STORAGE_HOLD_ISSUING_H_
