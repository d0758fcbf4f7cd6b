#include "libs/attest/judge.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/attest/reasons.h"
#include "libs/base/printable.h"

namespace otrp {
namespace attest {
namespace {

constexpr char kClaims[] = "tee.name, tee.ver";
// As reason.h has it.
constexpr size_t kMaxValueBytes = 128;

RuleDecision RuleOf(const ScopedPolicy& policy, const JudgedClaims& claims) {
  return ApplyRules(policy.policy, claims.anchor, claims.tee_name,
                    claims.tee_version);
}

void Refuse(const char* code, const JudgedClaims& claims, std::string rule,
            const ScopedPolicy* policy, std::vector<Reason>* out) {
  const std::string who =
      absl::StrCat(claims.tee_name, " ", claims.tee_version);
  out->push_back({code, who, kClaims, Printable(who, kMaxValueBytes),
                  std::move(rule), policy == nullptr ? "" : LabelOf(*policy)});
}

// One side's rules; whether one of them is about this very TEE.
bool JudgeRules(const JudgedClaims& claims, const PolicyLayers& layers,
                std::vector<Reason>* out) {
  bool has_rule = false;
  for (const ScopedPolicy* policy : {layers.general, layers.specific}) {
    if (policy == nullptr) continue;
    const bool decides = policy == layers.specific;
    const RuleDecision rule = RuleOf(*policy, claims);
    if (rule.result == RuleResult::kDenied) {
      Refuse(reason::kTeeDenied, claims,
             DescribeRule(policy->policy, rule.rule), policy, out);
    } else if (decides && rule.result == RuleResult::kNoRule) {
      Refuse(reason::kTeeNotAllowed, claims, "policy.tee_rules: none allows it",
             policy, out);
    }
    if (decides) has_rule = rule.rule >= 0;
  }
  return has_rule;
}

void JudgeReference(const JudgedClaims& claims, const ScopedPolicy& policy,
                    const ReferenceDecision& reference,
                    std::vector<Reason>* out) {
  if (reference.result == ReferenceResult::kUnknown &&
      policy.policy.require_reference_values) {
    Refuse(reason::kTeeUnknownReference, claims,
           "policy.require_reference_values", &policy, out);
  }
}

// What a policy asks for beside rules and reference values.
void JudgeEvidence(const JudgedFacts& facts, const ScopedPolicy& policy,
                   std::vector<Reason>* out) {
  if (policy.policy.firmware_evidence_required && !facts.firmware_verified) {
    out->push_back({reason::kTfwMissing, "the policy requires tfwdata",
                    "tfwdata", "", "policy.firmware_evidence_required",
                    LabelOf(policy)});
  }
  if (policy.policy.refuse_unknown_revocation && facts.revocation_unchecked) {
    out->push_back({reason::kTeeRevocationUnknown,
                    "nothing current says that its certificates aren't revoked",
                    "tee.cert", "", "policy.refuse_unknown_revocation",
                    LabelOf(policy)});
  }
}

DecisionWord WordFor(RuleResult result) {
  switch (result) {
    case RuleResult::kAllowed: return DecisionWord::kAllowed;
    case RuleResult::kDenied: return DecisionWord::kDenied;
    case RuleResult::kNoRule: return DecisionWord::kNotAllowed;
  }
  return DecisionWord::kNotAllowed;
}

void AddDecisions(const JudgedClaims& claims, const PolicyLayers& layers,
                  std::vector<PolicyDecision>* out) {
  for (const ScopedPolicy* policy : {layers.general, layers.specific}) {
    if (policy == nullptr) continue;
    const RuleDecision rule = RuleOf(*policy, claims);
    PolicyDecision decision;
    decision.policy = policy;
    if (policy == layers.specific || rule.result == RuleResult::kDenied) {
      decision.word = WordFor(rule.result);
    }
    if (decision.word != DecisionWord::kNotAsked && rule.rule >= 0) {
      decision.rule = DescribeRule(policy->policy, rule.rule);
    }
    out->push_back(std::move(decision));
  }
}

}  // namespace

Judgement JudgeTee(const JudgedClaims& claims, const PolicySet& policies,
                   const ReferenceTable& references) {
  Judgement out;
  const PolicyLayers layers = policies.ForAnchor(claims.anchor);
  const bool has_rule = JudgeRules(claims, layers, &out.refusals);
  const ReferenceDecision reference =
      references.Find(claims.anchor, claims.tee_name, claims.tee_version);
  if (reference.result == ReferenceResult::kWithdrawn) {
    Refuse(reason::kTeeWithdrawn, claims,
           absl::StrCat("reference value ", reference.name, ", withdrawn"),
           nullptr, &out.refusals);
  }
  JudgeReference(claims, *layers.specific, reference, &out.refusals);
  out.is_known = has_rule || reference.result == ReferenceResult::kKnown;
  return out;
}

std::vector<Reason> JudgeFacts(const JudgedFacts& facts,
                               const PolicySet& policies,
                               const ReferenceTable& references) {
  std::vector<Reason> refusals =
      JudgeTee(facts.tee, policies, references).refusals;
  JudgeEvidence(facts, *policies.ForAnchor(facts.tee.anchor).specific,
                &refusals);
  return refusals;
}

std::vector<Reason> JudgeForSp(const std::string& spid,
                               const JudgedFacts& facts,
                               const PolicySet& policies,
                               const ReferenceTable& references) {
  std::vector<Reason> refusals;
  const PolicyLayers layers = policies.ForSp(spid, facts.tee.anchor);
  if (layers.specific == nullptr) return refusals;
  JudgeRules(facts.tee, layers, &refusals);
  JudgeReference(facts.tee, *layers.specific,
                 references.Find(facts.tee.anchor, facts.tee.tee_name,
                                 facts.tee.tee_version),
                 &refusals);
  JudgeEvidence(facts, *layers.specific, &refusals);
  return refusals;
}

std::vector<SpRefusal> JudgeForSps(const JudgedFacts& facts,
                                   const PolicySet& policies,
                                   const ReferenceTable& references) {
  std::vector<SpRefusal> refusals;
  for (const std::string& spid : policies.spids()) {
    std::vector<Reason> reasons = JudgeForSp(spid, facts, policies, references);
    if (!reasons.empty()) refusals.push_back({spid, std::move(reasons)});
  }
  return refusals;
}

absl::string_view WordOf(DecisionWord word) {
  switch (word) {
    case DecisionWord::kAllowed: return "allowed";
    case DecisionWord::kDenied: return "denied";
    case DecisionWord::kNotAllowed: return "not-allowed";
    case DecisionWord::kNotAsked: return "not-asked";
  }
  return "";
}

std::vector<PolicyDecision> Decisions(const JudgedClaims& claims,
                                      const PolicySet& policies) {
  std::vector<PolicyDecision> out;
  AddDecisions(claims, policies.ForAnchor(claims.anchor), &out);
  for (const std::string& spid : policies.spids()) {
    AddDecisions(claims, policies.ForSp(spid, claims.anchor), &out);
  }
  return out;
}

}  // namespace attest
}  // namespace otrp
