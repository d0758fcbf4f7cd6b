#include "services/sp_portal/handlers/accounts.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "libs/service/paging.h"
#include "services/sp_portal/domain/bearer.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/handlers/access.h"
#include "services/sp_portal/handlers/tenancy.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace handlers {
namespace {

Decision DecisionOf(const rpc::CallContext& call, const Env& env,
                    const std::string& reason) {
  return {call.caller().ToString(), env.clock.Now(), reason};
}

// Both decisions answer with what it is now.
absl::Status Answer(Env& env, const std::string& id, v1::Registration& out) {
  OTRP_ASSIGN_OR_RETURN(const Registration registration,
                        env.access.GetRegistration(id));
  ToProto(registration, out);
  return absl::OkStatus();
}

}  // namespace

absl::Status Register(const rpc::CallContext& call, Env& env,
                      const v1::RegisterRequest& request,
                      v1::RegisterResponse& response) {
  OTRP_RETURN_IF_ERROR(service::CheckName("spid", request.spid()));
  OTRP_RETURN_IF_ERROR(CheckText("name", request.name()));
  OTRP_RETURN_IF_ERROR(CheckText("contact", request.contact()));
  Registration registration;
  registration.id = NewId("reg_", env.random);
  registration.spid = request.spid();
  registration.name = request.name();
  registration.contact = request.contact();
  registration.state = kPending;
  registration.registered_at = env.clock.Now();
  const Bearer code = NewBearer(kCodePrefix, env.random);
  OTRP_RETURN_IF_ERROR(env.access.Register(
      registration, code.sha256,
      service::AuditOf(call, "registration.create", registration.id,
                       store::kAuditOk,
                       service::AuditDetails()
                           .Set("spid", registration.spid)
                           .Set("name", registration.name))));
  ToProto(registration, *response.mutable_registration());
  response.set_code(code.secret);
  return absl::OkStatus();
}

absl::Status ListRegistrations(const rpc::CallContext&, Env& env,
                               const v1::ListRegistrationsRequest& request,
                               v1::ListRegistrationsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_ASSIGN_OR_RETURN(const int64_t after, page.AfterNumber(0));
  const std::string& state = request.state();
  if (!state.empty() && state != kPending && state != kApproved &&
      state != kRejected) {
    return errors::BadRegistrationState();
  }
  OTRP_ASSIGN_OR_RETURN(
      std::vector<Registration> registrations,
      env.access.ListRegistrations(state, after, page.limit()));
  page.Finish(registrations, response,
              [](const Registration& r) { return absl::StrCat(r.seq); });
  for (const Registration& registration : registrations) {
    ToProto(registration, *response.add_registrations());
  }
  return absl::OkStatus();
}

absl::Status ApproveRegistration(const rpc::CallContext& call, Env& env,
                                 const v1::ApproveRegistrationRequest& request,
                                 v1::ApproveRegistrationResponse& response) {
  const std::string& id = request.registration_id();
  OTRP_RETURN_IF_ERROR(service::CheckName("registration_id", id));
  OTRP_RETURN_IF_ERROR(CheckPerson(call));
  OTRP_ASSIGN_OR_RETURN(const Registration registration,
                        env.access.GetRegistration(id));
  Invitation invitation;
  invitation.id = NewId("inv_", env.random);
  invitation.expires_at = env.clock.Now() + kRegistrationCodeLife;
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.access.ApproveRegistration(
          id, DecisionOf(call, env, ""), invitation,
          service::AuditOf(
              call, "registration.approve", registration.spid, store::kAuditOk,
              service::AuditDetails().Set("registration_id", id))));
  call.Changed(change.changed);
  return Answer(env, id, *response.mutable_registration());
}

absl::Status RejectRegistration(const rpc::CallContext& call, Env& env,
                                const v1::RejectRegistrationRequest& request,
                                v1::RejectRegistrationResponse& response) {
  const std::string& id = request.registration_id();
  OTRP_RETURN_IF_ERROR(service::CheckName("registration_id", id));
  OTRP_RETURN_IF_ERROR(CheckText("reason", request.reason()));
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.access.RejectRegistration(
          id, DecisionOf(call, env, request.reason()),
          service::AuditOf(
              call, "registration.reject", id, store::kAuditOk,
              service::AuditDetails().Set("reason", request.reason()))));
  call.Changed(change.changed);
  return Answer(env, id, *response.mutable_registration());
}

absl::Status SuspendServiceProvider(
    const rpc::CallContext& call, Env& env,
    const v1::SuspendServiceProviderRequest& request,
    v1::SuspendServiceProviderResponse&) {
  OTRP_RETURN_IF_ERROR(service::CheckName("spid", request.spid()));
  OTRP_RETURN_IF_ERROR(CheckText("reason", request.reason()));
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.access.SetState(
          request.spid(), kSuspended, request.reason(),
          service::AuditOf(
              call, "sp.suspend", request.spid(), store::kAuditOk,
              service::AuditDetails().Set("reason", request.reason()))));
  call.Changed(change.changed);
  return absl::OkStatus();
}

absl::Status ResumeServiceProvider(
    const rpc::CallContext& call, Env& env,
    const v1::ResumeServiceProviderRequest& request,
    v1::ResumeServiceProviderResponse&) {
  OTRP_RETURN_IF_ERROR(service::CheckName("spid", request.spid()));
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.access.SetState(request.spid(), kActive, "",
                          service::AuditOf(call, "sp.resume", request.spid())));
  call.Changed(change.changed);
  return absl::OkStatus();
}

absl::Status CloseServiceProvider(
    const rpc::CallContext& call, Env& env,
    const v1::CloseServiceProviderRequest& request,
    v1::CloseServiceProviderResponse&) {
  OTRP_RETURN_IF_ERROR(service::CheckName("spid", request.spid()));
  OTRP_RETURN_IF_ERROR(CheckText("reason", request.reason()));
  OTRP_RETURN_IF_ERROR(CheckTenant(call, request.spid()));
  OTRP_RETURN_IF_ERROR(CheckPerson(call));
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.access.Close(
          request.spid(), request.reason(), env.clock.Now(),
          service::AuditOf(
              call, "sp.close", request.spid(), store::kAuditOk,
              service::AuditDetails().Set("reason", request.reason()))));
  call.Changed(change.changed);
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp
