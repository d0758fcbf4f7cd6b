#include "libs/attest/policy_set.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace otrp {
namespace attest {

std::string LabelOf(const ScopedPolicy& policy) {
  const PolicyScope& scope = policy.scope;
  if (scope.is_base()) return absl::StrCat("base@", policy.version);
  std::string label;
  if (!scope.spid.empty()) absl::StrAppend(&label, "sp ", scope.spid);
  if (!scope.anchor.empty()) {
    absl::StrAppend(&label, label.empty() ? "" : ", ", "anchor ", scope.anchor);
  }
  return absl::StrCat(label, "@", policy.version);
}

absl::Status CheckScopedPolicy(const PolicyScope& scope, const Policy& policy) {
  if (!scope.is_base()) {
    for (const auto& [field, value] :
         {std::make_pair("undated_crl_days", policy.undated_crl_days),
          std::make_pair("attest_by_hours", policy.attest_by_hours),
          std::make_pair("keep_evidence_days", policy.keep_evidence_days)}) {
      if (value == 0) continue;
      return absl::InvalidArgumentError(absl::StrCat(
          "policy.", field, " must be 0: only the base policy sets it"));
    }
  }
  return CheckPolicy(policy);
}

PolicySet::PolicySet(std::vector<ScopedPolicy> policies) {
  policies_[PolicyScope()] = ScopedPolicy();
  for (ScopedPolicy& policy : policies) {
    const PolicyScope scope = policy.scope;
    policies_[scope] = std::move(policy);
  }
  for (const auto& [scope, policy] : policies_) {
    if (!scope.spid.empty() &&
        (spids_.empty() || spids_.back() != scope.spid)) {
      spids_.push_back(scope.spid);
    }
  }
}

const ScopedPolicy* PolicySet::Find(const std::string& spid,
                                    const std::string& anchor) const {
  const auto found = policies_.find({spid, anchor});
  return found == policies_.end() ? nullptr : &found->second;
}

PolicyLayers PolicySet::Layers(const std::string& spid,
                               const std::string& anchor) const {
  const ScopedPolicy* general = Find(spid, "");
  const ScopedPolicy* specific = anchor.empty() ? nullptr : Find(spid, anchor);
  if (specific == nullptr) return {general, nullptr};
  return {specific, general};
}

PolicyLayers PolicySet::ForAnchor(const std::string& anchor) const {
  return Layers("", anchor);
}

PolicyLayers PolicySet::ForSp(const std::string& spid,
                              const std::string& anchor) const {
  return Layers(spid, anchor);
}

PolicySet PolicySet::With(ScopedPolicy policy) const {
  std::vector<ScopedPolicy> policies;
  for (const auto& [scope, held] : policies_) policies.push_back(held);
  policies.push_back(std::move(policy));
  return PolicySet(std::move(policies));
}

}  // namespace attest
}  // namespace otrp
