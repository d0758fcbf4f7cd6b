#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "otrp/portal/v1/access.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::portal::v1;

constexpr char kShownOnce[] =
    "keep it now: it is shown this once, and nobody can read it back";

json::Value RegistrationValue(const v1::Registration& registration) {
  json::Value value = json::Value::Object();
  value.Set("registration_id",
            json::Value::String(registration.registration_id()));
  value.Set("spid", json::Value::String(registration.spid()));
  value.Set("name", json::Value::String(registration.name()));
  value.Set("contact", json::Value::String(registration.contact()));
  value.Set("state", json::Value::String(registration.state()));
  value.Set("registered_at", Time(registration.registered_at(),
                                  registration.has_registered_at()));
  value.Set("decided_by", json::Value::String(registration.decided_by()));
  value.Set("decided_at",
            Time(registration.decided_at(), registration.has_decided_at()));
  value.Set("reason", json::Value::String(registration.reason()));
  return value;
}

absl::StatusOr<Result> SpRegister(const cli::Args& args,
                                  Connections& connections) {
  v1::RegisterRequest request;
  request.set_spid(args.Get("spid"));
  request.set_name(args.Get("name"));
  request.set_contact(args.Get("contact"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::RegisterResponse response,
      connections.Call<v1::Accounts>(Service::kPortal,
                                     &v1::Accounts::Stub::Register, request));
  Result result;
  result.value = RegistrationValue(response.registration());
  result.value.Set("code", json::Value::String(response.code()));
  result.notes.push_back(kShownOnce);
  return result;
}

absl::StatusOr<Result> RegistrationList(const cli::Args& args,
                                        Connections& connections) {
  v1::ListRegistrationsRequest request;
  request.set_state(args.Get("state"));
  ListShape shape;
  shape.list = "registrations";
  shape.columns = {{"ID", "registration_id"}, {"SPID", "spid"},
                   {"NAME", "name"},          {"CONTACT", "contact"},
                   {"STATE", "state"},        {"SINCE", "registered_at"}};
  shape.time = "registered_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::Accounts>(
      connections, Service::kPortal, &v1::Accounts::Stub::ListRegistrations,
      request,
      [](const v1::ListRegistrationsResponse& response) -> const auto& {
        return response.registrations();
      },
      RegistrationValue, &selection));
  return selection.ToResult();
}

absl::StatusOr<Result> SpApprove(const cli::Args& args,
                                 Connections& connections) {
  v1::ApproveRegistrationRequest request;
  request.set_registration_id(args.Get("id"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::ApproveRegistrationResponse response,
      connections.Call<v1::Accounts>(
          Service::kPortal, &v1::Accounts::Stub::ApproveRegistration, request));
  Result result;
  result.value = RegistrationValue(response.registration());
  return result;
}

absl::StatusOr<Result> SpReject(const cli::Args& args,
                                Connections& connections) {
  v1::RejectRegistrationRequest request;
  request.set_registration_id(args.Get("id"));
  request.set_reason(args.Get("reason"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::RejectRegistrationResponse response,
      connections.Call<v1::Accounts>(
          Service::kPortal, &v1::Accounts::Stub::RejectRegistration, request));
  Result result;
  result.value = RegistrationValue(response.registration());
  return result;
}

Result StateResult(const cli::Args& args, const char* state) {
  Result result;
  result.value.Set("spid", json::Value::String(args.Get("spid")));
  result.value.Set("state", json::Value::String(state));
  return result;
}

absl::StatusOr<Result> SpSuspend(const cli::Args& args,
                                 Connections& connections) {
  v1::SuspendServiceProviderRequest request;
  request.set_spid(args.Get("spid"));
  request.set_reason(args.Get("reason"));
  OTRP_RETURN_IF_ERROR(
      connections
          .Call<v1::Accounts>(Service::kPortal,
                              &v1::Accounts::Stub::SuspendServiceProvider,
                              request)
          .status());
  return StateResult(args, "suspended");
}

absl::StatusOr<Result> SpResume(const cli::Args& args,
                                Connections& connections) {
  v1::ResumeServiceProviderRequest request;
  request.set_spid(args.Get("spid"));
  OTRP_RETURN_IF_ERROR(
      connections
          .Call<v1::Accounts>(Service::kPortal,
                              &v1::Accounts::Stub::ResumeServiceProvider,
                              request)
          .status());
  return StateResult(args, "active");
}

absl::StatusOr<Result> SpClose(const cli::Args& args,
                               Connections& connections) {
  v1::CloseServiceProviderRequest request;
  request.set_spid(args.Get("spid"));
  request.set_reason(args.Get("reason"));
  OTRP_RETURN_IF_ERROR(
      connections
          .Call<v1::Accounts>(Service::kPortal,
                              &v1::Accounts::Stub::CloseServiceProvider,
                              request)
          .status());
  return StateResult(args, "closed");
}

absl::StatusOr<Result> SpInvite(const cli::Args& args,
                                Connections& connections) {
  v1::CreateInvitationRequest request;
  request.set_spid(args.Get("spid"));
  request.set_role(args.Get("role"));
  OTRP_ASSIGN_OR_RETURN(const int64_t life, LifeOf(args));
  request.set_lifetime_seconds(life);
  OTRP_ASSIGN_OR_RETURN(
      const v1::CreateInvitationResponse response,
      connections.Call<v1::Members>(
          Service::kPortal, &v1::Members::Stub::CreateInvitation, request));
  const v1::Invitation& invitation = response.invitation();
  Result result;
  result.value.Set("invitation_id",
                   json::Value::String(invitation.invitation_id()));
  result.value.Set("spid", json::Value::String(invitation.spid()));
  result.value.Set("role", json::Value::String(invitation.role()));
  result.value.Set("expires_at",
                   Time(invitation.expires_at(), invitation.has_expires_at()));
  result.value.Set("code", json::Value::String(response.code()));
  result.notes.push_back(kShownOnce);
  return result;
}

json::Value MemberValue(const v1::Member& member) {
  json::Value value = json::Value::Object();
  value.Set("name", json::Value::String(member.name()));
  value.Set("role", json::Value::String(member.role()));
  value.Set("added_at", Time(member.added_at(), member.has_added_at()));
  return value;
}

absl::StatusOr<Result> MemberList(const cli::Args& args,
                                  Connections& connections) {
  v1::ListMembersRequest request;
  request.set_spid(args.Get("spid"));
  ListShape shape;
  shape.list = "members";
  shape.columns = {{"NAME", "name"}, {"ROLE", "role"}, {"SINCE", "added_at"}};
  shape.time = "added_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::Members>(
      connections, Service::kPortal, &v1::Members::Stub::ListMembers, request,
      [](const v1::ListMembersResponse& response) -> const auto& {
        return response.members();
      },
      MemberValue, &selection));
  return selection.ToResult();
}

absl::StatusOr<Result> MemberSetRole(const cli::Args& args,
                                     Connections& connections) {
  v1::SetMemberRoleRequest request;
  request.set_spid(args.Get("spid"));
  request.set_name(args.Get("name"));
  request.set_role(args.Get("role"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::SetMemberRoleResponse response,
      connections.Call<v1::Members>(
          Service::kPortal, &v1::Members::Stub::SetMemberRole, request));
  Result result;
  result.value = MemberValue(response.member());
  return result;
}

absl::StatusOr<Result> MemberRemove(const cli::Args& args,
                                    Connections& connections) {
  v1::RemoveMemberRequest request;
  request.set_spid(args.Get("spid"));
  request.set_name(args.Get("name"));
  OTRP_RETURN_IF_ERROR(connections
                           .Call<v1::Members>(Service::kPortal,
                                              &v1::Members::Stub::RemoveMember,
                                              request)
                           .status());
  Result result;
  result.value.Set("name", json::Value::String(args.Get("name")));
  result.value.Set("removed", json::Value::Bool(true));
  return result;
}

json::Value TokenValue(const v1::Token& token) {
  json::Value value = json::Value::Object();
  value.Set("token_id", json::Value::String(token.token_id()));
  value.Set("name", json::Value::String(token.name()));
  value.Set("role", json::Value::String(token.role()));
  value.Set("taids", Strings({token.taids().begin(), token.taids().end()}));
  value.Set("member", json::Value::String(token.member()));
  value.Set("publisher_id", json::Value::String(token.publisher_id()));
  value.Set("created_at", Time(token.created_at(), token.has_created_at()));
  value.Set("expires_at", Time(token.expires_at(), token.has_expires_at()));
  value.Set("last_used_at",
            Time(token.last_used_at(), token.has_last_used_at()));
  value.Set("revoked_at", Time(token.revoked_at(), token.has_revoked_at()));
  return value;
}

absl::StatusOr<Result> TokenCreate(const cli::Args& args,
                                   Connections& connections) {
  v1::CreateTokenRequest request;
  request.set_spid(args.Get("spid"));
  request.set_name(args.Get("name"));
  request.set_role(args.Get("role"));
  for (absl::string_view taid :
       absl::StrSplit(args.Get("taid"), ',', absl::SkipEmpty())) {
    request.add_taids(std::string(taid));
  }
  OTRP_ASSIGN_OR_RETURN(const int64_t life, LifeOf(args));
  request.set_lifetime_seconds(life);
  OTRP_ASSIGN_OR_RETURN(
      const v1::CreateTokenResponse response,
      connections.Call<v1::Tokens>(Service::kPortal,
                                   &v1::Tokens::Stub::CreateToken, request));
  Result result;
  result.value = TokenValue(response.token());
  result.value.Set("secret", json::Value::String(response.secret()));
  result.notes.push_back(kShownOnce);
  return result;
}

absl::StatusOr<Result> TokenList(const cli::Args& args,
                                 Connections& connections) {
  v1::ListTokensRequest request;
  request.set_spid(args.Get("spid"));
  request.set_include_dead(args.Has("all"));
  ListShape shape;
  shape.list = "tokens";
  shape.columns = {{"ID", "token_id"},        {"NAME", "name"},
                   {"ROLE", "role"},          {"MEMBER", "member"},
                   {"EXPIRES", "expires_at"}, {"USED", "last_used_at"},
                   {"REVOKED", "revoked_at"}};
  shape.time = "created_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::Tokens>(
      connections, Service::kPortal, &v1::Tokens::Stub::ListTokens, request,
      [](const v1::ListTokensResponse& response) -> const auto& {
        return response.tokens();
      },
      TokenValue, &selection));
  return selection.ToResult();
}

absl::StatusOr<Result> TokenRevoke(const cli::Args& args,
                                   Connections& connections) {
  v1::RevokeTokenRequest request;
  request.set_spid(args.Get("spid"));
  request.set_token_id(args.Get("id"));
  OTRP_RETURN_IF_ERROR(connections
                           .Call<v1::Tokens>(Service::kPortal,
                                             &v1::Tokens::Stub::RevokeToken,
                                             request)
                           .status());
  Result result;
  result.value.Set("token_id", json::Value::String(args.Get("id")));
  result.value.Set("revoked", json::Value::Bool(true));
  return result;
}

}  // namespace

std::vector<Command> AccessCommands() {
  const cli::Flag spid = {"spid", "S", true, "id of the service provider",
                          "spid"};
  const cli::Flag side = {
      "spid", "S", false,
      "the service provider; without it the operators' side", "spid"};
  const cli::Flag reason = {"reason", "TEXT", true, "for the record", "reason"};
  const cli::Flag registration = {"id", "ID", true, "of the registration",
                                  "registration_id"};
  const cli::Flag name = {"name", "N", true, "of the member", "name"};
  const cli::Flag role = {"role", "R", true,
                          "owner, releaser, developer or auditor; operator, "
                          "approver or auditor on the operators' side",
                          "role"};
  const cli::Flag life = LifeFlag("e.g. 90d, 12h or 30m");
  return {
      {{"sp",
        "register",
        {},
        {spid,
         {"name", "N", true, "of the company", "name"},
         {"contact", "TEXT", true, "how to reach who asks", "contact"}},
        "Asks for an account in somebody's name; prints his code."},
       SpRegister},
      {{"registration",
        "list",
        {},
        With({{"state", "STATE", false,
               "only these: pending, approved or rejected", "state"}},
             SelectionFlags("registered")),
        "Lists who asked for an account."},
       RegistrationList},
      {{"sp",
        "approve",
        {},
        {registration},
        "Makes the account that a registration asks for."},
       SpApprove},
      {{"sp",
        "reject",
        {},
        {registration, {"reason", "TEXT", true, "for who asked", "reason"}},
        "Says no to a registration."},
       SpReject},
      {{"sp",
        "invite",
        {},
        {side, role, life},
        "Prints a code that makes one person a member."},
       SpInvite},
      Asking({{"sp",
               "suspend",
               {},
               {spid, reason},
               "Stops an account: its tokens are dead until it is resumed."},
              SpSuspend}),
      {{"sp", "resume", {}, {spid}, "Ends a suspension."}, SpResume},
      Asking({{"sp",
               "close",
               {},
               {spid, reason},
               "Closes an account for good; its history stays."},
              SpClose}),
      {{"member",
        "list",
        {},
        With({side}, SelectionFlags("added")),
        "Lists the members."},
       MemberList},
      {{"member",
        "set-role",
        {},
        {side, name, role},
        "Changes what a member may do."},
       MemberSetRole},
      Asking({{"member",
               "rm",
               {},
               {side, name},
               "Removes a member and revokes his tokens."},
              MemberRemove}),
      {{"token",
        "create",
        {},
        {side,
         {"name", "N", true, "what it is for", "name"},
         role,
         {"taid", "T", false, "only for this application; may be repeated",
          "taids", 0, true},
         life},
        "Prints a new API token."},
       TokenCreate},
      {{"token",
        "list",
        {},
        With({side, {"all", "", false, "revoked and expired ones too"}},
             SelectionFlags("created")),
        "Lists API tokens, without their secrets."},
       TokenList},
      Asking({{"token",
               "revoke",
               {},
               {side, {"id", "ID", true, "of the token", "token_id"}},
               "Makes a token worthless."},
              TokenRevoke}),
  };
}

}  // namespace otrp::ctl
