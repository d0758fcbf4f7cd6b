#include "libs/attest/judge.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/attest/reasons.h"

namespace otrp {
namespace attest {
namespace {

constexpr char kClaims[] = "tee.name, tee.ver";

void Refuse(const char* code, const std::string& who, std::string rule,
            Judgement* out) {
  out->refusals.push_back({code, who, kClaims, who, std::move(rule)});
}

}  // namespace

Judgement JudgeTee(const JudgedClaims& claims, const Policy& policy,
                   const ReferenceTable& references) {
  Judgement out;
  const std::string who =
      absl::StrCat(claims.tee_name, " ", claims.tee_version);
  const RuleDecision rule =
      ApplyRules(policy, claims.anchor, claims.tee_name, claims.tee_version);
  if (rule.result == RuleResult::kDenied) {
    Refuse(reason::kTeeDenied, who, DescribeRule(policy, rule.rule), &out);
  } else if (rule.result == RuleResult::kNoRule) {
    Refuse(reason::kTeeNotAllowed, who, "policy.tee_rules: none allows it",
           &out);
  }
  const ReferenceDecision reference =
      references.Find(claims.anchor, claims.tee_name, claims.tee_version);
  if (reference.result == ReferenceResult::kWithdrawn) {
    Refuse(reason::kTeeWithdrawn, who,
           absl::StrCat("reference value ", reference.name, ", withdrawn"),
           &out);
  } else if (reference.result == ReferenceResult::kUnknown &&
             policy.require_reference_values) {
    Refuse(reason::kTeeUnknownReference, who, "policy.require_reference_values",
           &out);
  }
  out.is_known = rule.rule >= 0 || reference.result == ReferenceResult::kKnown;
  return out;
}

}  // namespace attest
}  // namespace otrp
