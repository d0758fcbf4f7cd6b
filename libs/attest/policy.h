// What an operator lays down about evidence that is genuine: which TEEs, which
// versions, how strict about firmware and revocation.
//
// Not cryptography: a policy can't make a bad chain or signature good.
//
// Thread-safety: values and functions without state.
// Errors: INVALID_ARGUMENT naming the rule and the field.

#ifndef OTRP_LIBS_ATTEST_POLICY_H_
#define OTRP_LIBS_ATTEST_POLICY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace attest {

struct TeeRule {
  // Exact name, or with one '*' at its end. Empty matches any.
  std::string name;
  // Lowest version, numbers with dots. Empty matches any. A TEE's version that
  // isn't made of numbers matches where the rule denies, and else only where it
  // is the same text.
  std::string min_version;
  // A match refuses, whatever the other rules say.
  bool deny = false;
  // Name of the trust anchor that the TEE's chain ends at: its maker. Empty
  // matches any.
  std::string anchor = {};
};

struct Policy {
  // No rule that isn't `deny`: every TEE is accepted that none denies.
  std::vector<TeeRule> tee_rules;
  // Firmware evidence must be there (always so in dialect pei03).
  bool firmware_evidence_required = false;
  // A certificate that no valid CRL speaks about is refused; else accepted
  // with a remark.
  bool refuse_unknown_revocation = false;
  // A CRL without nextUpdate, which RFC 5280 doesn't allow, is valid for so
  // many days after its thisUpdate. 0: it is never.
  int undated_crl_days = 0;
  // A TEE that no active reference value names is refused.
  bool require_reference_values = false;
  // A device is to attest again within so many hours; 0: whenever it comes.
  int attest_by_hours = 0;
  // Evidence is kept for so many days; 0: it isn't.
  int keep_evidence_days = 0;
};

inline constexpr size_t kMaxTeeRules = 1000;
inline constexpr int kMaxUndatedCrlDays = 366;
inline constexpr int kMaxAttestByHours = 24 * 366;
// As long as appraisals themselves.
inline constexpr int kMaxKeepEvidenceDays = 90;

absl::Status CheckPolicy(const Policy& policy);

enum class RuleResult { kAllowed, kDenied, kNoRule };
struct RuleDecision {
  RuleResult result = RuleResult::kNoRule;
  // Index in tee_rules of the one that decided; -1: none did.
  int rule = -1;
};
RuleDecision ApplyRules(const Policy& policy, absl::string_view anchor,
                        absl::string_view name, absl::string_view version);
// "policy.tee_rules[2]: name Primary*, min_version 1.2, deny".
std::string DescribeRule(const Policy& policy, int rule);

// True where `version` is `min` or later: numbers between dots are compared as
// numbers, missing ones count as 0 ("1.2" = "1.2.0"). A version that isn't
// made of numbers is only at least itself.
bool VersionAtLeast(absl::string_view version, absl::string_view min);

}  // namespace attest
}  // namespace otrp

#endif  // OTRP_LIBS_ATTEST_POLICY_H_
