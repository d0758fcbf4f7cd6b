// What the revocation of a signer's certificate means for a version that it
// signed (libs/service/revoked_signer.h has the table), as values that the
// planner works with.
//
// Thread-safety: functions without state. Errors: none.

#ifndef OTRP_SERVICES_TSM_DOMAIN_SIGNERS_H_
#define OTRP_SERVICES_TSM_DOMAIN_SIGNERS_H_

#include <cstdint>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "services/tsm/domain/model.h"

namespace otrp {
namespace tsm {

// A version's signature, and what is known of the certificate behind it.
struct SignatureFacts {
  // It was signed by then.
  absl::Time signed_by;
  // Unset: the certificate isn't revoked.
  absl::optional<absl::Time> revoked_at;
  // RFC 5280 5.3.1; of a revoked one.
  int32_t reason = 0;

  bool Counts() const;
};

// `ta`: as if nothing were revoked, but that current_fingerprint is empty where
// that certificate is.
//
// Of a version that is pulled each device's answer is signed anew, which only
// the current certificate may do then; the image inside, which nobody here can
// read, may be of before.
void Judge(const SignatureFacts& facts, DesiredTa* ta);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_DOMAIN_SIGNERS_H_
