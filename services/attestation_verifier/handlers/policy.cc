#include "services/attestation_verifier/handlers/policy.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/service/audit.h"
#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/handlers/convert.h"
#include "services/attestation_verifier/storage/json_columns.h"

namespace otrp {
namespace verifier {
namespace handlers {

absl::Status GetPolicy(const rpc::CallContext&, Env& env,
                       const v1::GetPolicyRequest&,
                       v1::GetPolicyResponse& response) {
  // The store's, not the holder's: what expected_version is held against.
  OTRP_ASSIGN_OR_RETURN(VersionedPolicy current, env.store.LoadPolicy());
  ToProto(current.policy, *response.mutable_policy());
  response.set_version(current.version);
  return absl::OkStatus();
}

absl::Status SetPolicy(const rpc::CallContext& call, Env& env,
                       const v1::SetPolicyRequest& request,
                       v1::SetPolicyResponse& response) {
  if (env.four_eyes) return errors::NeedsTwoPeople();
  if (!request.has_policy()) return errors::PolicyMissing();
  attest::Policy policy = FromProto(request.policy());
  OTRP_RETURN_IF_ERROR(attest::CheckPolicy(policy));
  OTRP_ASSIGN_OR_RETURN(
      int64_t version,
      env.store.SetPolicy(
          policy, request.expected_version(),
          service::AuditOf(call, "policy.set", "policy", store::kAuditOk,
                           PolicyToJson(policy))));
  env.trust.SetPolicy({std::move(policy), version});
  response.set_version(version);
  return absl::OkStatus();
}

absl::Status Refresh(const rpc::CallContext& call, Env& env,
                     const v1::RefreshRequest&, v1::RefreshResponse& response) {
  std::vector<std::string> problems;
  OTRP_RETURN_IF_ERROR(env.updater.PullTrust(&problems));
  OTRP_RETURN_IF_ERROR(env.updater.PullPolicy());
  OTRP_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> snapshot,
                        env.trust.Get());
  OTRP_RETURN_IF_ERROR(env.store.Audit(service::AuditOf(
      call, "trust.refresh", absl::StrCat(snapshot->copy.version))));
  response.set_anchors_version(snapshot->copy.version);
  response.set_anchors(static_cast<int32_t>(snapshot->copy.anchors.size()));
  response.set_crls(static_cast<int32_t>(snapshot->copy.crls.size()));
  response.mutable_problems()->Assign(problems.begin(), problems.end());
  return absl::OkStatus();
}

absl::Status ListActiveTrustAnchors(
    const rpc::CallContext&, Env& env, const v1::ListActiveTrustAnchorsRequest&,
    v1::ListActiveTrustAnchorsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> snapshot,
                        env.trust.Get());
  for (const Anchor& anchor : snapshot->copy.anchors) {
    v1::ActiveTrustAnchor* entry = response.add_anchors();
    entry->set_role(anchor.role == AnchorRole::kTee ? common::v1::ROLE_TEE
                                                    : common::v1::ROLE_TFW);
    entry->set_name(anchor.name);
    entry->set_certificate_der(anchor.certificate_der);
    entry->mutable_accepted_ekus()->Assign(anchor.ekus.begin(),
                                           anchor.ekus.end());
  }
  response.set_version(snapshot->copy.version);
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp
