// What can be decided of a TEE by what is known of it, without its evidence:
// the policy's rules and the reference values. For appraisals, and for judging
// recorded devices anew when one of the two changes.
//
// Thread-safety: functions without state.

#ifndef OTRP_LIBS_ATTEST_JUDGE_H_
#define OTRP_LIBS_ATTEST_JUDGE_H_

#include <string>
#include <vector>

#include "libs/attest/policy.h"
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

struct Judgement {
  // Why it is refused; empty: it isn't.
  std::vector<Reason> refusals;
  // A rule or a reference value is about this very TEE.
  bool is_known = false;
};

// Rules on names and versions, and reference values.
Judgement JudgeTee(const JudgedClaims& claims, const Policy& policy,
                   const ReferenceTable& references);

}  // namespace attest
}  // namespace otrp

#endif  // OTRP_LIBS_ATTEST_JUDGE_H_
