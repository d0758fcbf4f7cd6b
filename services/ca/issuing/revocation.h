// CRLs of the authorities: made anew on each revocation and before they run
// out.
//
// A revoked certificate leaves the list once it has run out for as long as a
// list lives: one regular list at least has had it since (RFC 5280 3.3).
//
// A list's number is the time in milliseconds, or one more than the last where
// that is more: it grows also when the database was restored from a backup.
//
// Thread-safety: thread-safe.
// Errors: those of the store.

#ifndef OTRP_SERVICES_CA_ISSUING_REVOCATION_H_
#define OTRP_SERVICES_CA_ISSUING_REVOCATION_H_

#include <string>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "services/ca/issuing/authorities.h"
#include "services/ca/storage/ca_store.h"

namespace otrp {
namespace ca {

class Revocation {
 public:
  // All must outlive the object.
  Revocation(const Authorities& authorities, CaStore& store, const Clock& clock)
      : authorities_(authorities), store_(store), clock_(clock) {}

  absl::Status PublishCrl(const std::string& authority);
  // Publishes those that are missing, old or incomplete.
  absl::Status PublishStaleCrls();

 private:
  const Authorities& authorities_;
  CaStore& store_;
  const Clock& clock_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_ISSUING_REVOCATION_H_
