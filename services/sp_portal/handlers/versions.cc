#include "services/sp_portal/handlers/versions.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/service/audit.h"
#include "services/sp_portal/domain/names.h"
#include "services/sp_portal/handlers/convert.h"
#include "services/sp_portal/handlers/events.h"
#include "services/sp_portal/handlers/evidence.h"
#include "services/sp_portal/handlers/tenancy.h"

namespace otrp {
namespace portal {
namespace handlers {
namespace {

// "bank/pay", as the events' key and the audit's subject.
std::string KeyOf(const AppVersion& version) {
  return absl::StrCat(version.spid, "/", version.taid);
}

}  // namespace

absl::Status GetVersion(const rpc::CallContext& call, Env& env,
                        const v1::GetVersionRequest& request,
                        v1::GetVersionResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const AppVersion version,
                        VersionFor(call, env, request));
  OTRP_ASSIGN_OR_RETURN(const absl::optional<Review> review,
                        env.store.LatestReview(version));
  OTRP_RETURN_IF_ERROR(
      FillEvidence(env, version, request.documents(), response));
  OTRP_ASSIGN_OR_RETURN(const std::string manifest,
                        env.store.GetManifest(version));
  if (!manifest.empty() &&
      !response.mutable_manifest()->ParseFromString(manifest)) {
    return absl::DataLossError("a version's manifest can't be read");
  }
  ToProto(version, *response.mutable_version());
  if (review.has_value()) {
    ToProto(*review, call.caller(), *response.mutable_review());
  }
  return absl::OkStatus();
}

absl::Status DeprecateVersion(const rpc::CallContext& call, Env& env,
                              const v1::DeprecateVersionRequest& request,
                              v1::DeprecateVersionResponse& response) {
  OTRP_RETURN_IF_ERROR(
      CheckRemark("message", request.message(), /*may_be_empty=*/true));
  OTRP_ASSIGN_OR_RETURN(AppVersion version, VersionFor(call, env, request));
  OTRP_RETURN_IF_ERROR(CheckActive(version));
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.store.Deprecate(
          version, request.message(),
          service::AuditOf(call, "ta.deprecate", KeyOf(version),
                           store::kAuditOk,
                           service::AuditDetails()
                               .Set("version", version.version)
                               .Set("message", request.message()))));
  call.Changed(change.changed);
  version.deprecation = request.message();
  ToProto(version, *response.mutable_version());
  return absl::OkStatus();
}

absl::Status YankVersion(const rpc::CallContext& call, Env& env,
                         const v1::YankVersionRequest& request,
                         v1::YankVersionResponse& response) {
  OTRP_RETURN_IF_ERROR(
      CheckRemark("reason", request.reason(), /*may_be_empty=*/false));
  OTRP_ASSIGN_OR_RETURN(AppVersion version, VersionFor(call, env, request));
  OTRP_RETURN_IF_ERROR(CheckMayTakeAway(call, version));
  tsm::v1::ApplyRequest event;
  auto* yanked = event.mutable_version_yanked();
  yanked->set_spid(version.spid);
  yanked->set_taid(version.taid);
  yanked->set_version(version.version);
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.store.Yank(
          version, request.reason(),
          NewMessage(call, env, KeyOf(version), std::move(event)),
          service::AuditOf(call, "ta.yank", KeyOf(version), store::kAuditOk,
                           service::AuditDetails()
                               .Set("version", version.version)
                               .Set("reason", request.reason()))));
  response.set_delivered(Finish(call, env, change));
  version.yank_reason = request.reason();
  ToProto(version, *response.mutable_version());
  return absl::OkStatus();
}

absl::Status DeleteVersion(const rpc::CallContext& call, Env& env,
                           const v1::DeleteVersionRequest& request,
                           v1::DeleteVersionResponse& response) {
  OTRP_ASSIGN_OR_RETURN(AppVersion version, VersionFor(call, env, request));
  OTRP_RETURN_IF_ERROR(CheckMayTakeAway(call, version));
  if (!version.deleted_at.has_value()) version.deleted_at = env.clock.Now();
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.store.DeleteVersion(
          version, call.caller().ToString(),
          service::AuditOf(
              call, "ta.delete_version", KeyOf(version), store::kAuditOk,
              service::AuditDetails().Set("version", version.version))));
  call.Changed(change.changed);
  ToProto(version, *response.mutable_version());
  return absl::OkStatus();
}

absl::Status DeleteApplication(const rpc::CallContext& call, Env& env,
                               const v1::DeleteApplicationRequest& request,
                               v1::DeleteApplicationResponse& response) {
  const std::string& spid = request.spid();
  OTRP_ASSIGN_OR_RETURN(const std::string taid,
                        TaidFor(call, env, spid, request.taid()));
  OTRP_RETURN_IF_ERROR(CheckMayTakeAway(call, env, spid));
  OTRP_ASSIGN_OR_RETURN(
      const Deleted deleted,
      env.store.DeleteApp(
          spid, taid, env.clock.Now(), call.caller().ToString(),
          service::AuditOf(call, "ta.delete", absl::StrCat(spid, "/", taid))));
  call.Changed(deleted.changed);
  response.set_versions(deleted.versions);
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp
