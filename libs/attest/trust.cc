#include "libs/attest/trust.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
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

// Some 30 MB with keys on P-256, 100 with RSA's; a fleet that comes back within
// an hour fits. Full, it starts anew: cheaper than keeping an order.
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

// Instead of names, of which a fleet's chains would hold many copies. Of two
// names with one hash, each stands for both: too much is forgotten, not too
// little.
size_t HashOf(const std::string& issuer) {
  return absl::Hash<std::string>()(issuer);
}

struct Remembered {
  ChainRole role = ChainRole::kTee;
  ChainResult result;
  absl::Time from;
  absl::Time until;
  // HashOf() those whose lists the result follows from.
  std::vector<size_t> issuers;
};

// A list as it was read, and who signed it as far as was asked.
class KnownCrl {
 public:
  KnownCrl(std::string digest, pki::Crl crl)
      : digest_(std::move(digest)), crl_(std::move(crl)) {}

  const std::string& digest() const { return digest_; }
  const pki::Crl& crl() const { return crl_; }

  // Issuers are those of trusted chains.
  bool IsSignedBy(const pki::Certificate& issuer) const {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      const auto known = signers_.find(issuer.Sha256Fingerprint());
      if (known != signers_.end()) return known->second;
    }
    const bool is_signed = crl_.VerifySigner(issuer).ok();
    std::lock_guard<std::mutex> lock(mutex_);
    if (signers_.size() >= kMaxSigners) signers_.clear();
    signers_.emplace(issuer.Sha256Fingerprint(), is_signed);
    return is_signed;
  }

 private:
  // Certificates of one name and key are few.
  static constexpr size_t kMaxSigners = 1000;

  const std::string digest_;
  const pki::Crl crl_;
  mutable std::mutex mutex_;
  // By fingerprint.
  mutable std::map<std::string, bool> signers_;
};

// By digest, so that equal lists are one.
using KnownCrls = std::map<std::string, std::shared_ptr<const KnownCrl>>;

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
  // Without the lists, which are in `crls`.
  TrustInputs inputs;
  pki::TrustAnchors tee;
  pki::TrustAnchors tfw;
  RootNames tee_names;
  RootNames tfw_names;
  KnownCrls crls;
  // Of all `crls`.
  std::vector<const pki::Crl*> crl_pointers;
  std::vector<pki::OcspResponse> ocsp_responses;
  std::set<std::string> pending_issuers;
  // By SubjectPublicKeyInfo.
  std::map<std::string, RequiredIssuer> required;
  std::vector<std::string> problems;

  mutable std::mutex mutex;
  mutable absl::flat_hash_map<std::string, Remembered> remembered;

  pki::TrustAnchors ReadRoots(absl::string_view role,
                              const std::vector<TrustRoot>& given,
                              RootNames* names);
  void ReadCrls(const std::vector<std::string>& given, const Impl* before);
  void ReadOcsp(const std::vector<std::string>& given);
  void Problem(absl::string_view kind, size_t i, absl::string_view what) {
    problems.push_back(absl::StrCat(kind, " ", i, ": ", what));
  }
  // HashOf() those whose lists differ in the two.
  std::set<size_t> ChangedIssuers(const Impl& before) const;
  // What `before` remembers and what still holds.
  void TakeOver(const Impl& before);

  pki::RevocationWord WordAbout(const pki::Certificate& certificate,
                                const pki::Certificate& issuer,
                                absl::Time now) const;
  // Until when what was told last of a certificate that isn't revoked was
  // current; InfinitePast: nothing was.
  absl::Time ToldUntil(const pki::Certificate& certificate,
                       const pki::Certificate& issuer, absl::Time now) const;
  // Of a certificate of which nothing current tells.
  void CheckRequired(const pki::Certificate& certificate,
                     const pki::Certificate& issuer, absl::Time now,
                     ChainResult* result) const;
  void ReadRequired(const std::vector<RequiredIssuer>& given);
  // Fills in what the CRLs say; cuts `until`.
  void CheckRevocation(const pki::VerifiedChain& chain, absl::Time now,
                       ChainResult* result, absl::Time* until) const;
  ChainResult Validate(ChainRole role, const std::string& leaf,
                       const std::vector<std::string>& intermediates,
                       absl::Time now, Remembered* remember) const;
};

pki::RevocationWord Trust::Impl::WordAbout(const pki::Certificate& certificate,
                                           const pki::Certificate& issuer,
                                           absl::Time now) const {
  std::vector<const pki::Crl*> about;
  for (const auto& [digest, known] : crls) {
    if (known->crl().IsFor(certificate) && known->IsSignedBy(issuer)) {
      about.push_back(&known->crl());
    }
  }
  pki::RevocationWord word =
      pki::WordOf(about, certificate, now, inputs.undated_crl_life);
  for (const pki::OcspResponse& response : ocsp_responses) {
    const absl::StatusOr<pki::OcspAnswer> answer =
        response.Answer(certificate, issuer, now, crl_pointers);
    if (answer.ok()) Add(*answer, &word);
  }
  return word;
}

absl::Time Trust::Impl::ToldUntil(const pki::Certificate& certificate,
                                  const pki::Certificate& issuer,
                                  absl::Time now) const {
  absl::Time until = absl::InfinitePast();
  for (const auto& [digest, known] : crls) {
    if (known->crl().IsFor(certificate) && known->IsSignedBy(issuer) &&
        known->crl().this_update() <= now) {
      until =
          std::max(until, known->crl().CurrentUntil(inputs.undated_crl_life));
    }
  }
  for (const pki::OcspResponse& response : ocsp_responses) {
    // As it was while it was current.
    const absl::Time then =
        std::min(now, response.ends_at() - absl::Seconds(1));
    const absl::StatusOr<pki::OcspAnswer> answer =
        response.Answer(certificate, issuer, then, crl_pointers);
    if (answer.ok() && answer->status == pki::OcspStatus::kGood) {
      until = std::max(until, answer->next_update);
    }
  }
  return until;
}

void Trust::Impl::CheckRequired(const pki::Certificate& certificate,
                                const pki::Certificate& issuer, absl::Time now,
                                ChainResult* result) const {
  const auto found = required.find(issuer.public_key().ToSpki());
  if (found == required.end()) return;
  const RequiredIssuer& rule = found->second;
  if (rule.by_ocsp) {
    result->asked.push_back({certificate.der(), issuer.der()});
  }
  const absl::Time until = ToldUntil(certificate, issuer, now);
  if (until != absl::InfinitePast() && now < until + rule.stale_life) {
    result->detail = absl::StrCat(
        "what told of certificates of ", certificate.issuer(), " ran out at ",
        absl::FormatTime(until), ", which may be for now");
    return;
  }
  // No refusal for what comes in a moment: the first list, or an answer that is
  // asked for by now.
  const bool comes = rule.by_ocsp || until == absl::InfinitePast();
  result->revocation_pending = result->revocation_pending || comes;
  result->revocation_required = result->revocation_required || !comes;
}

void Trust::Impl::ReadRequired(const std::vector<RequiredIssuer>& given) {
  for (size_t i = 0; i < given.size(); ++i) {
    const absl::StatusOr<pki::Certificate> issuer =
        pki::Certificate::FromDer(given[i].certificate_der);
    if (!issuer.ok()) {
      Problem("revocation source", i, issuer.status().message());
      continue;
    }
    // Of several the strictest counts, and each of them tells.
    RequiredIssuer& rule =
        required.emplace(issuer->public_key().ToSpki(), given[i]).first->second;
    rule.stale_life = std::min(rule.stale_life, given[i].stale_life);
    rule.by_ocsp = rule.by_ocsp || given[i].by_ocsp;
  }
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
    if (pending_issuers.count(certificates[i].issuer()) > 0) {
      result->revocation_pending = true;
      result->detail += ", which couldn't be loaded yet";
    }
    CheckRequired(certificates[i], certificates[i + 1], now, result);
    // A list that begins later may be among those that we have.
    *until = std::min(*until, now + absl::Minutes(1));
  }
}

ChainResult Trust::Impl::Validate(
    ChainRole role, const std::string& leaf_der,
    const std::vector<std::string>& intermediate_ders, absl::Time now,
    Remembered* remember) const {
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
  // A maker's own authority below a root that others share has its name, though
  // the path goes on to the root.
  for (const pki::Certificate& certificate : chain->certificates()) {
    const auto name = names.find(certificate.Sha256Fingerprint());
    if (name == names.end()) continue;
    result.root_name = name->second;
    break;
  }
  result.not_after = chain->not_after();
  if (crypto::IsMessageKey(leaf->public_key().type())) {
    result.leaf_key = leaf->public_key();
  }
  remember->from = absl::InfinitePast();
  for (const pki::Certificate& certificate : chain->certificates()) {
    remember->from = std::max(remember->from, certificate.not_before());
    remember->issuers.push_back(HashOf(certificate.issuer()));
  }
  remember->until = chain->not_after();
  CheckRevocation(*chain, now, &result, &remember->until);
  return result;
}

Trust::Trust(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Trust::~Trust() = default;

pki::TrustAnchors Trust::Impl::ReadRoots(absl::string_view role,
                                         const std::vector<TrustRoot>& given,
                                         RootNames* names) {
  std::vector<pki::TrustAnchor> roots;
  for (size_t i = 0; i < given.size(); ++i) {
    absl::StatusOr<pki::Certificate> root =
        pki::Certificate::FromDer(given[i].der);
    if (root.ok()) {
      names->emplace(root->Sha256Fingerprint(), given[i].name);
      roots.push_back({*std::move(root), given[i].ekus});
    } else {
      Problem(role, i, root.status().message());
    }
  }
  return pki::TrustAnchors::WithUsages(std::move(roots));
}

void Trust::Impl::ReadCrls(const std::vector<std::string>& given,
                           const Impl* before) {
  for (size_t i = 0; i < given.size(); ++i) {
    const std::string digest = crypto::Sha256(given[i]);
    if (before != nullptr) {
      const auto known = before->crls.find(digest);
      if (known != before->crls.end()) {
        crls.emplace(digest, known->second);
        continue;
      }
    }
    absl::StatusOr<pki::Crl> crl = pki::Crl::Parse(given[i]);
    if (!crl.ok()) {
      Problem("CRL", i, crl.status().message());
      continue;
    }
    if (crl->skipped() > 0) {
      Problem("CRL", i,
              absl::StrCat(crl->skipped(),
                           " entries have serials that no certificate has"));
    }
    crls.emplace(digest,
                 std::make_shared<const KnownCrl>(digest, *std::move(crl)));
  }
  for (const auto& [digest, known] : crls) {
    crl_pointers.push_back(&known->crl());
  }
}

void Trust::Impl::ReadOcsp(const std::vector<std::string>& given) {
  for (size_t i = 0; i < given.size(); ++i) {
    absl::StatusOr<pki::OcspResponse> response =
        pki::OcspResponse::Parse(given[i]);
    if (response.ok()) {
      ocsp_responses.push_back(*std::move(response));
    } else {
      Problem("OCSP response", i, response.status().message());
    }
  }
}

std::set<size_t> Trust::Impl::ChangedIssuers(const Impl& before) const {
  std::set<size_t> changed;
  const auto add_missing = [&changed](const Impl& of, const Impl& in) {
    for (const auto& [digest, known] : of.crls) {
      if (in.crls.count(digest) == 0) {
        changed.insert(HashOf(known->crl().issuer()));
      }
    }
    for (const std::string& issuer : of.pending_issuers) {
      if (in.pending_issuers.count(issuer) == 0) changed.insert(HashOf(issuer));
    }
  };
  add_missing(*this, before);
  add_missing(before, *this);
  return changed;
}

void Trust::Impl::TakeOver(const Impl& before) {
  // Which chains an OCSP response is about doesn't show from outside.
  if (inputs.ocsp_responses != before.inputs.ocsp_responses ||
      inputs.undated_crl_life != before.inputs.undated_crl_life ||
      !(inputs.required_issuers == before.inputs.required_issuers)) {
    return;
  }
  const bool same_tee = inputs.tee_roots == before.inputs.tee_roots;
  const bool same_tfw = inputs.tfw_roots == before.inputs.tfw_roots;
  const std::set<size_t> changed = ChangedIssuers(before);
  std::lock_guard<std::mutex> lock(before.mutex);
  for (const auto& [key, entry] : before.remembered) {
    if (!(entry.role == ChainRole::kTee ? same_tee : same_tfw)) continue;
    const bool touched = std::any_of(
        entry.issuers.begin(), entry.issuers.end(),
        [&changed](size_t issuer) { return changed.count(issuer) > 0; });
    if (!touched) remembered.emplace(key, entry);
  }
}

std::shared_ptr<const Trust> Trust::Create(const TrustInputs& inputs,
                                           const Trust* before) {
  auto impl = std::make_unique<Impl>();
  impl->inputs = inputs;
  impl->inputs.crls.clear();
  impl->tee = impl->ReadRoots("TEE root", inputs.tee_roots, &impl->tee_names);
  impl->tfw = impl->ReadRoots("TFW root", inputs.tfw_roots, &impl->tfw_names);
  impl->ReadCrls(inputs.crls, before == nullptr ? nullptr : &*before->impl_);
  impl->ReadOcsp(inputs.ocsp_responses);
  impl->pending_issuers.insert(inputs.pending_issuers.begin(),
                               inputs.pending_issuers.end());
  impl->ReadRequired(inputs.required_issuers);
  if (before != nullptr) impl->TakeOver(*before->impl_);
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
  Remembered remember;
  remember.role = role;
  remember.result = impl_->Validate(role, leaf, intermediates, now, &remember);
  ChainResult result = remember.result;
  // Failures aren't remembered: strangers can make any number of them.
  if (result.trusted) {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    if (impl_->remembered.size() >= kMaxRemembered) impl_->remembered.clear();
    impl_->remembered[key] = std::move(remember);
  }
  return result;
}

const std::vector<std::string>& Trust::problems() const {
  return impl_->problems;
}

size_t Trust::remembered() const {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->remembered.size();
}

}  // namespace attest
}  // namespace otrp
