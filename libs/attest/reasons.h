// Why evidence is refused, or what is remarkable about accepted evidence: the
// stable codes, and what each means. docs/attestation.md is made of them.
//
// Thread-safety: constants.

#ifndef OTRP_LIBS_ATTEST_REASONS_H_
#define OTRP_LIBS_ATTEST_REASONS_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "libs/attest/trust_vector.h"

namespace otrp {
namespace attest {

struct ReasonRow {
  absl::string_view code;
  // A remark doesn't refuse.
  bool remark;
  absl::string_view meaning;
  // What it says in the terms of AR4SI; a remark says nothing.
  TrustClaim claim;
  int value;
};

absl::Span<const ReasonRow> AllReasons();
// Null for a code that doesn't exist.
const ReasonRow* RowOfReason(absl::string_view code);

namespace reason {
inline constexpr char kDsiMalformed[] = "dsi-malformed";
inline constexpr char kTeeCertMalformed[] = "tee-cert-malformed";
inline constexpr char kTeeChainUnknownIssuer[] = "tee-chain-unknown-issuer";
inline constexpr char kTeeChainExpired[] = "tee-chain-expired";
inline constexpr char kTeeChainNotYetValid[] = "tee-chain-not-yet-valid";
inline constexpr char kTeeChainBadSignature[] = "tee-chain-bad-signature";
inline constexpr char kTeeChainWrongUsage[] = "tee-chain-wrong-usage";
inline constexpr char kTeeChainInvalid[] = "tee-chain-invalid";
inline constexpr char kTeeCertRevoked[] = "tee-cert-revoked";
inline constexpr char kTeeRevocationUnknown[] = "tee-revocation-unknown";
inline constexpr char kSignatureAlgorithm[] = "signature-algorithm";
inline constexpr char kSignatureInvalid[] = "signature-invalid";
inline constexpr char kTfwMissing[] = "tfw-missing";
inline constexpr char kTfwAbsent[] = "tfw-absent";
inline constexpr char kTfwCertMalformed[] = "tfw-cert-malformed";
inline constexpr char kTfwChainUnknownIssuer[] = "tfw-chain-unknown-issuer";
inline constexpr char kTfwChainExpired[] = "tfw-chain-expired";
inline constexpr char kTfwChainNotYetValid[] = "tfw-chain-not-yet-valid";
inline constexpr char kTfwChainBadSignature[] = "tfw-chain-bad-signature";
inline constexpr char kTfwChainWrongUsage[] = "tfw-chain-wrong-usage";
inline constexpr char kTfwChainInvalid[] = "tfw-chain-invalid";
inline constexpr char kTfwCertRevoked[] = "tfw-cert-revoked";
inline constexpr char kTfwRevocationUnknown[] = "tfw-revocation-unknown";
inline constexpr char kTfwSignatureInvalid[] = "tfw-signature-invalid";
inline constexpr char kTfwSigalgUnknown[] = "tfw-sigalg-unknown";
inline constexpr char kTeeDenied[] = "tee-denied";
inline constexpr char kTeeNotAllowed[] = "tee-not-allowed";
inline constexpr char kTeeWithdrawn[] = "tee-withdrawn";
inline constexpr char kTeeUnknownReference[] = "tee-unknown-reference";
inline constexpr char kEvidenceMalformed[] = "evidence-malformed";
inline constexpr char kEvidenceUnknownSigner[] = "evidence-unknown-signer";
inline constexpr char kEvidenceScheme[] = "evidence-scheme-not-allowed";
inline constexpr char kEvidenceSignature[] = "evidence-signature-invalid";
inline constexpr char kEvidenceNonce[] = "evidence-nonce-mismatch";
inline constexpr char kEvidenceExpired[] = "evidence-expired";
inline constexpr char kEvidenceNotYetValid[] = "evidence-not-yet-valid";
inline constexpr char kEvidenceUnsecured[] = "evidence-unsecured";
inline constexpr char kRevocationUnchecked[] = "revocation-unchecked";
}  // namespace reason

}  // namespace attest
}  // namespace otrp

#endif  // OTRP_LIBS_ATTEST_REASONS_H_
