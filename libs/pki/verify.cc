#include "libs/pki/verify.h"

#include <algorithm>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/sign.h"

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

bool AllowsRole(const Certificate& certificate, const Certificate& anchor,
                const TrustAnchors& anchors, Role role) {
  if (!certificate.has_eku()) return true;
  const auto& oids = certificate.eku_oids();
  const std::vector<std::string>& accepted = ProfileFor(role).accepted_ekus;
  return std::find_first_of(oids.begin(), oids.end(), accepted.begin(),
                            accepted.end()) != oids.end() ||
         anchors.TakesUsage(anchor, oids);
}

// As many as a message has room for.
absl::Span<const std::string> FirstOf(const std::vector<std::string>& texts) {
  return absl::MakeConstSpan(texts).subspan(0, 4);
}

absl::Status CheckChain(const std::vector<Certificate>& chain,
                        const TrustAnchors& anchors, Role role) {
  const Certificate& leaf = chain.front();
  if (leaf.is_ca() && chain.size() > 1) {
    return Refuse("wrong-usage", "the leaf is a CA's certificate");
  }
  if (leaf.info().has_key_usage &&
      (leaf.info().key_usage & crypto::kDigitalSignature) == 0) {
    return Refuse("wrong-usage", "the leaf's keyUsage lacks digitalSignature");
  }
  if (!AllowsKey(ProfileFor(role), leaf.public_key().type())) {
    return Refuse("invalid",
                  absl::StrCat("the leaf's key is ",
                               crypto::KeyTypeName(leaf.public_key().type()),
                               "; one of the role ", RoleName(role), " is ",
                               KeyTypesText(ProfileFor(role))));
  }
  for (size_t i = 0; i < chain.size(); ++i) {
    // The anchor is trusted for what it is.
    const bool anchor = i + 1 == chain.size();
    if (!anchor && !AllowsRole(chain[i], chain.back(), anchors, role)) {
      return Refuse(
          "wrong-usage",
          absl::StrCat("certificate ", i, " of the chain isn't for the role ",
                       RoleName(role), " (its extendedKeyUsage is ",
                       absl::StrJoin(FirstOf(chain[i].eku_oids()), ", "),
                       "; a trust anchor may be added with others)"));
    }
    if (!anchor && !crypto::IsStrongSignature(chain[i].info().signature_oid)) {
      return Refuse("weak-signature",
                    absl::StrCat("certificate ", i, " of the chain is signed ",
                                 "with an algorithm that isn't accepted"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

TrustAnchors TrustAnchors::WithUsages(std::vector<TrustAnchor> anchors) {
  TrustAnchors out;
  for (TrustAnchor& anchor : anchors) {
    out.certificates_.push_back(std::move(anchor.certificate));
    out.ekus_.push_back(std::move(anchor.ekus));
  }
  return out;
}

bool TrustAnchors::TakesUsage(const Certificate& anchor,
                              const std::vector<std::string>& eku_oids) const {
  for (size_t i = 0; i < certificates_.size(); ++i) {
    const std::vector<std::string>& taken = ekus_[i];
    if (taken.empty() || certificates_[i].der() != anchor.der()) continue;
    if (std::find(taken.begin(), taken.end(), kAnyEku) != taken.end() ||
        std::find_first_of(taken.begin(), taken.end(), eku_oids.begin(),
                           eku_oids.end()) != taken.end()) {
      return true;
    }
  }
  return false;
}

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
  OTRP_RETURN_IF_ERROR(CheckChain(chain, anchors, options.role));
  return VerifiedChain(std::move(chain), not_after);
}

std::string ChainError(const absl::Status& status) {
  const absl::optional<absl::Cord> word = status.GetPayload(kWordPayload);
  return word.has_value() ? std::string(*word) : "invalid";
}

}  // namespace pki
}  // namespace otrp
