#include "services/attestation_verifier/trust/trust_holder.h"

#include <utility>

#include "libs/telemetry/log.h"
#include "services/attestation_verifier/errors.h"

namespace otrp {
namespace verifier {
namespace {

attest::TrustInputs InputsOf(const TrustCopy& copy,
                             const RevocationList& revocation,
                             const attest::Policy& policy) {
  attest::TrustInputs inputs;
  for (const Anchor& anchor : copy.anchors) {
    (anchor.role == AnchorRole::kTee ? inputs.tee_roots : inputs.tfw_roots)
        .push_back({anchor.certificate_der, anchor.ekus, anchor.name});
  }
  for (const Crl& crl : copy.crls) inputs.crls.push_back(crl.der);
  for (const RevocationData& data : revocation.data) {
    (data.kind == RevocationKind::kCrl ? inputs.crls : inputs.ocsp_responses)
        .push_back(data.der);
  }
  for (const RevocationSource& source : revocation.sources) {
    inputs.required_issuers.push_back({source.issuer_der,
                                       absl::Hours(source.allow_stale_hours),
                                       source.kind == RevocationKind::kOcsp});
  }
  inputs.pending_issuers = copy.pending_issuers;
  inputs.undated_crl_life = absl::Hours(24) * policy.undated_crl_days;
  return inputs;
}

attest::PolicySet PoliciesOf(const VersionedPolicy& base,
                             const ScopedPolicyList& scoped) {
  std::vector<attest::ScopedPolicy> policies = {
      {attest::PolicyScope(), base.version, base.policy}};
  for (const SetScopedPolicy& held : scoped.policies) {
    policies.push_back(held.policy);
  }
  return attest::PolicySet(std::move(policies));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Snapshot>> TrustHolder::Get() const {
  std::lock_guard<std::mutex> lock(snapshot_mutex_);
  if (snapshot_ == nullptr) {
    return errors::NotLoadedYet(
        "trust anchors, policy and reference values are");
  }
  return snapshot_;
}

bool TrustHolder::SetTrust(TrustCopy copy) {
  std::lock_guard<std::mutex> lock(change_mutex_);
  if (copy_.has_value() && copy == *copy_) return false;
  copy_ = std::move(copy);
  Rebuild();
  return true;
}

void TrustHolder::SetPolicy(VersionedPolicy policy) {
  std::lock_guard<std::mutex> lock(change_mutex_);
  // Versions are never changed: the same one is the same policy.
  if (policy_.has_value() && policy.version <= policy_->version) return;
  const bool same_lives =
      policy_.has_value() &&
      policy.policy.undated_crl_days == policy_->policy.undated_crl_days;
  policy_ = std::move(policy);
  if (same_lives) {
    Publish();
  } else {
    Rebuild();
  }
}

void TrustHolder::SetRevocation(RevocationList list) {
  std::lock_guard<std::mutex> lock(change_mutex_);
  if (revocation_.has_value() && list.version <= revocation_->version) return;
  revocation_ = std::move(list);
  Rebuild();
}

void TrustHolder::SetReferences(ReferenceList list) {
  std::lock_guard<std::mutex> lock(change_mutex_);
  if (references_.has_value() && list.version <= references_->version) return;
  references_ = std::move(list);
  PublishOrBuild();
}

void TrustHolder::SetEvidenceAnchors(EvidenceAnchorList list) {
  std::lock_guard<std::mutex> lock(change_mutex_);
  if (evidence_anchors_.has_value() &&
      list.version <= evidence_anchors_->version) {
    return;
  }
  evidence_anchors_ = std::move(list);
  PublishOrBuild();
}

absl::optional<int64_t> TrustHolder::evidence_anchors_version() const {
  std::lock_guard<std::mutex> lock(change_mutex_);
  if (!evidence_anchors_.has_value()) return absl::nullopt;
  return evidence_anchors_->version;
}

void TrustHolder::SetScopedPolicies(ScopedPolicyList list) {
  std::lock_guard<std::mutex> lock(change_mutex_);
  if (scoped_.has_value() && list.version <= scoped_->version) return;
  scoped_ = std::move(list);
  if (trust_ == nullptr) {
    Rebuild();
  } else {
    Publish();
  }
}

absl::optional<int64_t> TrustHolder::scoped_policies_version() const {
  std::lock_guard<std::mutex> lock(change_mutex_);
  if (!scoped_.has_value()) return absl::nullopt;
  return scoped_->version;
}

absl::optional<int64_t> TrustHolder::references_version() const {
  std::lock_guard<std::mutex> lock(change_mutex_);
  if (!references_.has_value()) return absl::nullopt;
  return references_->version;
}

absl::optional<VersionedPolicy> TrustHolder::policy() const {
  std::lock_guard<std::mutex> lock(change_mutex_);
  return policy_;
}

absl::optional<int64_t> TrustHolder::revocation_version() const {
  std::lock_guard<std::mutex> lock(change_mutex_);
  if (!revocation_.has_value()) return absl::nullopt;
  return revocation_->version;
}

bool TrustHolder::has_trust() const {
  std::lock_guard<std::mutex> lock(change_mutex_);
  return copy_.has_value();
}

int64_t TrustHolder::changes() const {
  std::lock_guard<std::mutex> lock(change_mutex_);
  return changes_;
}

absl::optional<KeptTrust> TrustHolder::All() const {
  std::lock_guard<std::mutex> lock(change_mutex_);
  if (trust_ == nullptr) return absl::nullopt;
  return KeptTrust{*copy_,       *policy_,           *revocation_,
                   *references_, *evidence_anchors_, *scoped_};
}

// For what no chain follows from.
void TrustHolder::PublishOrBuild() {
  if (trust_ == nullptr) {
    Rebuild();
  } else {
    Publish();
  }
}

void TrustHolder::Rebuild() {
  if (!copy_.has_value() || !policy_.has_value() || !revocation_.has_value() ||
      !references_.has_value() || !scoped_.has_value()) {
    return;
  }
  if (!evidence_anchors_.has_value()) return;
  trust_ = attest::Trust::Create(
      InputsOf(*copy_, *revocation_, policy_->policy), trust_.get());
  for (const std::string& problem : trust_->problems()) {
    OTRP_LOG(WARNING, "trust input left out", {{"problem", problem}});
  }
  Publish();
}

void TrustHolder::Publish() {
  if (trust_ == nullptr) return;
  ++changes_;
  auto snapshot = std::make_shared<const Snapshot>(
      Snapshot{trust_, *copy_, *policy_, TableOf(*references_),
               *evidence_anchors_, PoliciesOf(*policy_, *scoped_)});
  std::lock_guard<std::mutex> lock(snapshot_mutex_);
  snapshot_ = std::move(snapshot);
}

}  // namespace verifier
}  // namespace otrp
