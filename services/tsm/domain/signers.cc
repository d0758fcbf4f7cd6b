#include "services/tsm/domain/signers.h"

#include "libs/service/revoked_signer.h"

namespace otrp {
namespace tsm {

bool SignatureFacts::Counts() const {
  return !revoked_at.has_value() ||
         service::SignatureCounts(signed_by, *revoked_at, reason);
}

void Judge(const SignatureFacts& facts, DesiredTa* ta) {
  if (!facts.revoked_at.has_value()) return;
  if (ta->pull) {
    ta->signer_revoked = ta->current_fingerprint.empty();
    if (!facts.Counts()) ta->signer_fingerprint = ta->current_fingerprint;
    return;
  }
  if (facts.Counts()) return;
  ta->signer_revoked = true;
  ta->signer_fingerprint.clear();
}

}  // namespace tsm
}  // namespace otrp
