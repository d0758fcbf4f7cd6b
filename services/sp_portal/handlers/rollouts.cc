#include "services/sp_portal/handlers/rollouts.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/time.h"
#include "libs/service/paging.h"
#include "services/sp_portal/handlers/tenancy.h"

namespace otrp {
namespace portal {
namespace handlers {
namespace {

// Names have no '/'.
std::string PageKey(const Rollout& last) {
  return absl::StrCat(last.spid, "/", last.taid, "/", last.version);
}

absl::StatusOr<RolloutStore::Position> PositionOf(const std::string& key) {
  if (key.empty()) return RolloutStore::Position();
  const std::vector<std::string> parts = absl::StrSplit(key, '/');
  if (parts.size() != 3) return service::BadPageToken();
  return RolloutStore::Position{parts[0], parts[1], parts[2]};
}

}  // namespace

absl::Status ListRollouts(const rpc::CallContext& call, Env& env,
                          const v1::ListRolloutsRequest& request,
                          v1::ListRolloutsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_ASSIGN_OR_RETURN(const RolloutStore::Position after,
                        PositionOf(page.after()));
  OTRP_ASSIGN_OR_RETURN(const Visible visible, VisibleTo(call, request.spid()));
  // Of everybody's, as it is written.
  std::string taid = request.taid();
  if (!taid.empty() && !visible.spid.empty()) {
    OTRP_ASSIGN_OR_RETURN(taid,
                          TaidFor(call, env, visible.spid, request.taid()));
  }
  OTRP_ASSIGN_OR_RETURN(std::vector<Rollout> rollouts,
                        env.rollouts.List(visible, taid, after, page.limit()));
  page.Finish(rollouts, response, &PageKey);
  for (const Rollout& rollout : rollouts) {
    v1::Rollout& out = *response.add_rollouts();
    out.set_spid(rollout.spid);
    out.set_taid(rollout.taid);
    out.set_version(rollout.version);
    out.set_devices(rollout.devices);
    out.set_failures(rollout.failures);
    *out.mutable_changed_at() = rpc::ToProto(rollout.changed_at);
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp
