#include "services/sp_portal/services.h"

#include "libs/rpc/service.h"
#include "otrp/portal/v1/access.grpc.pb.h"
#include "otrp/portal/v1/console_sessions.grpc.pb.h"
#include "otrp/portal/v1/entitlements.grpc.pb.h"
#include "otrp/portal/v1/personalizations.grpc.pb.h"
#include "otrp/portal/v1/pipeline.grpc.pb.h"
#include "otrp/portal/v1/portal.grpc.pb.h"
#include "otrp/portal/v1/publishers.grpc.pb.h"
#include "otrp/portal/v1/pull.grpc.pb.h"
#include "otrp/portal/v1/rollouts.grpc.pb.h"
#include "otrp/portal/v1/uploads.grpc.pb.h"
#include "otrp/portal/v1/webhooks.grpc.pb.h"
#include "services/sp_portal/handlers/accounts.h"
#include "services/sp_portal/handlers/applications.h"
#include "services/sp_portal/handlers/assignments.h"
#include "services/sp_portal/handlers/console_sessions.h"
#include "services/sp_portal/handlers/entitlements.h"
#include "services/sp_portal/handlers/evidence.h"
#include "services/sp_portal/handlers/members.h"
#include "services/sp_portal/handlers/personalizations.h"
#include "services/sp_portal/handlers/publishers.h"
#include "services/sp_portal/handlers/pull_mode.h"
#include "services/sp_portal/handlers/reviews.h"
#include "services/sp_portal/handlers/rollouts.h"
#include "services/sp_portal/handlers/service_providers.h"
#include "services/sp_portal/handlers/tokens.h"
#include "services/sp_portal/handlers/uploads.h"
#include "services/sp_portal/handlers/versions.h"
#include "services/sp_portal/handlers/webhooks.h"

namespace otrp {
namespace portal {
namespace {

class ServiceProviders final
    : public rpc::ServiceOf<v1::ServiceProviders, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(CreateServiceProvider);
  OTRP_RPC(GetServiceProvider);
  OTRP_RPC(ListServiceProviders);
  OTRP_RPC(EnrollCertificate);
  OTRP_RPC(RevokeSigningCertificate);
  OTRP_LAST_RPC();
};

class Applications final : public rpc::ServiceOf<v1::Applications, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(PushImage);
  OTRP_RPC(ReleaseVersion);
  OTRP_RPC(WithdrawApplication);
  OTRP_RPC(ListApplications);
  OTRP_LAST_RPC();
};

class PullMode final : public rpc::ServiceOf<v1::PullMode, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(SetPullEndpoint);
  OTRP_RPC(GetPullEndpoint);
  OTRP_RPC(DeletePullEndpoint);
  OTRP_RPC(AddPullVersion);
  OTRP_RPC(ListPulls);
  OTRP_LAST_RPC();
};

class Personalizations final
    : public rpc::ServiceOf<v1::Personalizations, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(PutPersonalization);
  OTRP_RPC(ListPersonalizations);
  OTRP_RPC(DeletePersonalization);
  OTRP_LAST_RPC();
};

class Uploads final : public rpc::ServiceOf<v1::Uploads, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(CreateUpload);
  OTRP_RPC(GetUpload);
  OTRP_RPC(ListUploads);
  OTRP_RPC(WriteChunk);
  OTRP_RPC(CompleteUpload);
  OTRP_RPC(AbortUpload);
  OTRP_LAST_RPC();
};

class Versions final : public rpc::ServiceOf<v1::Versions, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(GetVersion);
  OTRP_RPC(DeprecateVersion);
  OTRP_RPC(AttachProvenance);
  OTRP_RPC(AttachSbom);
  OTRP_RPC(YankVersion);
  OTRP_RPC(DeleteVersion);
  OTRP_RPC(DeleteApplication);
  OTRP_LAST_RPC();
};

class Reviews final : public rpc::ServiceOf<v1::Reviews, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(SubmitVersion);
  OTRP_RPC(ApproveVersion);
  OTRP_RPC(RejectVersion);
  OTRP_RPC(ListReviews);
  OTRP_LAST_RPC();
};

class Assignments final : public rpc::ServiceOf<v1::Assignments, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(Assign);
  OTRP_RPC(Unassign);
  OTRP_RPC(ListAssignments);
  OTRP_LAST_RPC();
};

class Authentication final : public rpc::ServiceOf<v1::Authentication, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(Authenticate);
  OTRP_RPC(GetCaller);
  OTRP_LAST_RPC();
};

class Accounts final : public rpc::ServiceOf<v1::Accounts, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(Register);
  OTRP_RPC(ListRegistrations);
  OTRP_RPC(ApproveRegistration);
  OTRP_RPC(RejectRegistration);
  OTRP_RPC(SuspendServiceProvider);
  OTRP_RPC(ResumeServiceProvider);
  OTRP_RPC(CloseServiceProvider);
  OTRP_LAST_RPC();
};

class Members final : public rpc::ServiceOf<v1::Members, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(CreateInvitation);
  OTRP_RPC(ListInvitations);
  OTRP_RPC(RevokeInvitation);
  OTRP_RPC(AcceptInvitation);
  OTRP_RPC(ListMembers);
  OTRP_RPC(SetMemberRole);
  OTRP_RPC(RemoveMember);
  OTRP_LAST_RPC();
};

class Entitlements final : public rpc::ServiceOf<v1::Entitlements, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(GrantEntitlement);
  OTRP_RPC(RevokeEntitlement);
  OTRP_RPC(ListEntitlements);
  OTRP_LAST_RPC();
};

class Issuers final : public rpc::ServiceOf<v1::Issuers, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(SetIssuer);
  OTRP_RPC(ListIssuers);
  OTRP_RPC(RemoveIssuer);
  OTRP_LAST_RPC();
};

class Publishers final : public rpc::ServiceOf<v1::Publishers, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(AddPublisher);
  OTRP_RPC(ListPublishers);
  OTRP_RPC(RemovePublisher);
  OTRP_LAST_RPC();
};

class TokenExchange final : public rpc::ServiceOf<v1::TokenExchange, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(ExchangeToken);
  OTRP_LAST_RPC();
};

class Tokens final : public rpc::ServiceOf<v1::Tokens, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(CreateToken);
  OTRP_RPC(ListTokens);
  OTRP_RPC(GiveUpToken);
  OTRP_RPC(RevokeToken);
  OTRP_LAST_RPC();
};

class Webhooks final : public rpc::ServiceOf<v1::Webhooks, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(CreateWebhook);
  OTRP_RPC(GetWebhook);
  OTRP_RPC(ListWebhooks);
  OTRP_RPC(UpdateWebhook);
  OTRP_RPC(RotateWebhookSecret);
  OTRP_RPC(DeleteWebhook);
  OTRP_RPC(ListWebhookDeliveries);
  OTRP_RPC(ReplayWebhookDelivery);
  OTRP_RPC(SendTestWebhookEvent);
  OTRP_LAST_RPC();
};

class Rollouts final : public rpc::ServiceOf<v1::Rollouts, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(ListRollouts);
  OTRP_LAST_RPC();
};

class ConsoleSessions final : public rpc::ServiceOf<v1::ConsoleSessions, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(BeginConsoleSession);
  OTRP_RPC(EndConsoleSession);
  OTRP_RPC(ListConsoleSessions);
  OTRP_RPC(RevokeConsoleSession);
  OTRP_LAST_RPC();
};

}  // namespace

std::vector<std::unique_ptr<grpc::Service>> NewServices(Env& env) {
  return rpc::NewServices<ServiceProviders, Applications, Uploads, Versions,
                          Reviews, Assignments, Authentication, Accounts,
                          Members, Tokens, Issuers, Publishers, TokenExchange,
                          Entitlements, Webhooks, Rollouts, ConsoleSessions,
                          PullMode, Personalizations>(env);
}

}  // namespace portal
}  // namespace otrp
