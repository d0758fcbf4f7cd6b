#include "services/attestation_verifier/handlers/policies.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/attest/judge.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/paging.h"
#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/handlers/convert.h"
#include "services/attestation_verifier/limits.h"
#include "services/attestation_verifier/storage/json_columns.h"

namespace otrp {
namespace verifier {
namespace handlers {
namespace {

// What the policy would do to devices with this TEE.
absl::Status TestOne(Env& env, const Snapshot& snapshot,
                     const attest::PolicySet& policies, const TeeOfDevices& tee,
                     v1::TestPolicyResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const int64_t devices,
                        env.references.CountAccepted(tee));
  response.set_accepted_devices(response.accepted_devices() + devices);
  const attest::Judgement judged =
      attest::JudgeTee({tee.anchor, tee.tee_name, tee.tee_version}, policies,
                       snapshot.references);
  if (judged.refusals.empty()) return absl::OkStatus();
  response.set_refused_devices(response.refused_devices() + devices);
  if (response.refused_size() >= kTeesAtOnce) return absl::OkStatus();
  v1::RefusedTee* refused = response.add_refused();
  refused->set_anchor(tee.anchor);
  refused->set_tee_name(tee.tee_name);
  refused->set_tee_version(tee.tee_version);
  refused->set_devices(devices);
  AddReasons(judged.refusals, *refused);
  return absl::OkStatus();
}

// Where the page begins: "micros hex".
absl::Status ReadPlace(const std::string& after, OverduePlace* place) {
  if (after.empty()) return absl::OkStatus();
  const std::vector<std::string> parts = absl::StrSplit(after, ' ');
  int64_t micros = 0;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &micros)) {
    return service::BadPageToken();
  }
  const absl::StatusOr<std::string> did = HexDecode(parts[1]);
  if (!did.ok()) return service::BadPageToken();
  *place = {absl::FromUnixMicros(micros), *did};
  return absl::OkStatus();
}

}  // namespace

absl::Status ListPolicyVersions(const rpc::CallContext&, Env& env,
                                const v1::ListPolicyVersionsRequest& request,
                                v1::ListPolicyVersionsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_ASSIGN_OR_RETURN(const int64_t before, page.AfterNumber(0));
  OTRP_ASSIGN_OR_RETURN(std::vector<SetPolicyVersion> versions,
                        env.store.ListPolicies(before, page.limit()));
  page.Finish(versions, response, [](const SetPolicyVersion& version) {
    return absl::StrCat(version.version);
  });
  for (const SetPolicyVersion& version : versions) {
    v1::PolicyVersion* entry = response.add_versions();
    entry->set_version(version.version);
    ToProto(version.policy, *entry->mutable_policy());
    entry->set_set_by(version.set_by);
    *entry->mutable_set_at() = rpc::ToProto(version.set_at);
  }
  return absl::OkStatus();
}

absl::Status TestPolicy(const rpc::CallContext& call, Env& env,
                        const v1::TestPolicyRequest& request,
                        v1::TestPolicyResponse& response) {
  call.Changed(false);
  if (!request.has_policy()) return errors::PolicyMissing();
  const attest::Policy policy = FromProto(request.policy());
  OTRP_RETURN_IF_ERROR(attest::CheckPolicy(policy));
  OTRP_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> snapshot,
                        env.trust.Get());
  const attest::PolicySet policies =
      snapshot->policies.With({attest::PolicyScope(), 0, policy});
  TeeOfDevices after;
  for (;;) {
    OTRP_ASSIGN_OR_RETURN(const std::vector<TeeOfDevices> tees,
                          env.references.AcceptedTees(after, kTeesAtOnce));
    for (const TeeOfDevices& tee : tees) {
      OTRP_RETURN_IF_ERROR(TestOne(env, *snapshot, policies, tee, response));
    }
    if (tees.size() < kTeesAtOnce) return absl::OkStatus();
    after = tees.back();
  }
}

absl::Status RollBackPolicy(const rpc::CallContext& call, Env& env,
                            const v1::RollBackPolicyRequest& request,
                            v1::RollBackPolicyResponse& response) {
  if (env.four_eyes) return errors::NeedsTwoPeople();
  if (request.version() <= 0) return errors::NoSuchPolicy(request.version());
  OTRP_ASSIGN_OR_RETURN(const std::vector<SetPolicyVersion> found,
                        env.store.ListPolicies(request.version() + 1, 1));
  if (found.empty() || found[0].version != request.version()) {
    return errors::NoSuchPolicy(request.version());
  }
  OTRP_ASSIGN_OR_RETURN(
      const int64_t version,
      env.store.SetPolicy(
          found[0].policy, request.expected_version(),
          service::AuditOf(call, "policy.roll_back", "policy", store::kAuditOk,
                           service::AuditDetails()
                               .Set("to_version", request.version())
                               .Set("policy", PolicyToJson(found[0].policy)))));
  env.trust.SetPolicy({found[0].policy, version});
  response.set_version(version);
  return absl::OkStatus();
}

absl::Status ListOverdueDevices(const rpc::CallContext&, Env& env,
                                const v1::ListOverdueDevicesRequest& request,
                                v1::ListOverdueDevicesResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OverduePlace after;
  OTRP_RETURN_IF_ERROR(ReadPlace(page.after(), &after));
  OTRP_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> snapshot,
                        env.trust.Get());
  const absl::Duration within =
      absl::Hours(snapshot->policy.policy.attest_by_hours);
  if (within == absl::ZeroDuration()) return absl::OkStatus();
  OTRP_ASSIGN_OR_RETURN(
      std::vector<AppraisalRecord> devices,
      env.store.ListOverdue(env.clock.Now() - within, after, page.limit()));
  page.Finish(devices, response, [](const AppraisalRecord& device) {
    return absl::StrCat(absl::ToUnixMicros(device.at), " ",
                        HexEncode(device.did));
  });
  for (const AppraisalRecord& device : devices) {
    v1::OverdueDevice* entry = response.add_devices();
    entry->set_did(device.did);
    *entry->mutable_attested_at() = rpc::ToProto(device.at);
    *entry->mutable_due_at() = rpc::ToProto(device.at + within);
    entry->set_tee_name(device.claims.tee_name);
    entry->set_anchor(device.claims.tee_anchor);
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp
