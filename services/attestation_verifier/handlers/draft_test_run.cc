#include "services/attestation_verifier/handlers/draft_test_run.h"

#include <memory>
#include <string>
#include <vector>

#include "libs/attest/policy_set.h"
#include "libs/attest/reasons.h"
#include "libs/attest/trust_vector.h"
#include "libs/base/status_macros.h"
#include "services/attestation_verifier/handlers/convert.h"
#include "services/attestation_verifier/limits.h"

namespace otrp {
namespace verifier {
namespace handlers {
namespace {

// The policies now, and with the draft among them.
class Trial {
 public:
  Trial(const PolicyDraft& draft, const Snapshot& snapshot)
      : scope_(draft.scope),
        references_(snapshot.references),
        now_(snapshot.policies),
        then_(snapshot.policies.With({draft.scope, 0, draft.policy})) {}

  bool IsAbout(const std::string& anchor) const {
    return scope_.anchor.empty() || scope_.anchor == anchor;
  }
  // Whether it is refused already. Without `has_evidence` by its TEE alone.
  bool IsRefusedNow(const attest::JudgedFacts& facts, bool has_evidence) const {
    return !Judge(facts, now_, has_evidence).empty();
  }
  std::vector<attest::Reason> Then(const attest::JudgedFacts& facts,
                                   bool has_evidence) const {
    return Judge(facts, then_, has_evidence);
  }

 private:
  std::vector<attest::Reason> Judge(const attest::JudgedFacts& given,
                                    const attest::PolicySet& policies,
                                    bool has_evidence) const {
    attest::JudgedFacts facts = given;
    if (!has_evidence) {
      // What isn't known is no reason.
      facts.firmware_verified = true;
      facts.revocation_unchecked = false;
    }
    return scope_.spid.empty()
               ? attest::JudgeFacts(facts, policies, references_)
               : attest::JudgeForSp(scope_.spid, facts, policies, references_);
  }

  const attest::PolicyScope& scope_;
  const attest::ReferenceTable& references_;
  const attest::PolicySet& now_;
  const attest::PolicySet then_;
};

absl::Status TestTee(Env& env, const Trial& trial, const TeeOfDevices& tee,
                     v1::TestPolicyDraftResponse& response) {
  attest::JudgedFacts facts;
  facts.tee = {tee.anchor, tee.tee_name, tee.tee_version};
  if (!trial.IsAbout(tee.anchor) || trial.IsRefusedNow(facts, false)) {
    return absl::OkStatus();
  }
  OTRP_ASSIGN_OR_RETURN(const int64_t devices,
                        env.references.CountAccepted(tee));
  response.set_accepted_devices(response.accepted_devices() + devices);
  const std::vector<attest::Reason> reasons = trial.Then(facts, false);
  if (reasons.empty()) return absl::OkStatus();
  response.set_refused_devices(response.refused_devices() + devices);
  if (response.refused_size() >= kTeesAtOnce) return absl::OkStatus();
  v1::RefusedTee* refused = response.add_refused();
  refused->set_anchor(tee.anchor);
  refused->set_tee_name(tee.tee_name);
  refused->set_tee_version(tee.tee_version);
  refused->set_devices(devices);
  AddReasons(reasons, *refused);
  return absl::OkStatus();
}

absl::Status TestSample(Env& env, const Trial& trial,
                        v1::TestPolicyDraftResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const std::vector<AppraisalRecord> devices,
                        env.store.NewestDevices(kSampledDevices));
  int64_t sampled = 0;
  int64_t refused = 0;
  for (const AppraisalRecord& device : devices) {
    const attest::JudgedFacts facts = FactsOf(device);
    if (!trial.IsAbout(facts.tee.anchor) || trial.IsRefusedNow(facts, true)) {
      continue;
    }
    ++sampled;
    if (!trial.Then(facts, true).empty()) ++refused;
  }
  response.set_sampled_devices(sampled);
  response.set_sampled_refused(refused);
  return absl::OkStatus();
}

}  // namespace

attest::JudgedFacts FactsOf(const AppraisalRecord& device) {
  attest::JudgedFacts facts;
  facts.tee = {device.claims.tee_anchor, device.claims.tee_name,
               device.claims.tee_version};
  facts.firmware_verified =
      device.claims.vector.Get(attest::TrustClaim::kHardware) ==
      attest::trust_value::kAffirmed;
  for (const attest::Reason& reason : device.reasons) {
    if (reason.code == attest::reason::kRevocationUnchecked ||
        reason.code == attest::reason::kTeeRevocationUnknown ||
        reason.code == attest::reason::kTfwRevocationUnknown) {
      facts.revocation_unchecked = true;
    }
  }
  return facts;
}

absl::Status TestDraft(Env& env, const PolicyDraft& draft,
                       v1::TestPolicyDraftResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> snapshot,
                        env.trust.Get());
  OTRP_RETURN_IF_ERROR(env.log.Flush());
  const Trial trial(draft, *snapshot);
  TeeOfDevices after;
  for (;;) {
    OTRP_ASSIGN_OR_RETURN(const std::vector<TeeOfDevices> tees,
                          env.references.AcceptedTees(after, kTeesAtOnce));
    for (const TeeOfDevices& tee : tees) {
      OTRP_RETURN_IF_ERROR(TestTee(env, trial, tee, response));
    }
    if (tees.size() < kTeesAtOnce) break;
    after = tees.back();
  }
  return TestSample(env, trial, response);
}

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp
