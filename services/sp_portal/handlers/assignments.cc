#include "services/sp_portal/handlers/assignments.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/service/audit.h"
#include "libs/service/channel.h"
#include "libs/service/names.h"
#include "libs/service/paging.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/handlers/convert.h"
#include "services/sp_portal/handlers/events.h"
#include "services/sp_portal/handlers/tenancy.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace handlers {
namespace {

PortalStore::By ByOf(const rpc::CallContext& call) {
  return call.caller().kind == rpc::CallerKind::kSp
             ? PortalStore::By::kSp
             : PortalStore::By::kOperator;
}

// Assign and Unassign differ in one bit, and in that the channel is nothing to
// the latter.
absl::StatusOr<bool> SetAssignment(const rpc::CallContext& call, Env& env,
                                   const std::string& spid,
                                   const std::string& asked_taid,
                                   const v1::Target& target,
                                   service::Channel channel, bool assigned) {
  Assignment assignment;
  OTRP_ASSIGN_OR_RETURN(const std::string taid,
                        TaidFor(call, env, spid, asked_taid));
  OTRP_ASSIGN_OR_RETURN(assignment.target, FromProto(target));
  OTRP_RETURN_IF_ERROR(assigned ? CheckActive(env, spid)
                                : CheckMayTakeAway(call, env, spid));
  assignment.spid = spid;
  assignment.taid = taid;
  assignment.assigned_at = env.clock.Now();
  assignment.channel = channel;

  tsm::v1::ApplyRequest event;
  auto* changed = channel == service::Channel::kStable
                      ? event.mutable_assignment_changed()
                      : event.mutable_channel_assignment_changed();
  changed->set_spid(spid);
  changed->set_taid(taid);
  changed->set_assigned(assigned);
  changed->set_channel(service::ChannelName(channel));
  ToProto(assignment.target, *changed);
  const std::string key = absl::StrCat(spid, "/", taid);
  const store::OutboxMessage message =
      NewMessage(call, env, key, std::move(event));
  const TargetWords words = WordsOf(assignment.target);
  const store::AuditEvent audit = service::AuditOf(
      call, assigned ? "ta.assign" : "ta.unassign", key, store::kAuditOk,
      service::AuditDetails()
          .Set("kind", words.kind)
          .Set("target", words.target)
          .Set("channel", service::ChannelName(channel)));
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      assigned ? env.store.Assign(assignment, ByOf(call), message, audit)
               : env.store.Unassign(assignment, message, audit));
  return Finish(call, env, change);
}

}  // namespace

absl::Status Assign(const rpc::CallContext& call, Env& env,
                    const v1::AssignRequest& request,
                    v1::AssignResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Channel channel,
                        service::ParseChannel(request.channel()));
  OTRP_ASSIGN_OR_RETURN(const bool delivered,
                        SetAssignment(call, env, request.spid(), request.taid(),
                                      request.target(), channel, true));
  response.set_delivered(delivered);
  return absl::OkStatus();
}

absl::Status Unassign(const rpc::CallContext& call, Env& env,
                      const v1::UnassignRequest& request,
                      v1::UnassignResponse& response) {
  OTRP_ASSIGN_OR_RETURN(
      const bool delivered,
      SetAssignment(call, env, request.spid(), request.taid(), request.target(),
                    service::Channel::kStable, false));
  response.set_delivered(delivered);
  return absl::OkStatus();
}

absl::Status ListAssignments(const rpc::CallContext& call, Env& env,
                             const v1::ListAssignmentsRequest& request,
                             v1::ListAssignmentsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_ASSIGN_OR_RETURN(const int64_t after, page.AfterNumber(0));
  OTRP_ASSIGN_OR_RETURN(const Visible visible, VisibleTo(call, request.spid()));
  OTRP_ASSIGN_OR_RETURN(
      std::vector<Assignment> assignments,
      env.store.ListAssignments(visible, after, page.limit()));
  page.Finish(assignments, response, [](const Assignment& assignment) {
    return absl::StrCat(assignment.id);
  });
  for (const Assignment& assignment : assignments) {
    ToProto(assignment, *response.add_assignments());
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp
