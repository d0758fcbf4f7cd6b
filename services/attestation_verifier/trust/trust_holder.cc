#include "services/attestation_verifier/trust/trust_holder.h"

#include <utility>

#include "libs/telemetry/log.h"
#include "services/attestation_verifier/errors.h"

namespace otrp {
namespace verifier {
namespace {

attest::TrustInputs InputsOf(const TrustCopy& copy) {
  attest::TrustInputs inputs;
  for (const Anchor& anchor : copy.anchors) {
    (anchor.role == AnchorRole::kTee ? inputs.tee_roots : inputs.tfw_roots)
        .push_back(anchor.certificate_der);
  }
  for (const Crl& crl : copy.crls) inputs.crls.push_back(crl.der);
  return inputs;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Snapshot>> TrustHolder::Get() const {
  std::lock_guard<std::mutex> lock(mutex_);
  if (snapshot_ == nullptr) {
    return errors::NotLoadedYet("trust anchors and policy are");
  }
  return snapshot_;
}

bool TrustHolder::SetTrust(TrustCopy copy) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (trust_ != nullptr && copy == copy_) return false;
  }
  std::shared_ptr<const attest::Trust> trust =
      attest::Trust::Create(InputsOf(copy));
  for (const std::string& problem : trust->problems()) {
    OTRP_LOG(WARNING, "trust input left out", {{"problem", problem}});
  }
  std::lock_guard<std::mutex> lock(mutex_);
  trust_ = std::move(trust);
  copy_ = std::move(copy);
  Publish();
  return true;
}

void TrustHolder::SetPolicy(VersionedPolicy policy) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (policy_.has_value() && policy.version < policy_->version) return;
  policy_ = std::move(policy);
  Publish();
}

absl::optional<VersionedPolicy> TrustHolder::policy() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return policy_;
}

bool TrustHolder::has_trust() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return trust_ != nullptr;
}

void TrustHolder::Publish() {
  if (trust_ == nullptr || !policy_.has_value()) return;
  snapshot_ =
      std::make_shared<const Snapshot>(Snapshot{trust_, copy_, *policy_});
}

}  // namespace verifier
}  // namespace otrp
