#include "services/sp_portal/handlers/tenancy.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "libs/base/ids.h"
#include "libs/base/status_macros.h"
#include "libs/service/names.h"
#include "services/sp_portal/domain/access.h"
#include "services/sp_portal/errors.h"

namespace otrp {
namespace portal {
namespace handlers {
namespace {

bool IsOperator(const rpc::CallContext& call) {
  return call.caller().kind == rpc::CallerKind::kOperator;
}

// A token may name an application before it is there, and so in another
// spelling than what is kept.
bool HasApplication(const rpc::Identity& caller, const std::string& taid) {
  return caller.HasApplication(taid) ||
         (IsUuid(taid) && std::any_of(caller.taids.begin(), caller.taids.end(),
                                      [&](const std::string& own) {
                                        return absl::EqualsIgnoreCase(own,
                                                                      taid);
                                      }));
}

}  // namespace

absl::Status CheckTenant(const rpc::CallContext& call, absl::string_view spid) {
  if (call.caller().kind == rpc::CallerKind::kSp &&
      call.caller().name != spid) {
    return errors::SpNotFound(spid);
  }
  return absl::OkStatus();
}

absl::Status CheckActive(const std::string& spid, const std::string& state) {
  return state == kActive ? absl::OkStatus() : errors::SpNotActive(spid, state);
}

absl::Status CheckActive(const AppVersion& version) {
  OTRP_RETURN_IF_ERROR(CheckActive(version.spid, version.sp_state));
  return version.deleted_at.has_value()
             ? errors::VersionDeleted(version.version)
             : absl::OkStatus();
}

absl::Status CheckActive(Env& env, const std::string& spid) {
  OTRP_ASSIGN_OR_RETURN(const std::string state, env.store.GetSpState(spid));
  return CheckActive(spid, state);
}

absl::Status CheckMayTakeAway(const rpc::CallContext& call,
                              const AppVersion& version) {
  return IsOperator(call) ? absl::OkStatus()
                          : CheckActive(version.spid, version.sp_state);
}

absl::Status CheckMayTakeAway(const rpc::CallContext& call, Env& env,
                              const std::string& spid) {
  OTRP_ASSIGN_OR_RETURN(const std::string state, env.store.GetSpState(spid));
  return IsOperator(call) ? absl::OkStatus() : CheckActive(spid, state);
}

absl::StatusOr<std::string> TaidFor(const rpc::CallContext& call, Env& env,
                                    const std::string& spid,
                                    const std::string& taid) {
  OTRP_RETURN_IF_ERROR(service::CheckName("spid", spid));
  OTRP_RETURN_IF_ERROR(service::CheckName("taid", taid));
  OTRP_RETURN_IF_ERROR(CheckTenant(call, spid));
  if (!HasApplication(call.caller(), taid)) return errors::AppNotFound(taid);
  return env.store.SpellingOf(spid, taid);
}

absl::StatusOr<AppVersion> VersionOf(const rpc::CallContext& call, Env& env,
                                     const std::string& spid,
                                     const std::string& taid,
                                     const std::string& version) {
  OTRP_ASSIGN_OR_RETURN(const std::string kept, TaidFor(call, env, spid, taid));
  OTRP_ASSIGN_OR_RETURN(const service::Version asked,
                        service::Version::Parse(version));
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

absl::StatusOr<Visible> VisibleTo(const rpc::CallContext& call,
                                  const std::string& asked) {
  if (!asked.empty()) {
    OTRP_RETURN_IF_ERROR(service::CheckName("spid", asked));
  }
  Visible visible;
  OTRP_ASSIGN_OR_RETURN(visible.spid, VisibleSpid(call, asked));
  visible.taids = call.caller().taids;
  for (const std::string& taid : visible.taids) {
    if (IsUuid(taid)) visible.uuids.push_back(absl::AsciiStrToLower(taid));
  }
  return visible;
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp
