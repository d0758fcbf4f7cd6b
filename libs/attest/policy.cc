#include "libs/attest/policy.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"

namespace otrp {
namespace attest {
namespace {

constexpr size_t kMaxNameBytes = 128;
// Digits that surely fit into 64 bits.
constexpr size_t kMaxDigits = 18;

absl::optional<std::vector<uint64_t>> Numbers(absl::string_view version) {
  std::vector<uint64_t> numbers;
  for (absl::string_view part : absl::StrSplit(version, '.')) {
    uint64_t number = 0;
    const bool digits =
        !part.empty() && part.size() <= kMaxDigits &&
        part.find_first_not_of("0123456789") == absl::string_view::npos;
    if (!digits || !absl::SimpleAtoi(part, &number)) return absl::nullopt;
    numbers.push_back(number);
  }
  while (!numbers.empty() && numbers.back() == 0) numbers.pop_back();
  return numbers;
}

absl::Status RuleError(size_t index, absl::string_view field,
                       absl::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat("policy.tee_rules[", index, "].", field, " ", problem));
}

bool NameMatches(absl::string_view pattern, absl::string_view name) {
  if (pattern.empty()) return true;
  if (absl::EndsWith(pattern, "*")) {
    pattern.remove_suffix(1);
    return absl::StartsWith(name, pattern);
  }
  return name == pattern;
}

// What can't be compared is never in favour of the TEE: it is too old to be
// allowed, and new enough to be denied.
bool VersionMatches(const TeeRule& rule, absl::string_view version) {
  if (rule.min_version.empty()) return true;
  if (rule.deny && !Numbers(version)) return true;
  return VersionAtLeast(version, rule.min_version);
}

bool Matches(const TeeRule& rule, absl::string_view anchor,
             absl::string_view name, absl::string_view version) {
  return (rule.anchor.empty() || rule.anchor == anchor) &&
         NameMatches(rule.name, name) && VersionMatches(rule, version);
}

}  // namespace

absl::Status CheckPolicy(const Policy& policy) {
  if (policy.tee_rules.size() > kMaxTeeRules) {
    return absl::InvalidArgumentError(absl::StrCat(
        "policy.tee_rules has more than ", kMaxTeeRules, " entries"));
  }
  if (policy.undated_crl_days < 0 ||
      policy.undated_crl_days > kMaxUndatedCrlDays) {
    return absl::InvalidArgumentError(absl::StrCat(
        "policy.undated_crl_days must be 0 to ", kMaxUndatedCrlDays));
  }
  if (policy.attest_by_hours < 0 ||
      policy.attest_by_hours > kMaxAttestByHours) {
    return absl::InvalidArgumentError(absl::StrCat(
        "policy.attest_by_hours must be 0 to ", kMaxAttestByHours));
  }
  if (policy.keep_evidence_days < 0 ||
      policy.keep_evidence_days > kMaxKeepEvidenceDays) {
    return absl::InvalidArgumentError(absl::StrCat(
        "policy.keep_evidence_days must be 0 to ", kMaxKeepEvidenceDays));
  }
  for (size_t i = 0; i < policy.tee_rules.size(); ++i) {
    const TeeRule& rule = policy.tee_rules[i];
    if (rule.name.size() > kMaxNameBytes) {
      return RuleError(i, "name", "is longer than 128 octets");
    }
    if (rule.anchor.size() > kMaxNameBytes) {
      return RuleError(i, "anchor", "is longer than 128 octets");
    }
    const size_t star = rule.name.find('*');
    if (star != std::string::npos && star + 1 != rule.name.size()) {
      return RuleError(i, "name", "may have one '*', at its end");
    }
    if (!rule.min_version.empty() && (rule.min_version.size() > kMaxNameBytes ||
                                      !Numbers(rule.min_version))) {
      return RuleError(i, "min_version", "must be numbers with dots");
    }
  }
  return absl::OkStatus();
}

RuleDecision ApplyRules(const Policy& policy, absl::string_view anchor,
                        absl::string_view name, absl::string_view version) {
  bool has_allow = false;
  int allowed_by = -1;
  for (size_t i = 0; i < policy.tee_rules.size(); ++i) {
    const TeeRule& rule = policy.tee_rules[i];
    const bool matches = Matches(rule, anchor, name, version);
    if (rule.deny) {
      if (matches) return {RuleResult::kDenied, static_cast<int>(i)};
      continue;
    }
    has_allow = true;
    if (matches && allowed_by < 0) allowed_by = static_cast<int>(i);
  }
  return {allowed_by >= 0 || !has_allow ? RuleResult::kAllowed
                                        : RuleResult::kNoRule,
          allowed_by};
}

std::string DescribeRule(const Policy& policy, int rule) {
  const TeeRule& described = policy.tee_rules[static_cast<size_t>(rule)];
  std::string text = absl::StrCat("policy.tee_rules[", rule, "]:");
  absl::StrAppend(&text, " name ",
                  described.name.empty() ? "*" : described.name);
  if (!described.anchor.empty()) {
    absl::StrAppend(&text, ", anchor ", described.anchor);
  }
  if (!described.min_version.empty()) {
    absl::StrAppend(&text, ", min_version ", described.min_version);
  }
  if (described.deny) absl::StrAppend(&text, ", deny");
  return text;
}

bool VersionAtLeast(absl::string_view version, absl::string_view min) {
  if (version == min) return true;
  const absl::optional<std::vector<uint64_t>> have = Numbers(version);
  const absl::optional<std::vector<uint64_t>> want = Numbers(min);
  if (!have || !want) return false;
  // Trailing zeros are cut, so a longer list is the later version.
  return !std::lexicographical_compare(have->begin(), have->end(),
                                       want->begin(), want->end());
}

}  // namespace attest
}  // namespace otrp
