#include "libs/service/revoked_signer.h"

namespace otrp {
namespace service {
namespace {

constexpr RevocationRow kRows[] = {
    // Nobody says that the key is safe.
    {0, "unspecified", Leaves::kNothing},
    // A thief can date his signatures as he likes.
    {1, "keyCompromise", Leaves::kNothing},
    // Somebody may have a certificate of the same name for a key of his.
    {2, "cACompromise", Leaves::kNothing},
    // The key was never in doubt.
    {3, "affiliationChanged", Leaves::kWhatWasSignedBefore},
    {4, "superseded", Leaves::kWhatWasSignedBefore},
    {5, "cessationOfOperation", Leaves::kWhatWasSignedBefore},
    // What the service provider did is why.
    {9, "privilegeWithdrawn", Leaves::kNothing},
    {10, "aACompromise", Leaves::kNothing},
};

}  // namespace

absl::Span<const RevocationRow> RevocationRows() { return kRows; }

Leaves WhatRevocationLeaves(int reason) {
  for (const RevocationRow& row : kRows) {
    if (row.reason == reason) return row.leaves;
  }
  return Leaves::kNothing;
}

bool SignatureCounts(absl::Time signed_by, absl::Time revoked_at, int reason) {
  return WhatRevocationLeaves(reason) == Leaves::kWhatWasSignedBefore &&
         signed_by < revoked_at;
}

}  // namespace service
}  // namespace otrp
