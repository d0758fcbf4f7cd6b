// What the revocation of a service provider's signing certificate leaves of
// what it signed, by the reason of the revocation (RFC 5280 5.3.1). The one
// table of it; docs/operations.md has it for people.
//
// Thread-safety: constants and functions without state. Errors: none.

#ifndef OTRP_LIBS_SERVICE_REVOKED_SIGNER_H_
#define OTRP_LIBS_SERVICE_REVOKED_SIGNER_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace otrp {
namespace service {

enum class Leaves {
  // Whoever had the key may have signed it, at whatever time.
  kNothing,
  // The key was its owner's until then.
  kWhatWasSignedBefore,
};

struct RevocationRow {
  // RFC 5280 5.3.1.
  int reason;
  absl::string_view word;
  Leaves leaves;
};

absl::Span<const RevocationRow> RevocationRows();

// Reasons that the table hasn't leave nothing.
Leaves WhatRevocationLeaves(int reason);

// Whether a signature that was there at `signed_by` counts still.
bool SignatureCounts(absl::Time signed_by, absl::Time revoked_at, int reason);

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_REVOKED_SIGNER_H_
