#include "services/attestation_verifier/trust/trust_updater.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/status_macros.h"
#include "libs/pki/crl.h"
#include "libs/telemetry/log.h"
#include "services/attestation_verifier/errors.h"

namespace otrp {
namespace verifier {

absl::Status TrustUpdater::PullTrust(std::vector<std::string>* problems) {
  std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::string> of_lists;
  LoadStored();
  const absl::Status anchors = PullAnchors();
  PullCrls(&of_lists);
  const absl::Status published = Publish();
  OTRP_RETURN_IF_ERROR(anchors);
  OTRP_RETURN_IF_ERROR(published);
  if (problems != nullptr) {
    *problems = std::move(of_lists);
  } else if (!of_lists.empty()) {
    return absl::UnavailableError(absl::StrJoin(of_lists, "; "));
  }
  return absl::OkStatus();
}

// Also where the CA answers: an older list of its doesn't replace a kept one.
void TrustUpdater::LoadStored() {
  if (stored_.has_value()) return;
  absl::StatusOr<absl::optional<TrustCopy>> stored = store_.LoadTrust();
  if (stored.ok()) {
    stored_ = stored->has_value() ? **std::move(stored) : TrustCopy();
  } else {
    absl::StatusOr<KeptTrust> kept = file_.Load(clock_.Now());
    if (!kept.ok()) return;
    stored_ = std::move(kept->copy);
  }
  for (const Crl& crl : stored_->crls) {
    has_lists_ = true;
    const absl::Status taken = Offer(crl.authority, crl.der);
    if (taken.ok()) continue;
    OTRP_LOG(WARNING, "a kept CRL isn't used",
             {{"error", std::string(taken.message())}});
  }
}

absl::Status TrustUpdater::PullAnchors() {
  absl::StatusOr<AnchorList> pulled = ca_.PullAnchors();
  if (pulled.ok()) {
    anchors_ = *std::move(pulled);
    has_anchors_ = true;
    return absl::OkStatus();
  }
  // Version 0: none was ever stored.
  if (!has_anchors_ && stored_.has_value() && stored_->version != 0) {
    OTRP_LOG(WARNING, "the CA is away: using the stored trust anchors",
             {{"anchors", std::to_string(stored_->anchors.size())},
              {"version", std::to_string(stored_->version)}});
    anchors_ = {stored_->version, stored_->anchors};
    has_anchors_ = true;
    has_lists_ = true;
  }
  return pulled.status();
}

void TrustUpdater::PullCrls(std::vector<std::string>* problems) {
  const absl::StatusOr<std::vector<Authority>> authorities =
      ca_.PullAuthorities();
  if (!authorities.ok()) {
    problems->push_back(
        absl::StrCat("the CA's authorities: ", authorities.status().message()));
    return;
  }
  has_lists_ = true;
  pending_.clear();
  for (const Authority& authority : *authorities) {
    const auto held = crls_.find(authority.name);
    absl::StatusOr<absl::optional<std::string>> pulled = ca_.PullCrl(
        authority.name, held == crls_.end() ? 0 : held->second.number);
    absl::Status taken = pulled.status();
    if (pulled.ok() && pulled->has_value()) {
      taken = Offer(authority.name, **std::move(pulled));
    }
    // An authority that publishes none; its certificates count as unknown.
    if (taken.ok() || absl::IsNotFound(taken)) continue;
    problems->push_back(
        absl::StrCat("the CRL of ", authority.name, ": ", taken.message()));
    if (crls_.count(authority.name) == 0) pending_.insert(authority.subject);
  }
}

absl::Status TrustUpdater::Offer(const std::string& authority,
                                 std::string der) {
  OTRP_ASSIGN_OR_RETURN(const pki::Crl crl, pki::Crl::Parse(der));
  // Of an authority's lists the one of all its certificates is held; one of a
  // part in its place would make the others' unknown.
  if (crl.is_partial()) {
    return absl::FailedPreconditionError(
        "it is about a part of the authority's certificates only");
  }
  const auto held = crls_.find(authority);
  if (held != crls_.end() && held->second.issuer == crl.issuer() &&
      (crl.number() < held->second.number ||
       crl.this_update() < held->second.this_update)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "number ", crl.number(), " of ", absl::FormatTime(crl.this_update()),
        " is older than number ", held->second.number, " of ",
        absl::FormatTime(held->second.this_update), ", which stays in use"));
  }
  crls_[authority] = {std::move(der), crl.issuer(), crl.number(),
                      crl.this_update()};
  return absl::OkStatus();
}

absl::Status TrustUpdater::Publish() {
  if (!has_anchors_ || !has_lists_) return absl::OkStatus();
  TrustCopy copy;
  copy.version = anchors_.version;
  copy.anchors = anchors_.anchors;
  for (const auto& [authority, crl] : crls_) {
    copy.crls.push_back({authority, crl.der});
  }
  copy.pending_issuers.assign(pending_.begin(), pending_.end());
  if (holder_.SetTrust(copy)) {
    unsaved_ = true;
    OTRP_LOG(INFO, "trust anchors and CRLs changed",
             {{"version", std::to_string(copy.version)},
              {"anchors", std::to_string(copy.anchors.size())},
              {"crls", std::to_string(copy.crls.size())}});
  }
  if (!unsaved_) return absl::OkStatus();
  OTRP_RETURN_IF_ERROR(store_.SaveTrust(copy, clock_.Now()));
  unsaved_ = false;
  return absl::OkStatus();
}

absl::Status TrustUpdater::PullPolicyFromStore() {
  OTRP_ASSIGN_OR_RETURN(VersionedPolicy policy, store_.LoadPolicy());
  holder_.SetPolicy(std::move(policy));
  OTRP_RETURN_IF_ERROR(PullScopedPolicies());
  OTRP_RETURN_IF_ERROR(PullReferences());
  OTRP_RETURN_IF_ERROR(PullEvidenceAnchors());
  // They may be large, and change seldom.
  OTRP_ASSIGN_OR_RETURN(const int64_t version, store_.RevocationVersion());
  if (version == holder_.revocation_version()) return absl::OkStatus();
  OTRP_ASSIGN_OR_RETURN(RevocationList list, store_.LoadRevocation());
  OTRP_LOG(INFO, "third parties' revocation data changed",
           {{"version", std::to_string(list.version)},
            {"data", std::to_string(list.data.size())}});
  holder_.SetRevocation(std::move(list));
  return absl::OkStatus();
}

absl::Status TrustUpdater::PullReferences() {
  OTRP_ASSIGN_OR_RETURN(const int64_t version, references_.Version());
  if (version == holder_.references_version()) return absl::OkStatus();
  OTRP_ASSIGN_OR_RETURN(ReferenceList list, references_.Load());
  holder_.SetReferences(std::move(list));
  return absl::OkStatus();
}

absl::Status TrustUpdater::PullEvidenceAnchors() {
  OTRP_ASSIGN_OR_RETURN(const int64_t version, evidence_.AnchorsVersion());
  if (version == holder_.evidence_anchors_version()) return absl::OkStatus();
  OTRP_ASSIGN_OR_RETURN(EvidenceAnchorList list, evidence_.LoadAnchors());
  holder_.SetEvidenceAnchors(std::move(list));
  return absl::OkStatus();
}

absl::Status TrustUpdater::PullScopedPolicies() {
  OTRP_ASSIGN_OR_RETURN(const int64_t version, policies_.Version());
  if (version == holder_.scoped_policies_version()) return absl::OkStatus();
  OTRP_ASSIGN_OR_RETURN(ScopedPolicyList list, policies_.Load());
  holder_.SetScopedPolicies(std::move(list));
  return absl::OkStatus();
}

bool TrustUpdater::HasPolicy() const {
  return holder_.policy().has_value() &&
         holder_.scoped_policies_version().has_value() &&
         holder_.revocation_version().has_value() &&
         holder_.references_version().has_value() &&
         holder_.evidence_anchors_version().has_value();
}

absl::Status TrustUpdater::PullPolicy() {
  const absl::Status pulled = PullPolicyFromStore();
  if (pulled.ok()) return Keep();
  if (HasPolicy()) return pulled;
  absl::StatusOr<KeptTrust> kept = file_.Load(clock_.Now());
  if (!kept.ok()) {
    return absl::Status(pulled.code(), absl::StrCat(pulled.message(), "; ",
                                                    kept.status().message()));
  }
  OTRP_LOG(WARNING, "the database is away: using the kept policy",
           {{"version", std::to_string(kept->policy.version)}});
  holder_.SetPolicy(std::move(kept->policy));
  holder_.SetScopedPolicies(std::move(kept->scoped));
  holder_.SetRevocation(std::move(kept->revocation));
  holder_.SetReferences(std::move(kept->references));
  holder_.SetEvidenceAnchors(std::move(kept->evidence_anchors));
  return pulled;
}

absl::Status TrustUpdater::Keep() {
  std::lock_guard<std::mutex> lock(keep_mutex_);
  const int64_t changes = holder_.changes();
  if (changes == kept_) return file_.Confirm(clock_.Now());
  const absl::optional<KeptTrust> all = holder_.All();
  if (!all.has_value()) return absl::OkStatus();
  OTRP_RETURN_IF_ERROR(file_.Save(*all, clock_.Now()));
  kept_ = changes;
  return absl::OkStatus();
}

absl::Status TrustUpdater::Ready() const {
  if (!holder_.has_trust()) return errors::NotLoadedYet("trust anchors are");
  if (!HasPolicy()) return errors::NotLoadedYet("the policy is");
  return absl::OkStatus();
}

}  // namespace verifier
}  // namespace otrp
