#include "libs/attest/trust.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/pki/certificate.h"
#include "libs/pki/crl.h"
#include "libs/pki/ocsp.h"
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

// Where the two differ, the later word counts: a hold may have been released.
void Add(const pki::OcspAnswer& answer, pki::RevocationWord* word) {
  if (answer.status == pki::OcspStatus::kUnknown) return;
  const bool revoked = answer.status == pki::OcspStatus::kRevoked;
  if (revoked != word->revoked) {
    if (answer.this_update < word->at ||
        (answer.this_update == word->at && word->revoked)) {
      return;
    }
    *word = pki::RevocationWord();
    word->revoked = revoked;
  }
  word->at = std::max(word->at, answer.this_update);
  if (!revoked) {
    word->good_until = std::max(word->good_until, answer.next_update);
  }
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
  const crypto::PublicKey& key = certificate.public_key();
  if (!crypto::IsMessageKey(key.type())) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the certificate's key is refused: ", crypto::KeyTypeName(key.type()),
        " signs no messages"));
  }
  return LeafView{key, certificate.not_after()};
}

// Names of roots by the fingerprints of their certificates.
using RootNames = std::map<std::string, std::string>;

struct Trust::Impl {
  pki::TrustAnchors tee;
  pki::TrustAnchors tfw;
  RootNames tee_names;
  RootNames tfw_names;
  std::vector<pki::Crl> crls;
  // Of all `crls`.
  std::vector<const pki::Crl*> crl_pointers;
  std::vector<pki::OcspResponse> ocsp_responses;
  absl::Duration undated_crl_life;
  std::vector<std::string> problems;

  mutable std::mutex mutex;
  mutable absl::flat_hash_map<std::string, Remembered> remembered;
  // (index of the CRL, issuer's fingerprint): whether the issuer has signed it.
  // Issuers are those of trusted chains.
  mutable std::map<std::pair<size_t, std::string>, bool> signed_crls;

  bool IsSigned(size_t index, const pki::Certificate& issuer) const;
  pki::RevocationWord WordAbout(const pki::Certificate& certificate,
                                const pki::Certificate& issuer,
                                absl::Time now) const;
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
    const auto known = signed_crls.find(key);
    if (known != signed_crls.end()) return known->second;
  }
  const bool is_signed = crls[index].VerifySigner(issuer).ok();
  std::lock_guard<std::mutex> lock(mutex);
  if (signed_crls.size() >= kMaxRemembered) signed_crls.clear();
  signed_crls.emplace(key, is_signed);
  return is_signed;
}

pki::RevocationWord Trust::Impl::WordAbout(const pki::Certificate& certificate,
                                           const pki::Certificate& issuer,
                                           absl::Time now) const {
  std::vector<const pki::Crl*> about;
  for (size_t i = 0; i < crls.size(); ++i) {
    if (crls[i].IsFor(certificate) && IsSigned(i, issuer)) {
      about.push_back(&crls[i]);
    }
  }
  pki::RevocationWord word =
      pki::WordOf(about, certificate, now, undated_crl_life);
  for (const pki::OcspResponse& response : ocsp_responses) {
    const absl::StatusOr<pki::OcspAnswer> answer =
        response.Answer(certificate, issuer, now, crl_pointers);
    if (answer.ok()) Add(*answer, &word);
  }
  return word;
}

void Trust::Impl::CheckRevocation(const pki::VerifiedChain& chain,
                                  absl::Time now, ChainResult* result,
                                  absl::Time* until) const {
  const std::vector<pki::Certificate>& certificates = chain.certificates();
  // The anchor is trusted as it is.
  for (size_t i = 0; i + 1 < certificates.size(); ++i) {
    const pki::RevocationWord word =
        WordAbout(certificates[i], certificates[i + 1], now);
    if (word.revoked) {
      *result =
          Untrusted("revoked", absl::StrCat("serial ", certificates[i].serial(),
                                            " of ", certificates[i].issuer(),
                                            " is revoked by its issuer"));
      return;
    }
    if (now < word.good_until) {
      *until = std::min(*until, word.good_until);
      continue;
    }
    result->revocation_unknown = true;
    result->detail =
        absl::StrCat("no current CRL of ", certificates[i].issuer());
    // A list that begins later may be among those that we have.
    *until = std::min(*until, now + absl::Minutes(1));
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
  const RootNames& names = role == ChainRole::kTee ? tee_names : tfw_names;
  const auto name =
      names.find(chain->certificates().back().Sha256Fingerprint());
  if (name != names.end()) result.root_name = name->second;
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
  auto problem = [&](absl::string_view kind, size_t i, absl::string_view what) {
    impl->problems.push_back(absl::StrCat(kind, " ", i, ": ", what));
  };
  auto read_roots = [&](absl::string_view role,
                        const std::vector<TrustRoot>& given, RootNames* names) {
    std::vector<pki::TrustAnchor> roots;
    for (size_t i = 0; i < given.size(); ++i) {
      absl::StatusOr<pki::Certificate> root =
          pki::Certificate::FromDer(given[i].der);
      if (root.ok()) {
        names->emplace(root->Sha256Fingerprint(), given[i].name);
        roots.push_back({*std::move(root), given[i].ekus});
      } else {
        problem(role, i, root.status().message());
      }
    }
    return pki::TrustAnchors::WithUsages(std::move(roots));
  };
  impl->tee = read_roots("TEE root", inputs.tee_roots, &impl->tee_names);
  impl->tfw = read_roots("TFW root", inputs.tfw_roots, &impl->tfw_names);
  for (size_t i = 0; i < inputs.crls.size(); ++i) {
    absl::StatusOr<pki::Crl> crl = pki::Crl::Parse(inputs.crls[i]);
    if (!crl.ok()) {
      problem("CRL", i, crl.status().message());
      continue;
    }
    if (crl->skipped() > 0) {
      problem("CRL", i,
              absl::StrCat(crl->skipped(),
                           " entries have serials that no certificate has"));
    }
    impl->crls.push_back(*std::move(crl));
  }
  for (const pki::Crl& crl : impl->crls) impl->crl_pointers.push_back(&crl);
  for (size_t i = 0; i < inputs.ocsp_responses.size(); ++i) {
    absl::StatusOr<pki::OcspResponse> response =
        pki::OcspResponse::Parse(inputs.ocsp_responses[i]);
    if (response.ok()) {
      impl->ocsp_responses.push_back(*std::move(response));
    } else {
      problem("OCSP response", i, response.status().message());
    }
  }
  impl->undated_crl_life = inputs.undated_crl_life;
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
