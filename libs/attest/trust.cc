#include "libs/attest/trust.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/pki/certificate.h"
#include "libs/pki/crl.h"
#include "libs/pki/verify.h"

namespace otrp {
namespace attest {
namespace {

// Some 15 MB; a fleet that comes back within an hour fits. Full, it starts
// anew: cheaper than keeping an order.
constexpr size_t kMaxRemembered = 50000;

// The words that have a code of their own in reasons.h.
constexpr absl::string_view kProblems[] = {"unknown-issuer", "expired",
                                           "not-yet-valid", "bad-signature",
                                           "wrong-usage"};

ChainResult Untrusted(absl::string_view problem, absl::string_view detail) {
  ChainResult result;
  const bool known = std::find(std::begin(kProblems), std::end(kProblems),
                               problem) != std::end(kProblems) ||
                     problem == "revoked";
  result.problem = std::string(known ? problem : "invalid");
  result.detail = known || problem == "invalid"
                      ? std::string(detail)
                      : absl::StrCat(problem, ": ", detail);
  return result;
}

pki::Role PkiRole(ChainRole role) {
  return role == ChainRole::kTee ? pki::Role::kTee : pki::Role::kTfw;
}

// Of everything that a result follows from.
std::string CacheKey(ChainRole role, absl::string_view leaf,
                     const std::vector<std::string>& intermediates) {
  crypto::Sha256Hasher hasher;
  hasher.Update(role == ChainRole::kTee ? "tee:" : "tfw:");
  hasher.Update(absl::StrCat(leaf.size(), ":"));
  hasher.Update(leaf);
  for (const std::string& der : intermediates) {
    hasher.Update(absl::StrCat(der.size(), ":"));
    hasher.Update(der);
  }
  return hasher.Finish();
}

struct Remembered {
  ChainResult result;
  absl::Time from;
  absl::Time until;
};

}  // namespace

absl::StatusOr<LeafView> ReadLeaf(absl::string_view der) {
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate certificate,
                        pki::Certificate::FromDer(der));
  return LeafView{certificate.public_key(), certificate.not_after()};
}

struct Trust::Impl {
  pki::TrustAnchors tee;
  pki::TrustAnchors tfw;
  std::vector<pki::Crl> crls;
  std::vector<std::string> problems;

  mutable std::mutex mutex;
  mutable std::unordered_map<std::string, Remembered> remembered;
  // (index of the CRL, issuer's fingerprint): the issuer has signed it.
  mutable std::set<std::pair<size_t, std::string>> signed_crls;

  bool IsSigned(size_t index, const pki::Certificate& issuer) const;
  // Fills in what the CRLs say; cuts `until`.
  void CheckRevocation(const pki::VerifiedChain& chain, absl::Time now,
                       ChainResult* result, absl::Time* until) const;
  ChainResult Validate(ChainRole role, const std::string& leaf,
                       const std::vector<std::string>& intermediates,
                       absl::Time now, absl::Time* from,
                       absl::Time* until) const;
};

bool Trust::Impl::IsSigned(size_t index, const pki::Certificate& issuer) const {
  const std::pair<size_t, std::string> key = {index,
                                              issuer.Sha256Fingerprint()};
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (signed_crls.count(key) > 0) return true;
  }
  // At the moment it was made: whether it has run out is asked elsewhere.
  if (!crls[index].Verify(issuer, crls[index].this_update()).ok()) {
    return false;
  }
  std::lock_guard<std::mutex> lock(mutex);
  signed_crls.insert(key);
  return true;
}

void Trust::Impl::CheckRevocation(const pki::VerifiedChain& chain,
                                  absl::Time now, ChainResult* result,
                                  absl::Time* until) const {
  const std::vector<pki::Certificate>& certificates = chain.certificates();
  // The anchor is trusted as it is.
  for (size_t i = 0; i + 1 < certificates.size(); ++i) {
    bool current = false;
    for (size_t c = 0; c < crls.size(); ++c) {
      if (!crls[c].IsFor(certificates[i]) ||
          !IsSigned(c, certificates[i + 1])) {
        continue;
      }
      if (crls[c].IsRevoked(certificates[i])) {
        *result =
            Untrusted("revoked",
                      absl::StrCat("serial ", certificates[i].serial(), " of ",
                                   certificates[i].issuer(), " is on its CRL"));
        return;
      }
      if (crls[c].this_update() <= now && now < crls[c].next_update()) {
        current = true;
        *until = std::min(*until, crls[c].next_update());
      }
    }
    if (!current) {
      result->revocation_unknown = true;
      result->detail =
          absl::StrCat("no current CRL of ", certificates[i].issuer());
      // A list that begins later may be among those that we have.
      *until = std::min(*until, now + absl::Minutes(1));
    }
  }
}

ChainResult Trust::Impl::Validate(
    ChainRole role, const std::string& leaf_der,
    const std::vector<std::string>& intermediate_ders, absl::Time now,
    absl::Time* from, absl::Time* until) const {
  if (leaf_der.size() > kMaxCertificateBytes ||
      intermediate_ders.size() > kMaxChainLength) {
    return Untrusted("invalid", "too many or too large certificates");
  }
  absl::StatusOr<pki::Certificate> leaf = pki::Certificate::FromDer(leaf_der);
  if (!leaf.ok()) return Untrusted("invalid", leaf.status().message());
  std::vector<pki::Certificate> intermediates;
  for (const std::string& der : intermediate_ders) {
    // One that can't be read is as good as one that is missing.
    if (der.size() > kMaxCertificateBytes) continue;
    absl::StatusOr<pki::Certificate> certificate =
        pki::Certificate::FromDer(der);
    if (certificate.ok()) intermediates.push_back(*std::move(certificate));
  }
  absl::StatusOr<pki::VerifiedChain> chain = pki::VerifyChain(
      *leaf, intermediates, role == ChainRole::kTee ? tee : tfw,
      {now, PkiRole(role)});
  if (!chain.ok()) {
    return Untrusted(pki::ChainError(chain.status()), chain.status().message());
  }
  ChainResult result;
  result.trusted = true;
  result.not_after = chain->not_after();
  *from = absl::InfinitePast();
  for (const pki::Certificate& certificate : chain->certificates()) {
    *from = std::max(*from, certificate.not_before());
  }
  *until = chain->not_after();
  CheckRevocation(*chain, now, &result, until);
  return result;
}

Trust::Trust(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Trust::~Trust() = default;

std::shared_ptr<const Trust> Trust::Create(const TrustInputs& inputs) {
  auto impl = std::make_unique<Impl>();
  auto read_roots = [&](absl::string_view role,
                        const std::vector<std::string>& ders) {
    std::vector<pki::Certificate> roots;
    for (size_t i = 0; i < ders.size(); ++i) {
      absl::StatusOr<pki::Certificate> root =
          pki::Certificate::FromDer(ders[i]);
      if (root.ok()) {
        roots.push_back(*std::move(root));
      } else {
        impl->problems.push_back(
            absl::StrCat(role, " root ", i, ": ", root.status().message()));
      }
    }
    return pki::TrustAnchors(std::move(roots));
  };
  impl->tee = read_roots("TEE", inputs.tee_roots);
  impl->tfw = read_roots("TFW", inputs.tfw_roots);
  for (size_t i = 0; i < inputs.crls.size(); ++i) {
    absl::StatusOr<pki::Crl> crl = pki::Crl::Parse(inputs.crls[i]);
    if (crl.ok()) {
      impl->crls.push_back(*std::move(crl));
    } else {
      impl->problems.push_back(
          absl::StrCat("CRL ", i, ": ", crl.status().message()));
    }
  }
  return std::shared_ptr<const Trust>(new Trust(std::move(impl)));
}

ChainResult Trust::CheckChain(ChainRole role, const std::string& leaf,
                              const std::vector<std::string>& intermediates,
                              absl::Time now) const {
  const std::string key = CacheKey(role, leaf, intermediates);
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    auto found = impl_->remembered.find(key);
    if (found != impl_->remembered.end() && found->second.from <= now &&
        now < found->second.until) {
      return found->second.result;
    }
  }
  absl::Time from;
  absl::Time until;
  ChainResult result =
      impl_->Validate(role, leaf, intermediates, now, &from, &until);
  // Failures aren't remembered: strangers can make any number of them.
  if (result.trusted) {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    if (impl_->remembered.size() >= kMaxRemembered) impl_->remembered.clear();
    impl_->remembered[key] = {result, from, until};
  }
  return result;
}

const std::vector<std::string>& Trust::problems() const {
  return impl_->problems;
}

}  // namespace attest
}  // namespace otrp
