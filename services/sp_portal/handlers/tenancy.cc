#include "services/sp_portal/handlers/tenancy.h"

#include "libs/base/status_macros.h"
#include "libs/service/names.h"
#include "services/sp_portal/domain/access.h"
#include "services/sp_portal/errors.h"

namespace otrp {
namespace portal {
namespace handlers {

absl::Status CheckTenant(const rpc::CallContext& call, absl::string_view spid) {
  if (call.caller().kind == rpc::CallerKind::kSp &&
      call.caller().name != spid) {
    return errors::SpNotFound(spid);
  }
  return absl::OkStatus();
}

absl::Status CheckActive(const Sp& sp) {
  return sp.state == kActive ? absl::OkStatus()
                             : errors::SpNotActive(sp.spid, sp.state);
}

absl::Status CheckMayTakeAway(const rpc::CallContext& call, const Sp& sp) {
  return call.caller().kind == rpc::CallerKind::kOperator ? absl::OkStatus()
                                                          : CheckActive(sp);
}

absl::StatusOr<std::string> TaidFor(const rpc::CallContext& call, Env& env,
                                    const std::string& spid,
                                    const std::string& taid) {
  OTRP_RETURN_IF_ERROR(service::CheckName("spid", spid));
  OTRP_RETURN_IF_ERROR(service::CheckName("taid", taid));
  OTRP_RETURN_IF_ERROR(CheckTenant(call, spid));
  OTRP_ASSIGN_OR_RETURN(std::string kept, env.store.SpellingOf(spid, taid));
  if (!call.caller().HasApplication(kept) &&
      !call.caller().HasApplication(taid)) {
    return errors::AppNotFound(taid);
  }
  return kept;
}

absl::StatusOr<AppVersion> VersionOf(const rpc::CallContext& call, Env& env,
                                     const std::string& spid,
                                     const std::string& taid,
                                     const std::string& version) {
  OTRP_ASSIGN_OR_RETURN(const std::string kept, TaidFor(call, env, spid, taid));
  OTRP_ASSIGN_OR_RETURN(const service::Version asked,
                        service::Version::Parse(version));
  OTRP_RETURN_IF_ERROR(env.store.GetSp(spid).status());
  return env.store.GetVersion(spid, kept, asked);
}

absl::StatusOr<std::string> VisibleSpid(const rpc::CallContext& call,
                                        const std::string& asked) {
  if (call.caller().kind != rpc::CallerKind::kSp) return asked;
  if (!asked.empty() && asked != call.caller().name) {
    return errors::SpNotFound(asked);
  }
  return call.caller().name;
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp
