// What can be decided of a TEE by what is known of it, without its evidence:
// the policies' rules and the reference values. For appraisals, for judging
// recorded devices anew when one of the two changes, for trying a policy that
// isn't in force, and for explanations.
//
// Thread-safety: functions without state.

#ifndef OTRP_LIBS_ATTEST_JUDGE_H_
#define OTRP_LIBS_ATTEST_JUDGE_H_

#include <string>
#include <vector>

#include "libs/attest/policy_set.h"
#include "libs/attest/reason.h"
#include "libs/attest/reference_values.h"

namespace otrp {
namespace attest {

struct JudgedClaims {
  // Name of the trust anchor that the chain ends at.
  std::string anchor;
  std::string tee_name;
  std::string tee_version;
};

// What else an appraisal has found out.
struct JudgedFacts {
  JudgedClaims tee = {};
  // Firmware evidence was there and good.
  bool firmware_verified = false;
  // Of one of the certificates nothing current says that it isn't revoked.
  bool revocation_unchecked = false;
};

struct Judgement {
  // Why it is refused; empty: it isn't.
  std::vector<Reason> refusals;
  // A rule or a reference value is about this very TEE.
  bool is_known = false;
};

// The operator's rules on names and versions, and reference values.
Judgement JudgeTee(const JudgedClaims& claims, const PolicySet& policies,
                   const ReferenceTable& references);

// All that the operator's policies ask for, of a device that was accepted by
// its certificates and signatures. Empty: it isn't refused.
std::vector<Reason> JudgeFacts(const JudgedFacts& facts,
                               const PolicySet& policies,
                               const ReferenceTable& references);

// The same by one service provider's policies alone.
std::vector<Reason> JudgeForSp(const std::string& spid,
                               const JudgedFacts& facts,
                               const PolicySet& policies,
                               const ReferenceTable& references);

// A provider that refuses a device which the operator accepts.
struct SpRefusal {
  std::string spid;
  std::vector<Reason> reasons;
};
// By all of them; in the order of their ids.
std::vector<SpRefusal> JudgeForSps(const JudgedFacts& facts,
                                   const PolicySet& policies,
                                   const ReferenceTable& references);

enum class DecisionWord { kAllowed, kDenied, kNotAllowed, kNotAsked };
// "allowed", "denied", "not-allowed", "not-asked".
absl::string_view WordOf(DecisionWord word);

// What one policy's rules say of a TEE.
struct PolicyDecision {
  const ScopedPolicy* policy = nullptr;
  // kNotAsked: a more specific one decides, and this one doesn't deny.
  DecisionWord word = DecisionWord::kNotAsked;
  // As in reasons; empty where no rule decided.
  std::string rule = {};
};
// The operator's first, the more general one first. Points into `policies`.
std::vector<PolicyDecision> Decisions(const JudgedClaims& claims,
                                      const PolicySet& policies);

}  // namespace attest
}  // namespace otrp

#endif  // OTRP_LIBS_ATTEST_JUDGE_H_
