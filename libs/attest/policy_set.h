// The policies in force together: the base for everybody, one of a maker's
// TEEs, one of a service provider, one of a provider for one maker's.
//
// Of the operator's policies the most specific one decides: that of the TEE's
// maker, else the base. Of a service provider's likewise. What the less
// specific one of the two denies stays denied. A provider's come on top of the
// operator's and only refuse more, for that provider alone.
//
// Thread-safety: immutable.
// Errors: INVALID_ARGUMENT naming the field.

#ifndef OTRP_LIBS_ATTEST_POLICY_SET_H_
#define OTRP_LIBS_ATTEST_POLICY_SET_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "libs/attest/policy.h"

namespace otrp {
namespace attest {

// Both empty: everybody.
struct PolicyScope {
  // A service provider's id.
  std::string spid = {};
  // Name of the trust anchor that a TEE's chain ends at.
  std::string anchor = {};

  bool is_base() const { return spid.empty() && anchor.empty(); }
  friend bool operator==(const PolicyScope& a, const PolicyScope& b) {
    return a.spid == b.spid && a.anchor == b.anchor;
  }
  friend bool operator<(const PolicyScope& a, const PolicyScope& b) {
    return a.spid == b.spid ? a.anchor < b.anchor : a.spid < b.spid;
  }
};

struct ScopedPolicy {
  PolicyScope scope = {};
  // Counts up in its scope; 0: none was ever set.
  int64_t version = 0;
  Policy policy = {};
};

// "base@4", "anchor oem@2", "sp bank@1", "sp bank, anchor oem@1".
std::string LabelOf(const ScopedPolicy& policy);

// As CheckPolicy(), and nothing that only the base can say.
absl::Status CheckScopedPolicy(const PolicyScope& scope, const Policy& policy);

// Who has a say of one TEE on one side. `specific` decides; `general` denies
// where it isn't null.
struct PolicyLayers {
  const ScopedPolicy* specific = nullptr;
  const ScopedPolicy* general = nullptr;
};

class PolicySet {
 public:
  // The default policy for everybody.
  PolicySet() : PolicySet(std::vector<ScopedPolicy>()) {}
  // NOLINTNEXTLINE: one policy is a set of one.
  PolicySet(Policy base) : PolicySet({{{}, 0, std::move(base)}}) {}
  // Of two with one scope the later counts. Without a base, the default one.
  explicit PolicySet(std::vector<ScopedPolicy> policies);

  const ScopedPolicy& base() const { return *ForAnchor("").specific; }
  // The operator's; `specific` is never null.
  PolicyLayers ForAnchor(const std::string& anchor) const;
  // The provider's; `specific` is null where it has none about such TEEs.
  PolicyLayers ForSp(const std::string& spid, const std::string& anchor) const;
  // Providers with a policy, in order.
  const std::vector<std::string>& spids() const { return spids_; }
  // This one with another policy in that scope.
  PolicySet With(ScopedPolicy policy) const;

 private:
  const ScopedPolicy* Find(const std::string& spid,
                           const std::string& anchor) const;
  // Of what there is of the two.
  PolicyLayers Layers(const std::string& spid, const std::string& anchor) const;

  std::map<PolicyScope, ScopedPolicy> policies_;
  std::vector<std::string> spids_;
};

}  // namespace attest
}  // namespace otrp

#endif  // OTRP_LIBS_ATTEST_POLICY_SET_H_
