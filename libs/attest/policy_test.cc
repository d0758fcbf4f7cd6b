#include "libs/attest/policy.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace attest {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

TEST(VersionTest, NumbersAreComparedAsNumbers) {
  struct Case {
    const char* version;
    const char* min;
    bool at_least;
  };
  const Case cases[] = {
      {"1.2.0", "1.2.0", true},  {"1.10", "1.9", true},
      {"1.9", "1.10", false},    {"1.2", "1.2.0", true},
      {"1.2.0", "1.2", true},    {"1.2.0.1", "1.2", true},
      {"1.1.9", "1.2", false},   {"2", "1.99.99", true},
      {"0", "0.0", true},        {"01.2", "1.2", true},
      {"1.2-rc1", "1.2", false}, {"1.2-rc1", "1.2-rc1", true},
      {"", "1", false},          {"1..2", "1", false},
      {"1.", "1", false},        {" 1", "1", false},
      {"+1", "1", false},        {"99999999999999999999", "1", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(VersionAtLeast(c.version, c.min), c.at_least)
        << c.version << " >= " << c.min;
  }
}

TEST(RulesTest, TheTable) {
  const TeeRule alpha = {"Alpha", "1.5", false};
  const TeeRule family = {"Beta*", "", false};
  const TeeRule no_beta2 = {"Beta 2", "", true};
  const TeeRule any_new = {"", "3", false};
  const TeeRule deny_all = {"", "", true};
  const TeeRule deny_new = {"Gamma", "3.0", true};
  struct Case {
    const char* what;
    std::vector<TeeRule> rules;
    const char* name;
    const char* version;
    RuleResult result;
  };
  const Case cases[] = {
      {"no rules", {}, "X", "1", RuleResult::kAllowed},
      {"a match", {alpha}, "Alpha", "1.5", RuleResult::kAllowed},
      {"an old version", {alpha}, "Alpha", "1.4", RuleResult::kNoRule},
      {"another name", {alpha}, "Alphabet", "9", RuleResult::kNoRule},
      {"a star", {family}, "Beta 7", "1", RuleResult::kAllowed},
      {"the bare star", {family}, "Beta", "1", RuleResult::kAllowed},
      {"case counts", {family}, "beta", "1", RuleResult::kNoRule},
      {"deny beats allow",
       {family, no_beta2},
       "Beta 2",
       "1",
       RuleResult::kDenied},
      {"in either order",
       {no_beta2, family},
       "Beta 2",
       "1",
       RuleResult::kDenied},
      {"only deny rules allow the rest",
       {no_beta2},
       "X",
       "1",
       RuleResult::kAllowed},
      {"any rule is enough",
       {alpha, any_new},
       "X",
       "3.0",
       RuleResult::kAllowed},
      {"a denied version", {deny_new}, "Gamma", "3.1", RuleResult::kDenied},
      {"below it", {deny_new}, "Gamma", "2.9", RuleResult::kAllowed},
      {"a suffix is no way out",
       {deny_new},
       "Gamma",
       "3.1b",
       RuleResult::kDenied},
      {"nor is a word", {deny_new}, "Gamma", "rc2", RuleResult::kDenied},
      {"nor nothing", {deny_new}, "Gamma", "", RuleResult::kDenied},
      {"of another TEE", {deny_new}, "Delta", "3.1b", RuleResult::kAllowed},
      {"a suffix allows nothing",
       {alpha},
       "Alpha",
       "1.6b",
       RuleResult::kNoRule},
      {"deny all", {deny_all, alpha}, "Alpha", "9", RuleResult::kDenied},
  };
  for (const Case& c : cases) {
    Policy policy;
    policy.tee_rules = c.rules;
    EXPECT_EQ(ApplyRules(policy, "maker", c.name, c.version).result, c.result)
        << c.what;
  }
}

TEST(CheckPolicyTest, NamesTheRuleAndTheField) {
  struct Case {
    TeeRule rule;
    const char* names;
  };
  const Case cases[] = {
      {{"a*b", "", false}, "tee_rules[1].name"},
      {{"**", "", false}, "tee_rules[1].name"},
      {{std::string(200, 'x'), "", false}, "tee_rules[1].name"},
      {{"", "1.x", false}, "tee_rules[1].min_version"},
      {{"", "1.", false}, "tee_rules[1].min_version"},
  };
  for (const Case& c : cases) {
    Policy policy;
    policy.tee_rules = {{"fine*", "1.0", false}, c.rule};
    EXPECT_THAT(
        CheckPolicy(policy),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.names)));
  }
  for (const auto& [days, good] : {std::pair<int, bool>{-1, false},
                                   {0, true},
                                   {366, true},
                                   {367, false}}) {
    Policy policy;
    policy.undated_crl_days = days;
    EXPECT_EQ(CheckPolicy(policy).ok(), good) << days;
  }
  Policy many;
  many.tee_rules.resize(kMaxTeeRules);
  EXPECT_THAT(CheckPolicy(many), IsOk());
  many.tee_rules.emplace_back();
  EXPECT_THAT(CheckPolicy(many), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(PolicyTest, ARuleOfOneMakerSaysNothingAboutAnothersTees) {
  Policy policy;
  policy.tee_rules = {{"*", "", true, "maker"}};
  EXPECT_EQ(ApplyRules(policy, "maker", "Any", "1").result,
            RuleResult::kDenied);
  EXPECT_EQ(ApplyRules(policy, "other", "Any", "1").result,
            RuleResult::kAllowed);
  EXPECT_EQ(DescribeRule(policy, 0),
            "policy.tee_rules[0]: name *, anchor maker, deny");
  policy.tee_rules = {{"", "2", false, "maker"}};
  EXPECT_EQ(ApplyRules(policy, "maker", "Any", "2.1").rule, 0);
  EXPECT_EQ(ApplyRules(policy, "maker", "Any", "1").result,
            RuleResult::kNoRule);
  EXPECT_EQ(ApplyRules(policy, "other", "Any", "2").result,
            RuleResult::kNoRule);
}

}  // namespace
}  // namespace attest
}  // namespace otrp
