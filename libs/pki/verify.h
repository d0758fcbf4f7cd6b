// Chain validation (RFC 5280 section 6) to explicit anchors.
//
//   OTRP_ASSIGN_OR_RETURN(const VerifiedChain chain,
//       VerifyChain(leaf, intermediates, anchors, {now, Role::kTee}));
//
// Checked: signatures (SHA-256 or better), validity at the given time,
// basicConstraints, pathLen, keyUsage, name constraints, unknown critical
// extensions, and the extended key usage for the role: a certificate that has
// the extension must have the role's OID or anyExtendedKeyUsage, or one that
// its anchor is trusted for; third parties' certificates without it are good
// for their anchors' role. The leaf's key must be one that its profile takes;
// authorities may have larger curves. Not checked here: revocation (crl.h,
// ocsp.h).
//
// A VerifiedChain exists only by verification.
//
// Thread-safety: functions without state.
// Errors: the code says what kind of failure it is, see ChainError().

#ifndef OTRP_LIBS_PKI_VERIFY_H_
#define OTRP_LIBS_PKI_VERIFY_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "libs/pki/certificate.h"
#include "libs/pki/profile.h"

namespace otrp {
namespace pki {

struct TrustAnchor {
  Certificate certificate;
  // Dotted OIDs of the extended key usages that certificates below may have
  // instead of the role's; with kAnyEku among them any whatsoever.
  std::vector<std::string> ekus;
};

// Certificates that are trusted as they are.
class TrustAnchors {
 public:
  TrustAnchors() = default;
  explicit TrustAnchors(std::vector<Certificate> certificates)
      : certificates_(std::move(certificates)), ekus_(certificates_.size()) {}
  static TrustAnchors WithUsages(std::vector<TrustAnchor> anchors);
  static absl::StatusOr<TrustAnchors> FromDers(
      const std::vector<std::string>& ders);

  const std::vector<Certificate>& certificates() const { return certificates_; }
  bool empty() const { return certificates_.empty(); }
  // True where one of these usages, dotted, is among those that this anchor is
  // trusted for beside the role's. One that was given twice has all of both.
  bool TakesUsage(const Certificate& anchor,
                  const std::vector<std::string>& eku_oids) const;

 private:
  std::vector<Certificate> certificates_;
  // Of each.
  std::vector<std::vector<std::string>> ekus_;
};

struct VerifyOptions {
  absl::Time time;
  Role role = Role::kTee;
};

class VerifiedChain {
 public:
  const Certificate& leaf() const { return certificates_.front(); }
  // Leaf to anchor.
  const std::vector<Certificate>& certificates() const { return certificates_; }
  // The first end of validity in the chain.
  absl::Time not_after() const { return not_after_; }

 private:
  friend absl::StatusOr<VerifiedChain> VerifyChain(
      const Certificate& leaf, absl::Span<const Certificate> intermediates,
      const TrustAnchors& anchors, const VerifyOptions& options);
  VerifiedChain(std::vector<Certificate> certificates, absl::Time not_after)
      : certificates_(std::move(certificates)), not_after_(not_after) {}
  std::vector<Certificate> certificates_;
  absl::Time not_after_;
};

absl::StatusOr<VerifiedChain> VerifyChain(
    const Certificate& leaf, absl::Span<const Certificate> intermediates,
    const TrustAnchors& anchors, const VerifyOptions& options);

// The reason of a VerifyChain() failure as a stable word: "unknown-issuer",
// "expired", "not-yet-valid", "bad-signature", "weak-signature", "not-a-ca",
// "path-too-long", "wrong-usage", "name-constraint", "critical-extension" or
// "invalid".
std::string ChainError(const absl::Status& status);

}  // namespace pki
}  // namespace otrp

#endif  // OTRP_LIBS_PKI_VERIFY_H_
