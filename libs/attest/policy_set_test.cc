// Policies together: who decides, and what nobody can make good again.

#include "libs/attest/policy_set.h"

#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/attest/judge.h"
#include "libs/attest/reasons.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace attest {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Policy PolicyOf(std::vector<TeeRule> rules) {
  Policy policy;
  policy.tee_rules = std::move(rules);
  return policy;
}

const TeeRule kDenyAlpha = {"Alpha", "", true};
const TeeRule kAllowBeta = {"Beta", "", false};
const TeeRule kAllowAll = {"*", "", false};

JudgedFacts Facts(const std::string& anchor, const std::string& name) {
  JudgedFacts facts;
  facts.tee = {anchor, name, "1.0"};
  return facts;
}

std::vector<std::string> CodesOf(const std::vector<Reason>& reasons) {
  std::vector<std::string> codes;
  for (const Reason& reason : reasons) codes.push_back(reason.code);
  return codes;
}

TEST(PolicySetTest, TheMakersPolicyDecidesInThePlaceOfTheBase) {
  Policy strict = PolicyOf({kAllowBeta});
  strict.require_reference_values = true;
  const PolicySet policies(
      {{{}, 4, strict}, {{"", "oem"}, 2, PolicyOf({kAllowAll})}});
  EXPECT_THAT(JudgeFacts(Facts("oem", "Gamma"), policies, {}), IsEmpty());
  const std::vector<Reason> refused =
      JudgeFacts(Facts("other", "Gamma"), policies, {});
  EXPECT_THAT(CodesOf(refused), ElementsAre(reason::kTeeNotAllowed,
                                            reason::kTeeUnknownReference));
  EXPECT_EQ(refused[0].policy, "base@4");
}

TEST(PolicySetTest, WhatTheBaseDeniesNoMakersPolicyAllows) {
  const PolicySet policies({{{}, 4, PolicyOf({kDenyAlpha})},
                            {{"", "oem"}, 2, PolicyOf({kAllowAll})}});
  const std::vector<Reason> refused =
      JudgeFacts(Facts("oem", "Alpha"), policies, {});
  ASSERT_THAT(CodesOf(refused), ElementsAre(reason::kTeeDenied));
  EXPECT_EQ(refused[0].policy, "base@4");
  EXPECT_EQ(refused[0].rule, "policy.tee_rules[0]: name Alpha, deny");
  EXPECT_EQ(refused[0].value, "Alpha 1.0");
}

TEST(PolicySetTest, AProvidersPolicyRefusesForThatProviderAlone) {
  Policy careful;
  careful.firmware_evidence_required = true;
  careful.refuse_unknown_revocation = true;
  const PolicySet policies({{{"bank", ""}, 1, careful},
                            {{"bank", "oem"}, 7, PolicyOf({kAllowBeta})},
                            {{"shop", ""}, 3, PolicyOf({kAllowAll})}});
  JudgedFacts facts = Facts("other", "Gamma");
  facts.revocation_unchecked = true;
  EXPECT_THAT(JudgeFacts(facts, policies, {}), IsEmpty());
  std::vector<SpRefusal> refusals = JudgeForSps(facts, policies, {});
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_EQ(refusals[0].spid, "bank");
  EXPECT_THAT(CodesOf(refusals[0].reasons),
              ElementsAre(reason::kTfwMissing, reason::kTeeRevocationUnknown));
  EXPECT_EQ(refusals[0].reasons[0].policy, "sp bank@1");
  // Of this maker's TEEs its more specific one decides.
  refusals = JudgeForSps(Facts("oem", "Gamma"), policies, {});
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_EQ(refusals[0].reasons[0].policy, "sp bank, anchor oem@7");
  EXPECT_THAT(JudgeForSps(Facts("oem", "Beta"), policies, {}), IsEmpty());
}

TEST(PolicySetTest, AnExplanationNamesEachPolicyItsVersionAndItsRule) {
  const PolicySet policies({{{}, 4, PolicyOf({kAllowBeta})},
                            {{"", "oem"}, 2, PolicyOf({kAllowAll})},
                            {{"bank", ""}, 1, PolicyOf({kDenyAlpha})}});
  std::vector<std::string> said;
  for (const PolicyDecision& decision :
       Decisions({"oem", "Alpha", "1"}, policies)) {
    said.push_back(LabelOf(*decision.policy) + " " +
                   std::string(WordOf(decision.word)) + " " + decision.rule);
  }
  EXPECT_THAT(said,
              ElementsAre("base@4 not-asked ",
                          "anchor oem@2 allowed policy.tee_rules[0]: name *",
                          "sp bank@1 denied policy.tee_rules[0]: name Alpha, "
                          "deny"));
}

TEST(PolicySetTest, OnlyTheBaseSaysWhatIsOneForAll) {
  Policy policy;
  policy.undated_crl_days = 1;
  EXPECT_TRUE(CheckScopedPolicy({}, policy).ok());
  EXPECT_THAT(CheckScopedPolicy({"", "oem"}, policy),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("policy.undated_crl_days")));
  policy = Policy();
  policy.attest_by_hours = 1;
  EXPECT_THAT(CheckScopedPolicy({"bank", ""}, policy),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("policy.attest_by_hours")));
}

// Few words, so that what is made of them meets.
class Maker {
 public:
  explicit Maker(uint32_t seed) : random_(seed) {}

  size_t Below(size_t n) { return random_() % n; }
  bool Coin() { return Below(2) == 0; }

  Policy AnyPolicy() {
    Policy policy;
    for (size_t n = Below(4); n > 0; --n) {
      policy.tee_rules.push_back({kPatterns[Below(4)], kVersions[Below(3)],
                                  Coin(), kAnchors[Below(3)]});
    }
    policy.firmware_evidence_required = Below(4) == 0;
    policy.refuse_unknown_revocation = Below(4) == 0;
    policy.require_reference_values = Below(4) == 0;
    return policy;
  }

  JudgedFacts AnyFacts() {
    JudgedFacts facts;
    facts.tee = {kAnchors[1 + Below(2)], kNames[Below(3)],
                 kTeeVersions[Below(3)]};
    facts.firmware_verified = Coin();
    facts.revocation_unchecked = Coin();
    return facts;
  }

  ReferenceTable AnyReferences() {
    std::vector<ReferenceValue> values;
    for (size_t n = Below(3); n > 0; --n) {
      const JudgedFacts facts = AnyFacts();
      values.push_back({"r", facts.tee.anchor, facts.tee.tee_name,
                        facts.tee.tee_version, Below(4) == 0});
    }
    return ReferenceTable(values);
  }

  // The operator's alone.
  std::vector<ScopedPolicy> Operators() {
    std::vector<ScopedPolicy> policies = {{{}, 1, AnyPolicy()}};
    for (size_t i = 1; i < 3; ++i) {
      if (Coin()) policies.push_back({{"", kAnchors[i]}, 1, AnyPolicy()});
    }
    return policies;
  }

  void AddSp(const std::string& spid, std::vector<ScopedPolicy>* policies) {
    for (const char* anchor : kAnchors) {
      if (Coin()) policies->push_back({{spid, anchor}, 1, AnyPolicy()});
    }
  }

 private:
  static constexpr const char* kPatterns[] = {"", "A", "B", "A*"};
  static constexpr const char* kVersions[] = {"", "1", "2.1"};
  static constexpr const char* kTeeVersions[] = {"1", "2.0", "2.1b"};
  static constexpr const char* kNames[] = {"A", "AB", "B"};
  static constexpr const char* kAnchors[] = {"", "oem", "other"};
  std::mt19937 random_;
};

TEST(PolicySetPropertyTest, AProvidersPolicyOnlyEverRefusesMore) {
  int refused_by_operator = 0, refused_by_sp = 0, accepted = 0;
  for (uint32_t seed = 0; seed < 20000; ++seed) {
    Maker maker(seed);
    std::vector<ScopedPolicy> policies = maker.Operators();
    const PolicySet before(policies);
    maker.AddSp("bank", &policies);
    const PolicySet after(policies);
    const JudgedFacts facts = maker.AnyFacts();
    const ReferenceTable references = maker.AnyReferences();
    // Nothing of a provider's makes the operator's verdict another one.
    const std::vector<Reason> reasons = JudgeFacts(facts, before, references);
    ASSERT_EQ(CodesOf(reasons), CodesOf(JudgeFacts(facts, after, references)))
        << seed;
    // A provider has a device only where the operator accepts it.
    const std::vector<Reason> own =
        JudgeForSp("bank", facts, after, references);
    (!reasons.empty() ? refused_by_operator
     : own.empty()    ? accepted
                      : refused_by_sp) += 1;
    // Another's policies are nothing to it.
    ASSERT_THAT(JudgeForSp("shop", facts, after, references), IsEmpty());
  }
  EXPECT_GT(refused_by_operator, 1000);
  EXPECT_GT(refused_by_sp, 1000);
  EXPECT_GT(accepted, 1000);
}

TEST(PolicySetPropertyTest, WhatAnyPolicyInChargeDeniesIsRefused) {
  int denied = 0;
  for (uint32_t seed = 0; seed < 20000; ++seed) {
    Maker maker(seed);
    std::vector<ScopedPolicy> policies = maker.Operators();
    maker.AddSp("bank", &policies);
    const PolicySet set(policies);
    const JudgedFacts facts = maker.AnyFacts();
    const JudgedClaims& tee = facts.tee;
    for (const ScopedPolicy& policy : policies) {
      const PolicyScope& scope = policy.scope;
      if (!scope.anchor.empty() && scope.anchor != tee.anchor) continue;
      if (ApplyRules(policy.policy, tee.anchor, tee.tee_name, tee.tee_version)
              .result != RuleResult::kDenied) {
        continue;
      }
      ++denied;
      const std::vector<Reason> reasons =
          scope.spid.empty() ? JudgeFacts(facts, set, {})
                             : JudgeForSp(scope.spid, facts, set, {});
      ASSERT_THAT(CodesOf(reasons), ::testing::Contains(reason::kTeeDenied))
          << seed << " " << LabelOf(policy);
    }
  }
  EXPECT_GT(denied, 1000);
}

// More rules that deny, or more that is asked for, accepts nobody whom less
// refused.
TEST(PolicySetPropertyTest, AStricterTextNeverAcceptsMore) {
  int kept = 0;
  for (uint32_t seed = 0; seed < 20000; ++seed) {
    Maker maker(seed);
    const PolicySet policies(maker.Operators());
    const JudgedFacts facts = maker.AnyFacts();
    const ReferenceTable references = maker.AnyReferences();
    const ScopedPolicy* decides = policies.ForAnchor(facts.tee.anchor).specific;
    ScopedPolicy stricter = *decides;
    Policy more = maker.AnyPolicy();
    for (const TeeRule& rule : more.tee_rules) {
      if (rule.deny) stricter.policy.tee_rules.push_back(rule);
    }
    stricter.policy.firmware_evidence_required |=
        more.firmware_evidence_required;
    stricter.policy.refuse_unknown_revocation |= more.refuse_unknown_revocation;
    stricter.policy.require_reference_values |= more.require_reference_values;
    if (JudgeFacts(facts, policies, references).empty()) continue;
    ++kept;
    ASSERT_FALSE(JudgeFacts(facts, policies.With(stricter), references).empty())
        << seed;
  }
  EXPECT_GT(kept, 1000);
}

}  // namespace
}  // namespace attest
}  // namespace otrp
