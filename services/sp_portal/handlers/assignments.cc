#include "services/sp_portal/handlers/assignments.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/service/audit.h"
#include "libs/service/paging.h"
#include "services/sp_portal/domain/names.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/handlers/common.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace {

constexpr char kAll[] = "all";
constexpr char kDid[] = "did";
constexpr char kGroup[] = "group";

absl::Status ReadTarget(const v1::Target& target, Assignment* out) {
  switch (target.kind_case()) {
    case v1::Target::kAllDevices:
      if (!target.all_devices()) return errors::BadTarget();
      out->kind = kAll;
      return absl::OkStatus();
    case v1::Target::kDid:
      if (target.did().size() != kDidBytes) return errors::BadTarget();
      out->kind = kDid;
      out->target = absl::BytesToHexString(target.did());
      return absl::OkStatus();
    case v1::Target::kGroup:
      if (!CheckId("group", target.group()).ok() || target.group() == kAll) {
        return errors::BadTarget();
      }
      out->kind = kGroup;
      out->target = target.group();
      return absl::OkStatus();
    case v1::Target::KIND_NOT_SET: break;
  }
  return errors::BadTarget();
}

template <typename Message>
void FillTarget(const Assignment& assignment, Message* out) {
  if (assignment.kind == kAll) {
    out->set_all_devices(true);
  } else if (assignment.kind == kDid) {
    out->set_did(absl::HexStringToBytes(assignment.target));
  } else {
    out->set_group(assignment.target);
  }
}

// Assign and Unassign differ in one bit.
absl::StatusOr<bool> SetAssignment(const rpc::CallContext& call, Env& env,
                                   const std::string& spid,
                                   const std::string& taid,
                                   const v1::Target& target, bool assigned) {
  OTRP_RETURN_IF_ERROR(CheckId("spid", spid));
  OTRP_RETURN_IF_ERROR(CheckId("taid", taid));
  Assignment assignment;
  OTRP_RETURN_IF_ERROR(ReadTarget(target, &assignment));
  OTRP_RETURN_IF_ERROR(CheckTenant(call, spid));
  OTRP_RETURN_IF_ERROR(env.store.GetSp(spid).status());
  assignment.spid = spid;
  assignment.taid = taid;
  assignment.assigned_at = env.clock.Now();

  tsm::v1::ApplyRequest event;
  auto* changed = event.mutable_assignment_changed();
  changed->set_spid(spid);
  changed->set_taid(taid);
  changed->set_assigned(assigned);
  FillTarget(assignment, changed);
  const std::string key = absl::StrCat(spid, "/", taid);
  const store::OutboxMessage message =
      NewMessage(call, env, key, std::move(event));
  const store::AuditEvent audit = service::AuditOf(
      call, assigned ? "ta.assign" : "ta.unassign", key, store::kAuditOk,
      service::AuditDetails()
          .Set("kind", assignment.kind)
          .Set("target", assignment.target));
  OTRP_ASSIGN_OR_RETURN(const Change change,
                        assigned
                            ? env.store.Assign(assignment, message, audit)
                            : env.store.Unassign(assignment, message, audit));
  return Finish(call, env, change);
}

}  // namespace

absl::Status Assign(const rpc::CallContext& call, Env& env,
                    const v1::AssignRequest& request,
                    v1::AssignResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const bool delivered,
                        SetAssignment(call, env, request.spid(), request.taid(),
                                      request.target(), true));
  response.set_delivered(delivered);
  return absl::OkStatus();
}

absl::Status Unassign(const rpc::CallContext& call, Env& env,
                      const v1::UnassignRequest& request,
                      v1::UnassignResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const bool delivered,
                        SetAssignment(call, env, request.spid(), request.taid(),
                                      request.target(), false));
  response.set_delivered(delivered);
  return absl::OkStatus();
}

absl::Status ListAssignments(const rpc::CallContext& call, Env& env,
                             const v1::ListAssignmentsRequest& request,
                             v1::ListAssignmentsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_ASSIGN_OR_RETURN(const int64_t after, page.AfterNumber(0));
  OTRP_ASSIGN_OR_RETURN(const std::string visible, VisibleSpid(call, ""));
  OTRP_ASSIGN_OR_RETURN(
      std::vector<Assignment> assignments,
      env.store.ListAssignments(visible, after, page.limit()));
  page.Finish(assignments, response, [](const Assignment& assignment) {
    return absl::StrCat(assignment.id);
  });
  for (const Assignment& assignment : assignments) {
    v1::Assignment* out = response.add_assignments();
    out->set_spid(assignment.spid);
    out->set_taid(assignment.taid);
    FillTarget(assignment, out->mutable_target());
    FillTimestamp(assignment.assigned_at, out->mutable_assigned_at());
  }
  return absl::OkStatus();
}

}  // namespace portal
}  // namespace otrp
