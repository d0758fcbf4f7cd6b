// Looks after certificates that were about to be signed when a process died, a
// database went away or a caller gave up.
//
// Who repeats the request completes it (issuer.h). Nobody else does: a
// certificate that no caller waits for would be good without anybody who has
// it. So an intent that is ten minutes old is revoked, whether it was signed or
// not, and comes into the authority's next CRL.
//
// Thread-safety: thread-safe.
// Errors: those of the store.

#ifndef OTRP_SERVICES_CA_ISSUING_INTENTS_H_
#define OTRP_SERVICES_CA_ISSUING_INTENTS_H_

#include <string>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "services/ca/storage/intent_store.h"

namespace otrp {
namespace ca {

class Intents {
 public:
  // Both must outlive the object.
  Intents(IntentStore& store, const Clock& clock)
      : store_(store), clock_(clock) {}

  // Revokes what is too old, and tells how many intents there are. `actor`: of
  // the audit records.
  absl::Status Settle(const std::string& actor);
  // Notes keys of certificates that an earlier version issued, so that they
  // have one owner too; a batch.
  absl::Status NoteKeys();

 private:
  IntentStore& store_;
  const Clock& clock_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_ISSUING_INTENTS_H_
