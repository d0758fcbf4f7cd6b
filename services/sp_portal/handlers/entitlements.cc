#include "services/sp_portal/handlers/entitlements.h"

#include <string>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "libs/service/paging.h"
#include "services/sp_portal/domain/bearer.h"
#include "services/sp_portal/handlers/convert.h"
#include "services/sp_portal/handlers/tenancy.h"

namespace otrp {
namespace portal {
namespace handlers {

absl::Status GrantEntitlement(const rpc::CallContext& call, Env& env,
                              const v1::GrantEntitlementRequest& request,
                              v1::GrantEntitlementResponse& response) {
  OTRP_RETURN_IF_ERROR(service::CheckName("spid", request.spid()));
  Entitlement entitlement;
  OTRP_ASSIGN_OR_RETURN(entitlement.target, FromProto(request.target()));
  entitlement.id = NewId("ent_", env.random);
  entitlement.spid = request.spid();
  entitlement.granted_by = call.caller().ToString();
  entitlement.granted_at = env.clock.Now();
  const TargetWords words = WordsOf(entitlement.target);
  OTRP_ASSIGN_OR_RETURN(
      const Granted granted,
      env.store.Grant(entitlement,
                      service::AuditOf(call, "entitlement.grant",
                                       entitlement.spid, store::kAuditOk,
                                       service::AuditDetails()
                                           .Set("kind", words.kind)
                                           .Set("target", words.target))));
  call.Changed(granted.changed);
  ToProto(granted.entitlement, *response.mutable_entitlement());
  return absl::OkStatus();
}

absl::Status RevokeEntitlement(const rpc::CallContext& call, Env& env,
                               const v1::RevokeEntitlementRequest& request,
                               v1::RevokeEntitlementResponse& response) {
  const std::string& id = request.entitlement_id();
  OTRP_RETURN_IF_ERROR(service::CheckName("spid", request.spid()));
  OTRP_RETURN_IF_ERROR(service::CheckName("entitlement_id", id));
  OTRP_ASSIGN_OR_RETURN(
      const Revoked revoked,
      env.store.RevokeEntitlement(
          request.spid(), id, env.clock.Now(),
          service::AuditOf(call, "entitlement.revoke", request.spid(),
                           store::kAuditOk,
                           service::AuditDetails().Set("entitlement_id", id))));
  call.Changed(revoked.changed);
  response.set_assignments_left(revoked.assignments_left);
  return absl::OkStatus();
}

absl::Status ListEntitlements(const rpc::CallContext& call, Env& env,
                              const v1::ListEntitlementsRequest& request,
                              v1::ListEntitlementsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_RETURN_IF_ERROR(service::CheckName("spid", request.spid()));
  OTRP_RETURN_IF_ERROR(CheckTenant(call, request.spid()));
  OTRP_ASSIGN_OR_RETURN(
      std::vector<Entitlement> entitlements,
      env.store.ListEntitlements(request.spid(), page.after(), page.limit()));
  page.Finish(entitlements, response,
              [](const Entitlement& entitlement) { return entitlement.id; });
  for (const Entitlement& entitlement : entitlements) {
    ToProto(entitlement, *response.add_entitlements());
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp
