#include "services/sp_portal/authz.h"

#include <vector>

#include "libs/service/audit_service.h"

namespace otrp {
namespace portal {
namespace {

using rpc::Allow;
using rpc::Effect;
using rpc::Role;

std::vector<rpc::AuthzRule> Rules() {
  std::vector<rpc::AuthzRule> rules = {
      {"otrp.portal.v1.ServiceProviders.CreateServiceProvider",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.portal.v1.ServiceProviders.GetServiceProvider",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors(), Allow::Sps()}},
      {"otrp.portal.v1.ServiceProviders.ListServiceProviders",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors(), Allow::Sps()}},
      {"otrp.portal.v1.ServiceProviders.EnrollCertificate",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps(Role::kOwner)}},
      {"otrp.portal.v1.Applications.PushImage",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps()}},
      {"otrp.portal.v1.Applications.ReleaseVersion",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps(Role::kReleaser)}},
      {"otrp.portal.v1.Applications.WithdrawApplication",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps(Role::kReleaser)}},
      {"otrp.portal.v1.Applications.ListApplications",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors(), Allow::Sps()}},
      {"otrp.portal.v1.Uploads.CreateUpload",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps()}},
      {"otrp.portal.v1.Uploads.GetUpload",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors(), Allow::Sps()}},
      {"otrp.portal.v1.Uploads.ListUploads",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors(), Allow::Sps()}},
      {"otrp.portal.v1.Uploads.WriteChunk",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps()}},
      {"otrp.portal.v1.Uploads.CompleteUpload",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps()}},
      {"otrp.portal.v1.Uploads.AbortUpload",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps()}},
      {"otrp.portal.v1.Versions.GetVersion",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors(), Allow::Sps()}},
      {"otrp.portal.v1.Versions.DeprecateVersion",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps()}},
      {"otrp.portal.v1.Versions.AttachProvenance",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps()}},
      {"otrp.portal.v1.Versions.AttachSbom",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps()}},
      {"otrp.portal.v1.Versions.YankVersion",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps()}},
      {"otrp.portal.v1.Reviews.SubmitVersion",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps()}},
      {"otrp.portal.v1.Reviews.ApproveVersion",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.portal.v1.Reviews.RejectVersion",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.portal.v1.Reviews.ListReviews",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors(), Allow::Sps()}},
      {"otrp.portal.v1.Assignments.Assign",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps(Role::kReleaser)}},
      {"otrp.portal.v1.Assignments.Unassign",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps(Role::kReleaser)}},
      {"otrp.portal.v1.Assignments.ListAssignments",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors(), Allow::Sps()}},
      // Who has no identity yet comes through the REST front.
      {"otrp.portal.v1.Authentication.Authenticate",
       Effect::kReads,
       {Allow::Service("api")}},
      {"otrp.portal.v1.Accounts.Register",
       Effect::kMutates,
       {Allow::Service("api"), Allow::Operators()}},
      {"otrp.portal.v1.Accounts.ListRegistrations",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.portal.v1.Accounts.ApproveRegistration",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.portal.v1.Accounts.RejectRegistration",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.portal.v1.Accounts.SuspendServiceProvider",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.portal.v1.Accounts.ResumeServiceProvider",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.portal.v1.Accounts.CloseServiceProvider",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps(Role::kOwner)}},
      {"otrp.portal.v1.Members.CreateInvitation",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps(Role::kOwner)}},
      {"otrp.portal.v1.Members.ListInvitations",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors(), Allow::Sps()}},
      {"otrp.portal.v1.Members.RevokeInvitation",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps(Role::kOwner)}},
      {"otrp.portal.v1.Members.AcceptInvitation",
       Effect::kMutates,
       {Allow::Service("api")}},
      {"otrp.portal.v1.Members.ListMembers",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors(), Allow::Sps()}},
      {"otrp.portal.v1.Members.SetMemberRole",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps(Role::kOwner)}},
      {"otrp.portal.v1.Members.RemoveMember",
       Effect::kMutates,
       {Allow::Operators(), Allow::Sps(Role::kOwner)}},
      {"otrp.portal.v1.Tokens.CreateToken",
       Effect::kMutates,
       {Allow::Operators(), Allow::Approvers(), Allow::Sps()}},
      {"otrp.portal.v1.Tokens.ListTokens",
       Effect::kReads,
       {Allow::Operators(), Allow::Approvers(), Allow::Auditors(),
        Allow::Sps()}},
      {"otrp.portal.v1.Tokens.RevokeToken",
       Effect::kMutates,
       {Allow::Operators(), Allow::Approvers(), Allow::Sps()}},
  };
  for (const rpc::AuthzRule& rule : service::AuditLogRules()) {
    rules.push_back(rule);
  }
  return rules;
}

}  // namespace

const rpc::AuthzTable& Authz() {
  static const auto* table = new rpc::AuthzTable(Rules());
  return *table;
}

}  // namespace portal
}  // namespace otrp
