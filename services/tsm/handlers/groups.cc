#include "services/tsm/handlers/groups.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/repeated_field.h"
#include "libs/base/status_macros.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "services/tsm/errors.h"
#include "services/tsm/handlers/validate.h"
#include "services/tsm/limits.h"

namespace otrp {
namespace tsm {
namespace handlers {
namespace {

absl::StatusOr<std::vector<std::string>> CheckDids(
    const google::protobuf::RepeatedPtrField<std::string>& dids) {
  if (dids.empty() || dids.size() > kMaxGroupBatch) {
    return errors::BadBatch("dids", kMaxGroupBatch);
  }
  for (int i = 0; i < dids.size(); ++i) {
    OTRP_RETURN_IF_ERROR(
        service::CheckDid(absl::StrCat("dids[", i, "]"), dids[i]));
  }
  return std::vector<std::string>(dids.begin(), dids.end());
}

service::AuditDetails CountOf(const std::vector<std::string>& dids) {
  return service::AuditDetails().Set("dids", static_cast<int64_t>(dids.size()));
}

}  // namespace

absl::Status AddGroupMembers(const rpc::CallContext& call, Env& env,
                             const v1::AddGroupMembersRequest& request,
                             v1::AddGroupMembersResponse&) {
  OTRP_RETURN_IF_ERROR(service::CheckGroupName("group", request.group()));
  OTRP_ASSIGN_OR_RETURN(std::vector<std::string> dids,
                        CheckDids(request.dids()));
  return env.store.AddGroupMembers(
      request.group(), dids,
      service::AuditOf(call, "group.add", request.group(), store::kAuditOk,
                       CountOf(dids)));
}

absl::Status RemoveGroupMembers(const rpc::CallContext& call, Env& env,
                                const v1::RemoveGroupMembersRequest& request,
                                v1::RemoveGroupMembersResponse&) {
  OTRP_RETURN_IF_ERROR(service::CheckGroupName("group", request.group()));
  OTRP_ASSIGN_OR_RETURN(std::vector<std::string> dids,
                        CheckDids(request.dids()));
  const absl::Status status = env.store.RemoveGroupMembers(
      request.group(), dids,
      service::AuditOf(call, "group.remove", request.group(), store::kAuditOk,
                       CountOf(dids)));
  if (absl::IsNotFound(status)) return errors::NoSuchGroup();
  return status;
}

absl::Status ListGroups(const rpc::CallContext&, Env& env,
                        const v1::ListGroupsRequest&,
                        v1::ListGroupsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(std::vector<Group> groups, env.store.ListGroups());
  for (const Group& group : groups) {
    v1::Group* out = response.add_groups();
    out->set_name(group.name);
    out->set_members(group.members);
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace tsm
}  // namespace otrp
