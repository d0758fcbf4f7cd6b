#include "libs/attest/reasons.h"

namespace otrp {
namespace attest {
namespace {

using namespace reason;  // NOLINT: the constants of this table only.

constexpr ReasonRow kReasons[] = {
    {kDsiMalformed, false, "The DSI is no JSON of the drafts' form."},
    {kTeeCertMalformed, false,
     "The TEE's certificate can't be read, or its key is not acceptable."},
    {kTeeChainUnknownIssuer, false,
     "The TEE's chain doesn't lead to a TEE root that we trust."},
    {kTeeChainExpired, false, "A certificate of the TEE's chain has expired."},
    {kTeeChainNotYetValid, false,
     "A certificate of the TEE's chain isn't valid yet."},
    {kTeeChainBadSignature, false, "A signature in the TEE's chain is wrong."},
    {kTeeChainWrongUsage, false,
     "The TEE's certificate was issued for another purpose."},
    {kTeeChainInvalid, false, "The TEE's chain breaks another rule."},
    {kTeeCertRevoked, false, "A certificate of the TEE's chain is revoked."},
    {kTeeRevocationUnknown, false,
     "No CRL is known for the TEE's chain, and the policy asks for one or it "
     "isn't loaded yet."},
    {kSignatureAlgorithm, false,
     "The response's algorithm isn't allowed or isn't that of the TEE's key."},
    {kSignatureInvalid, false,
     "The response isn't signed by the key of the TEE's certificate."},
    {kTfwMissing, false,
     "Firmware evidence is required, by dialect or policy, and isn't there."},
    {kTfwAbsent, true, "No firmware evidence was given."},
    {kTfwCertMalformed, false,
     "The firmware's certificate can't be read, or its key is not "
     "acceptable."},
    {kTfwChainUnknownIssuer, false,
     "The firmware's chain doesn't lead to a firmware root that we trust."},
    {kTfwChainExpired, false,
     "A certificate of the firmware's chain has expired."},
    {kTfwChainNotYetValid, false,
     "A certificate of the firmware's chain isn't valid yet."},
    {kTfwChainBadSignature, false,
     "A signature in the firmware's chain is wrong."},
    {kTfwChainWrongUsage, false,
     "The firmware's certificate was issued for another purpose."},
    {kTfwChainInvalid, false, "The firmware's chain breaks another rule."},
    {kTfwCertRevoked, false,
     "A certificate of the firmware's chain is revoked."},
    {kTfwRevocationUnknown, false,
     "No CRL is known for the firmware's chain, and the policy asks for one "
     "or it isn't loaded yet."},
    {kTfwSignatureInvalid, false,
     "The firmware hasn't signed this transaction's tid."},
    {kTfwSigalgUnknown, false,
     "The firmware's signature method isn't RS256 or ES256, or isn't that of "
     "its key."},
    {kTeeDenied, false, "A deny rule of the policy names this TEE."},
    {kTeeNotAllowed, false, "No rule of the policy allows this TEE."},
    {kRevocationUnchecked, true,
     "No CRL is known for a certificate; the policy accepts that."},
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
