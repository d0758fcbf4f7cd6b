#include "services/attestation_verifier/handlers/evidence.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/attest/policy.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/paging.h"
#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/handlers/appraise.h"
#include "services/attestation_verifier/handlers/convert.h"
#include "services/attestation_verifier/records/kept_evidence.h"

namespace otrp {
namespace verifier {
namespace handlers {
namespace {

// The policy that counts: the request's, or the one that holds.
absl::StatusOr<attest::PolicySet> PoliciesOf(
    const v1::ReappraiseEvidenceRequest& request, const Snapshot& snapshot) {
  if (!request.has_policy()) return snapshot.policies;
  if (!request.dry_run()) return errors::PolicyWithoutDryRun();
  attest::Policy policy = FromProto(request.policy());
  OTRP_RETURN_IF_ERROR(attest::CheckPolicy(policy));
  return snapshot.policies.With({attest::PolicyScope(), 0, std::move(policy)});
}

absl::Status RejudgeOne(Env& env, const Snapshot& snapshot,
                        const attest::PolicySet& policies, bool dry_run,
                        const KeptEvidence& kept, v1::Reappraisal& out) {
  const absl::Time now = env.clock.Now();
  OTRP_ASSIGN_OR_RETURN(const schemes::SchemeAppraisal judged,
                        Rejudge(kept, snapshot, policies, env.evidence, now));
  const bool accepted = judged.appraisal.verdict == attest::Verdict::kAccepted;
  out.set_appraisal_id(kept.appraisal_id);
  out.set_did(kept.did);
  *out.mutable_at() = rpc::ToProto(kept.at);
  out.set_before(kept.accepted ? v1::VERDICT_ACCEPTED : v1::VERDICT_REFUSED);
  out.set_after(accepted ? v1::VERDICT_ACCEPTED : v1::VERDICT_REFUSED);
  out.set_scheme(judged.scheme);
  AddReasons(judged.appraisal.reasons, out);
  // What isn't known yet is no word about the device.
  if (accepted || dry_run || judged.appraisal.pending) return absl::OkStatus();
  // Only by its newest evidence: what came after this counts for itself.
  OTRP_ASSIGN_OR_RETURN(
      const int64_t refused,
      env.evidence.RefuseDevices({kept.did}, kept.at, judged.appraisal.reasons,
                                 snapshot.policy.version, now));
  out.set_withdrawn(refused > 0);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<KeptEvidence>> KeptOf(
    Env& env, const v1::ReappraiseEvidenceRequest& request,
    v1::ReappraiseEvidenceResponse& response) {
  if (request.appraisal_id() != 0) {
    OTRP_ASSIGN_OR_RETURN(KeptEvidence kept,
                          env.evidence.GetKept(request.appraisal_id()));
    return std::vector<KeptEvidence>{std::move(kept)};
  }
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_ASSIGN_OR_RETURN(const int64_t after, page.AfterNumber(0));
  OTRP_ASSIGN_OR_RETURN(std::vector<KeptEvidence> kept,
                        env.evidence.ListKept(after, page.limit()));
  page.Finish(kept, response, [](const KeptEvidence& one) {
    return absl::StrCat(one.appraisal_id);
  });
  return kept;
}

}  // namespace

absl::Status AppraiseEvidence(const rpc::CallContext& call, Env& env,
                              const v1::AppraiseEvidenceRequest& request,
                              v1::AppraiseEvidenceResponse& response) {
  v1::AppraiseResponse& result = *response.mutable_result();
  OTRP_RETURN_IF_ERROR(
      AppraiseToken(call, env, request.token(), /*tsm_id=*/"", result));
  return env.store.Audit(service::AuditOf(
      call, "evidence.appraise", HexEncode(result.did()), store::kAuditOk,
      service::AuditDetails()
          .Set("scheme", result.scheme())
          .Set("verdict", result.verdict() == v1::VERDICT_ACCEPTED
                              ? "accepted"
                              : "refused")));
}

absl::Status ReappraiseEvidence(const rpc::CallContext& call, Env& env,
                                const v1::ReappraiseEvidenceRequest& request,
                                v1::ReappraiseEvidenceResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> snapshot,
                        env.trust.Get());
  OTRP_ASSIGN_OR_RETURN(const attest::PolicySet policies,
                        PoliciesOf(request, *snapshot));
  OTRP_ASSIGN_OR_RETURN(const std::vector<KeptEvidence> kept,
                        KeptOf(env, request, response));
  int64_t withdrawn = 0;
  for (const KeptEvidence& one : kept) {
    v1::Reappraisal& out = *response.add_reappraisals();
    OTRP_RETURN_IF_ERROR(
        RejudgeOne(env, *snapshot, policies, request.dry_run(), one, out));
    withdrawn += out.withdrawn() ? 1 : 0;
  }
  response.set_dry_run(request.dry_run());
  if (request.dry_run()) {
    call.Changed(false);
    return absl::OkStatus();
  }
  return env.store.Audit(service::AuditOf(
      call, "evidence.reappraise",
      request.appraisal_id() == 0 ? "all"
                                  : absl::StrCat(request.appraisal_id()),
      store::kAuditOk,
      service::AuditDetails()
          .Set("judged", static_cast<int64_t>(kept.size()))
          .Set("withdrawn", withdrawn)));
}

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp
