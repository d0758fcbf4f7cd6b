#include "libs/pki/verify.h"

#include <algorithm>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"

namespace otrp {
namespace pki {
namespace {

constexpr absl::string_view kWordPayload = "otrp.pki/chain-error";

// More than a chain may have, so that junk between is allowed, but bounded.
constexpr size_t kMaxIntermediates = 2 * kMaxChainLength;

absl::Status Refuse(absl::string_view word, absl::string_view detail) {
  absl::Status status = absl::FailedPreconditionError(detail);
  status.SetPayload(kWordPayload, absl::Cord(word));
  return status;
}

// Everything that signs with SHA-256 or better and keys that we accept.
bool StrongSignature(const std::string& oid) {
  static const char* const kStrong[] = {
      "1.2.840.113549.1.1.11",  // sha256WithRSAEncryption
      "1.2.840.113549.1.1.12",  // sha384WithRSAEncryption
      "1.2.840.113549.1.1.13",  // sha512WithRSAEncryption
      "1.2.840.10045.4.3.2",    // ecdsa-with-SHA256
      "1.2.840.10045.4.3.3",    // ecdsa-with-SHA384
      "1.2.840.10045.4.3.4",    // ecdsa-with-SHA512
  };
  return std::find(std::begin(kStrong), std::end(kStrong), oid) !=
         std::end(kStrong);
}

bool AllowsRole(const Certificate& certificate, Role role) {
  if (!certificate.has_eku()) return true;
  const auto& oids = certificate.eku_oids();
  const std::vector<std::string>& accepted = ProfileFor(role).accepted_ekus;
  return std::find_first_of(oids.begin(), oids.end(), accepted.begin(),
                            accepted.end()) != oids.end();
}

absl::Status CheckChain(const std::vector<Certificate>& chain, Role role) {
  const Certificate& leaf = chain.front();
  if (leaf.is_ca() && chain.size() > 1) {
    return Refuse("wrong-usage", "the leaf is a CA's certificate");
  }
  if (leaf.info().has_key_usage &&
      (leaf.info().key_usage & crypto::kDigitalSignature) == 0) {
    return Refuse("wrong-usage", "the leaf's keyUsage lacks digitalSignature");
  }
  for (size_t i = 0; i < chain.size(); ++i) {
    // The anchor is trusted for what it is.
    const bool anchor = i + 1 == chain.size();
    if (!anchor && !AllowsRole(chain[i], role)) {
      return Refuse(
          "wrong-usage",
          absl::StrCat("certificate ", i, " of the chain isn't for the role ",
                       RoleName(role), " (extendedKeyUsage)"));
    }
    if (!anchor && !StrongSignature(chain[i].info().signature_oid)) {
      return Refuse("weak-signature",
                    absl::StrCat("certificate ", i, " of the chain is signed ",
                                 "with an algorithm that isn't accepted"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TrustAnchors> TrustAnchors::FromDers(
    const std::vector<std::string>& ders) {
  std::vector<Certificate> certificates;
  for (const std::string& der : ders) {
    OTRP_ASSIGN_OR_RETURN(Certificate certificate, Certificate::FromDer(der));
    certificates.push_back(std::move(certificate));
  }
  return TrustAnchors(std::move(certificates));
}

absl::StatusOr<VerifiedChain> VerifyChain(
    const Certificate& leaf, absl::Span<const Certificate> intermediates,
    const TrustAnchors& anchors, const VerifyOptions& options) {
  if (intermediates.size() > kMaxIntermediates) {
    return Refuse("path-too-long",
                  absl::StrCat("the chain has more than ", kMaxIntermediates,
                               " certificates"));
  }
  std::vector<const crypto::CertificateInfo*> others;
  for (const Certificate& c : intermediates) others.push_back(&c.info());
  std::vector<const crypto::CertificateInfo*> roots;
  for (const Certificate& c : anchors.certificates()) {
    roots.push_back(&c.info());
  }
  std::vector<std::string> ders;
  crypto::ChainFailure failure;
  const absl::Status built = crypto::BuildX509Chain(
      leaf.info(), others, roots, options.time,
      static_cast<int>(kMaxChainLength), &ders, &failure);
  if (!built.ok()) {
    return failure.word.empty() ? built : Refuse(failure.word, failure.detail);
  }
  std::vector<Certificate> chain;
  absl::Time not_after = absl::InfiniteFuture();
  for (const std::string& der : ders) {
    OTRP_ASSIGN_OR_RETURN(Certificate certificate, Certificate::FromDer(der));
    not_after = std::min(not_after, certificate.not_after());
    chain.push_back(std::move(certificate));
  }
  OTRP_RETURN_IF_ERROR(CheckChain(chain, options.role));
  return VerifiedChain(std::move(chain), not_after);
}

std::string ChainError(const absl::Status& status) {
  const absl::optional<absl::Cord> word = status.GetPayload(kWordPayload);
  return word.has_value() ? std::string(*word) : "invalid";
}

}  // namespace pki
}  // namespace otrp
