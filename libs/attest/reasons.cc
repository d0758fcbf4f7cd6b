#include "libs/attest/reasons.h"

namespace otrp {
namespace attest {
namespace {

using namespace reason;  // NOLINT: the constants of this table only.

constexpr ReasonRow kReasons[] = {
    {kDsiMalformed, false, "The DSI is no JSON of the drafts' form.",
     TrustClaim::kInstanceIdentity, trust_value::kUnrecognized},
    {kTeeCertMalformed, false,
     "The TEE's certificate can't be read, or its key is not acceptable.",
     TrustClaim::kInstanceIdentity, trust_value::kUnrecognized},
    {kTeeChainUnknownIssuer, false,
     "The TEE's chain doesn't lead to a TEE root that we trust.",
     TrustClaim::kInstanceIdentity, trust_value::kUnrecognized},
    {kTeeChainExpired, false, "A certificate of the TEE's chain has expired.",
     TrustClaim::kInstanceIdentity, trust_value::kUnrecognized},
    {kTeeChainNotYetValid, false,
     "A certificate of the TEE's chain isn't valid yet.",
     TrustClaim::kInstanceIdentity, trust_value::kUnrecognized},
    {kTeeChainBadSignature, false, "A signature in the TEE's chain is wrong.",
     TrustClaim::kInstanceIdentity, trust_value::kCryptoFailed},
    {kTeeChainWrongUsage, false,
     "The TEE's certificate was issued for another purpose.",
     TrustClaim::kInstanceIdentity, trust_value::kUnrecognized},
    {kTeeChainInvalid, false, "The TEE's chain breaks another rule.",
     TrustClaim::kInstanceIdentity, trust_value::kUnrecognized},
    {kTeeCertRevoked, false, "A certificate of the TEE's chain is revoked.",
     TrustClaim::kInstanceIdentity, trust_value::kContraindicated},
    {kTeeRevocationUnknown, false,
     "No CRL is known for the TEE's chain, and the policy asks for one or it "
     "isn't loaded yet.",
     TrustClaim::kInstanceIdentity, trust_value::kUnrecognized},
    {kSignatureAlgorithm, false,
     "The response's algorithm isn't allowed or isn't that of the TEE's key.",
     TrustClaim::kInstanceIdentity, trust_value::kCryptoFailed},
    {kSignatureInvalid, false,
     "The response isn't signed by the key of the TEE's certificate.",
     TrustClaim::kInstanceIdentity, trust_value::kCryptoFailed},
    {kTfwMissing, false,
     "Firmware evidence is required, by dialect or policy, and isn't there.",
     TrustClaim::kHardware, trust_value::kUnrecognized},
    {kTfwAbsent, true, "No firmware evidence was given.", TrustClaim::kHardware,
     trust_value::kNone},
    {kTfwCertMalformed, false,
     "The firmware's certificate can't be read, or its key is not "
     "acceptable.",
     TrustClaim::kHardware, trust_value::kUnrecognized},
    {kTfwChainUnknownIssuer, false,
     "The firmware's chain doesn't lead to a firmware root that we trust.",
     TrustClaim::kHardware, trust_value::kUnrecognized},
    {kTfwChainExpired, false,
     "A certificate of the firmware's chain has expired.",
     TrustClaim::kHardware, trust_value::kUnrecognized},
    {kTfwChainNotYetValid, false,
     "A certificate of the firmware's chain isn't valid yet.",
     TrustClaim::kHardware, trust_value::kUnrecognized},
    {kTfwChainBadSignature, false,
     "A signature in the firmware's chain is wrong.", TrustClaim::kHardware,
     trust_value::kCryptoFailed},
    {kTfwChainWrongUsage, false,
     "The firmware's certificate was issued for another purpose.",
     TrustClaim::kHardware, trust_value::kUnrecognized},
    {kTfwChainInvalid, false, "The firmware's chain breaks another rule.",
     TrustClaim::kHardware, trust_value::kUnrecognized},
    {kTfwCertRevoked, false,
     "A certificate of the firmware's chain is revoked.", TrustClaim::kHardware,
     trust_value::kContraindicated},
    {kTfwRevocationUnknown, false,
     "No CRL is known for the firmware's chain, and the policy asks for one "
     "or it isn't loaded yet.",
     TrustClaim::kHardware, trust_value::kUnrecognized},
    {kTfwSignatureInvalid, false,
     "The firmware hasn't signed this transaction's tid.",
     TrustClaim::kHardware, trust_value::kCryptoFailed},
    {kTfwSigalgUnknown, false,
     "The firmware's signature method isn't RS256 or ES256, or isn't that of "
     "its key.",
     TrustClaim::kHardware, trust_value::kCryptoFailed},
    {kTeeDenied, false, "A deny rule of the policy names this TEE.",
     TrustClaim::kExecutables, trust_value::kContraindicated},
    {kTeeNotAllowed, false, "No rule of the policy allows this TEE.",
     TrustClaim::kExecutables, trust_value::kUnrecognizedRuntime},
    {kTeeWithdrawn, false,
     "The reference value that names this TEE was withdrawn.",
     TrustClaim::kExecutables, trust_value::kContraindicated},
    {kTeeUnknownReference, false,
     "No active reference value names this TEE, and the policy asks for one.",
     TrustClaim::kExecutables, trust_value::kUnrecognizedRuntime},
    {kEvidenceMalformed, false,
     "The evidence isn't what its media type and profile say.",
     TrustClaim::kInstanceIdentity, trust_value::kUnrecognized},
    {kEvidenceUnknownSigner, false,
     "No registered key and no chain to a TEE root stands for the evidence's "
     "signer.",
     TrustClaim::kInstanceIdentity, trust_value::kUnrecognized},
    {kEvidenceScheme, false,
     "The maker's signatures don't count for this kind of evidence.",
     TrustClaim::kInstanceIdentity, trust_value::kUnrecognized},
    {kEvidenceSignature, false,
     "The evidence isn't signed by the key that it names.",
     TrustClaim::kInstanceIdentity, trust_value::kCryptoFailed},
    {kEvidenceNonce, false,
     "The evidence doesn't answer the challenge that it was given for.",
     TrustClaim::kInstanceIdentity, trust_value::kUnrecognized},
    {kEvidenceExpired, false, "The evidence's own end of validity is over.",
     TrustClaim::kInstanceIdentity, trust_value::kUnrecognized},
    {kEvidenceNotYetValid, false, "The evidence isn't valid yet.",
     TrustClaim::kInstanceIdentity, trust_value::kUnrecognized},
    {kEvidenceUnsecured, false,
     "The device says of itself that it can be debugged, or isn't secured.",
     TrustClaim::kHardware, trust_value::kContraindicated},
    {kRevocationUnchecked, true,
     "No CRL is known for a certificate; the policy accepts that.",
     TrustClaim::kInstanceIdentity, trust_value::kNone},
};

}  // namespace

absl::Span<const ReasonRow> AllReasons() { return kReasons; }

const ReasonRow* RowOfReason(absl::string_view code) {
  for (const ReasonRow& row : kReasons) {
    if (row.code == code) return &row;
  }
  return nullptr;
}

}  // namespace attest
}  // namespace otrp
