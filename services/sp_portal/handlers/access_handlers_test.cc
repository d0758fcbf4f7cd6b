// Accounts, members and tokens over the real store.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/service/audit.h"
#include "services/sp_portal/domain/bearer.h"
#include "services/sp_portal/handlers/accounts.h"
#include "services/sp_portal/handlers/entitlements.h"
#include "services/sp_portal/handlers/members.h"
#include "services/sp_portal/handlers/service_providers.h"
#include "services/sp_portal/handlers/tokens.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/testing/handlers_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kNotFound = absl::StatusCode::kNotFound;
constexpr absl::StatusCode kDenied = absl::StatusCode::kPermissionDenied;
constexpr absl::StatusCode kUnauthenticated =
    absl::StatusCode::kUnauthenticated;

class AccessHandlersTest : public HandlersFixture {
 protected:
  void SetUp() override {
    env_.max_token_life = absl::Hours(365 * 24);
    for (const char* spid : {"acme", "shop"}) {
      OTRP_ASSERT_OK(Create(spid, spid));
    }
  }

  using HandlersFixture::Call;
  static rpc::CallContext Call(rpc::Identity caller) {
    return rpc::CallContext(std::move(caller), "test", "",
                            absl::InfiniteFuture());
  }
  // What the REST front would send on for this token.
  absl::StatusOr<rpc::CallContext> With(const std::string& token) {
    OTRP_ASSIGN_OR_RETURN(const v1::Principal principal, Ask(token));
    rpc::Identity caller;
    caller.kind = rpc::ParseKind(principal.kind()).value();
    caller.name = principal.name();
    caller.role = rpc::ParseRole(principal.role()).value();
    caller.agent = principal.agent();
    caller.taids.assign(principal.taids().begin(), principal.taids().end());
    return Call(caller);
  }

  absl::StatusOr<v1::Principal> Ask(const std::string& token) {
    v1::AuthenticateRequest request;
    request.set_token(token);
    v1::AuthenticateResponse response;
    OTRP_RETURN_IF_ERROR(handlers::Authenticate(api_, env_, request, response));
    return response.principal();
  }

  absl::StatusOr<std::string> Invite(const rpc::CallContext& call,
                                     const std::string& spid,
                                     const std::string& role,
                                     int64_t seconds = 0) {
    v1::CreateInvitationRequest request;
    request.set_spid(spid);
    request.set_role(role);
    request.set_lifetime_seconds(seconds);
    v1::CreateInvitationResponse response;
    OTRP_RETURN_IF_ERROR(
        handlers::CreateInvitation(call, env_, request, response));
    return response.code();
  }

  absl::StatusOr<v1::AcceptInvitationResponse> Accept(const std::string& code,
                                                      const std::string& name) {
    v1::AcceptInvitationRequest request;
    request.set_code(code);
    request.set_name(name);
    v1::AcceptInvitationResponse response;
    OTRP_RETURN_IF_ERROR(
        handlers::AcceptInvitation(api_, env_, request, response));
    return response;
  }

  // A new member, as he calls with his first token.
  absl::StatusOr<rpc::CallContext> Join(const std::string& spid,
                                        const std::string& role,
                                        const std::string& name) {
    OTRP_ASSIGN_OR_RETURN(const std::string code,
                          Invite(operator_, spid, role));
    OTRP_ASSIGN_OR_RETURN(const auto accepted, Accept(code, name));
    return With(accepted.token());
  }

  static v1::CreateTokenRequest TokenRequest(const std::string& spid,
                                             const std::string& role) {
    v1::CreateTokenRequest request;
    request.set_spid(spid);
    request.set_name("CI");
    request.set_role(role);
    return request;
  }
  absl::StatusOr<v1::CreateTokenResponse> CreateToken(
      const rpc::CallContext& call, const v1::CreateTokenRequest& request) {
    v1::CreateTokenResponse response;
    OTRP_RETURN_IF_ERROR(handlers::CreateToken(call, env_, request, response));
    return response;
  }
  absl::StatusOr<v1::CreateTokenResponse> CreateToken(
      const rpc::CallContext& call, const std::string& spid,
      const std::string& role) {
    return CreateToken(call, TokenRequest(spid, role));
  }

  absl::Status Revoke(const rpc::CallContext& call, const std::string& spid,
                      const std::string& id) {
    v1::RevokeTokenRequest request;
    request.set_spid(spid);
    request.set_token_id(id);
    v1::RevokeTokenResponse response;
    return handlers::RevokeToken(call, env_, request, response);
  }

  rpc::CallContext api_ = Call(rpc::CallerKind::kService, "api");
  rpc::CallContext acme_ = Call(rpc::CallerKind::kSp, "acme");
};

TEST_F(AccessHandlersTest, ABankRegistersIsApprovedAndItsOwnerCallsInItsName) {
  v1::RegisterRequest request;
  request.set_spid("bank");
  request.set_name("Bank AG");
  request.set_contact("+49 30 1");
  v1::RegisterResponse registered;
  OTRP_ASSERT_OK(handlers::Register(api_, env_, request, registered));
  EXPECT_EQ(registered.registration().state(), "pending");
  EXPECT_THAT(Accept(registered.code(), "alice"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("waits for an operator")));

  v1::ApproveRegistrationRequest approve;
  approve.set_registration_id(registered.registration().registration_id());
  v1::ApproveRegistrationResponse approved;
  OTRP_ASSERT_OK(
      handlers::ApproveRegistration(operator_, env_, approve, approved));
  EXPECT_EQ(approved.registration().state(), "approved");
  EXPECT_EQ(approved.registration().decided_by(), "otrp://operator/alice");

  OTRP_ASSERT_OK_AND_ASSIGN(const auto accepted,
                            Accept(registered.code(), "alice"));
  EXPECT_EQ(accepted.spid(), "bank");
  EXPECT_EQ(accepted.member().role(), "owner");
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::Principal who, Ask(accepted.token()));
  EXPECT_EQ(who.kind(), "sp");
  EXPECT_EQ(who.name(), "bank");
  EXPECT_EQ(who.role(), "owner");
  EXPECT_EQ(who.agent(), "member/alice");
  EXPECT_THAT(database_.AuditActions(),
              ElementsAre("sp.create", "sp.create", "registration.create",
                          "registration.approve", "member.join"));
}

TEST_F(AccessHandlersTest, RegisteringASpidInUseAnswersAsForAFreeOne) {
  v1::RegisterRequest request;
  request.set_spid("acme");
  request.set_name("Somebody");
  request.set_contact("x");
  v1::RegisterResponse response;
  OTRP_EXPECT_OK(handlers::Register(api_, env_, request, response));
  EXPECT_EQ(response.registration().state(), "pending");
  request.set_contact("");
  EXPECT_THAT(handlers::Register(api_, env_, request, response),
              StatusIs(kInvalid, HasSubstr("contact:")));
}

TEST_F(AccessHandlersTest, EveryRefusalOfATokenIsTheSameText) {
  OTRP_ASSERT_OK_AND_ASSIGN(const auto made,
                            CreateToken(acme_, "acme", "developer"));
  OTRP_ASSERT_OK(Ask(made.secret()));
  const absl::Status malformed = Ask("").status();
  EXPECT_THAT(malformed, StatusIs(kUnauthenticated));
  FakeRandom other{99};
  EXPECT_EQ(Ask(NewBearer(kTokenPrefix, other).secret).status(), malformed);
  EXPECT_EQ(Ask(NewBearer(kCodePrefix, other).secret).status(), malformed);
  OTRP_ASSERT_OK(Revoke(acme_, "acme", made.token().token_id()));
  EXPECT_EQ(Ask(made.secret()).status(), malformed);

  OTRP_ASSERT_OK_AND_ASSIGN(const auto second,
                            CreateToken(acme_, "acme", "developer"));
  clock_.Advance(kDefaultTokenLife);
  EXPECT_EQ(Ask(second.secret()).status(), malformed);
}

TEST_F(AccessHandlersTest, NoSecretIsInTheDatabaseTheAuditOrAList) {
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string code,
                            Invite(acme_, "acme", "owner"));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto accepted, Accept(code, "alice"));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto made,
                            CreateToken(acme_, "acme", "developer"));
  OTRP_ASSERT_OK_AND_ASSIGN(const store::Row row,
                            database_.superuser().Query1(R"sql(
      SELECT (SELECT string_agg(token::text, '') FROM token)
          || (SELECT string_agg(invitation::text, '') FROM invitation)
          || (SELECT string_agg(audit_event::text, '') FROM audit_event)
      )sql"));
  std::string all;
  OTRP_ASSERT_OK(row.Scan(&all));
  v1::ListTokensRequest request;
  request.set_spid("acme");
  v1::ListTokensResponse response;
  OTRP_ASSERT_OK(handlers::ListTokens(acme_, env_, request, response));
  ASSERT_THAT(response.tokens(), SizeIs(2));
  all += response.ShortDebugString();
  // It would be seen: the tokens' ids are.
  EXPECT_THAT(all, HasSubstr(made.token().token_id()));
  for (const std::string& secret : {code, accepted.token(), made.secret()}) {
    EXPECT_THAT(all, Not(HasSubstr(secret.substr(10, 20))));
  }
}

TEST_F(AccessHandlersTest, ATokenIsNeverAboveItsMaker) {
  OTRP_ASSERT_OK_AND_ASSIGN(const rpc::CallContext bob,
                            Join("acme", "releaser", "bob"));
  OTRP_EXPECT_OK(CreateToken(bob, "acme", "releaser"));
  OTRP_EXPECT_OK(CreateToken(bob, "acme", "auditor"));
  EXPECT_THAT(CreateToken(bob, "acme", "owner"),
              StatusIs(kDenied, HasSubstr("role:")));
  EXPECT_THAT(CreateToken(bob, "acme", "operator"), StatusIs(kInvalid));
  EXPECT_THAT(CreateToken(bob, "acme", ""), StatusIs(kInvalid));
}

TEST_F(AccessHandlersTest, ATokenForOneApplicationIsNeverForMore) {
  rpc::Identity caller = acme_.caller();
  caller.taids = {"pay", "loan"};
  const rpc::CallContext scoped = Call(caller);
  v1::CreateTokenRequest request = TokenRequest("acme", "developer");
  OTRP_ASSERT_OK_AND_ASSIGN(auto made, CreateToken(scoped, request));
  EXPECT_THAT(made.token().taids(), ElementsAre("pay", "loan"));
  request.add_taids("loan");
  OTRP_ASSERT_OK_AND_ASSIGN(made, CreateToken(scoped, request));
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::Principal who, Ask(made.secret()));
  EXPECT_THAT(who.taids(), ElementsAre("loan"));
  request.add_taids("other");
  EXPECT_THAT(CreateToken(scoped, request),
              StatusIs(kDenied, HasSubstr("taids:")));
  request.set_taids(1, "a,b");
  EXPECT_THAT(CreateToken(acme_, request),
              StatusIs(kInvalid, HasSubstr("taids[1]")));
  for (size_t i = 0; i < kMaxTokenTaids; ++i) request.add_taids("x");
  EXPECT_THAT(CreateToken(acme_, request), StatusIs(kInvalid));
}

TEST_F(AccessHandlersTest, AProgramsTokenCantMakeItselfImmortal) {
  OTRP_ASSERT_OK_AND_ASSIGN(const auto made,
                            CreateToken(acme_, "acme", "owner"));
  OTRP_ASSERT_OK_AND_ASSIGN(const rpc::CallContext program,
                            With(made.secret()));
  EXPECT_THAT(CreateToken(program, "acme", "auditor"), StatusIs(kDenied));
  EXPECT_THAT(Invite(program, "acme", "auditor"), StatusIs(kDenied));
  OTRP_EXPECT_OK(Revoke(program, "acme", made.token().token_id()));
}

TEST_F(AccessHandlersTest, ACallerLearnsWhoHeIsAndWhenHisTokenEnds) {
  const auto who = [this](const rpc::CallContext& call) {
    v1::GetCallerResponse response;
    OTRP_EXPECT_OK(
        handlers::GetCaller(call, env_, v1::GetCallerRequest(), response));
    return response;
  };
  OTRP_ASSERT_OK_AND_ASSIGN(const rpc::CallContext bob,
                            Join("acme", "developer", "bob"));
  OTRP_ASSERT_OK(CreateToken(bob, "acme", "auditor"));
  const v1::GetCallerResponse member = who(bob);
  EXPECT_EQ(member.principal().kind(), "sp");
  EXPECT_EQ(member.principal().name(), "acme");
  EXPECT_EQ(member.principal().role(), "developer");
  EXPECT_EQ(member.principal().agent(), "member/bob");
  EXPECT_EQ(member.principal().expires_at().seconds(),
            absl::ToUnixSeconds(clock_.Now() + kPersonalTokenLife));
  v1::CreateTokenRequest one_application = TokenRequest("acme", "developer");
  one_application.add_taids("pay");
  OTRP_ASSERT_OK_AND_ASSIGN(const auto made,
                            CreateToken(acme_, one_application));
  OTRP_ASSERT_OK_AND_ASSIGN(const rpc::CallContext program,
                            With(made.secret()));
  EXPECT_EQ(who(program).token_id(), made.token().token_id());
  EXPECT_THAT(who(program).principal().taids(), ElementsAre("pay"));
  EXPECT_NE(member.token_id(), made.token().token_id());
  const v1::GetCallerResponse certificate = who(acme_);
  EXPECT_EQ(certificate.principal().role(), "owner");
  EXPECT_EQ(certificate.token_id(), "");
  EXPECT_FALSE(certificate.principal().has_expires_at());
}

TEST_F(AccessHandlersTest, ACallerLearnsWhoHeIsAmongManyTokensOfPublishers) {
  OTRP_ASSERT_OK_AND_ASSIGN(const rpc::CallContext bob,
                            Join("acme", "developer", "bob"));
  // Of CI jobs of the last minutes, whose ids come first.
  Token job;
  job.tenant = "acme";
  job.publisher = "build";
  job.name = "build";
  job.role = "developer";
  job.created_at = clock_.Now();
  job.expires_at = clock_.Now() + kExchangedTokenLife;
  for (int i = 0; i < 2 * kMaxLiveTokens; ++i) {
    job.id = absl::StrCat("tok_", absl::Dec(i, absl::kZeroPad12));
    OTRP_ASSERT_OK(access_.CreateToken(job, crypto::Sha256(job.id),
                                       service::AuditOf(acme_, "test", "x")));
  }
  v1::GetCallerResponse response;
  OTRP_ASSERT_OK(
      handlers::GetCaller(bob, env_, v1::GetCallerRequest(), response));
  EXPECT_NE(response.token_id(), "");
  EXPECT_EQ(response.principal().expires_at().seconds(),
            absl::ToUnixSeconds(clock_.Now() + kPersonalTokenLife));
}

TEST_F(AccessHandlersTest, WhoHasATokenGivesItUpWhateverItsRole) {
  const auto give_up = [this](const std::string& token) {
    v1::GiveUpTokenRequest request;
    request.set_token(token);
    v1::GiveUpTokenResponse response;
    return handlers::GiveUpToken(api_, env_, request, response);
  };
  OTRP_ASSERT_OK_AND_ASSIGN(const auto made,
                            CreateToken(acme_, "acme", "auditor"));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto other,
                            CreateToken(acme_, "acme", "auditor"));
  EXPECT_THAT(give_up(made.token().token_id()), StatusIs(kUnauthenticated));
  OTRP_ASSERT_OK(Ask(made.secret()));
  OTRP_ASSERT_OK(give_up(made.secret()));
  EXPECT_EQ(database_.AuditActions().back(), "token.give_up");
  EXPECT_THAT(Ask(made.secret()), StatusIs(kUnauthenticated));
  EXPECT_THAT(give_up(made.secret()), StatusIs(kUnauthenticated));
  OTRP_EXPECT_OK(Ask(other.secret()));
}

TEST_F(AccessHandlersTest, LivesAreWithinWhatIsConfigured) {
  v1::CreateTokenRequest request = TokenRequest("acme", "developer");
  request.set_lifetime_seconds(59);
  EXPECT_THAT(CreateToken(acme_, request),
              StatusIs(kInvalid, HasSubstr("lifetime_seconds:")));
  request.set_lifetime_seconds(-1);
  EXPECT_THAT(CreateToken(acme_, request), StatusIs(kInvalid));
  request.set_lifetime_seconds(365 * 24 * 3600 + 1);
  EXPECT_THAT(CreateToken(acme_, request), StatusIs(kInvalid));
  env_.max_token_life = absl::Hours(1);
  request.set_lifetime_seconds(0);
  OTRP_ASSERT_OK_AND_ASSIGN(const auto made, CreateToken(acme_, request));
  EXPECT_EQ(made.token().expires_at().seconds(),
            absl::ToUnixSeconds(clock_.Now()) + 3600);
  EXPECT_THAT(Invite(acme_, "acme", "owner", 15 * 24 * 3600),
              StatusIs(kInvalid));
}

TEST_F(AccessHandlersTest, AnotherTenantIsAnsweredAsOneThatDoesntExist) {
  OTRP_ASSERT_OK_AND_ASSIGN(const auto made,
                            CreateToken(acme_, "acme", "developer"));
  const std::string id = made.token().token_id();
  for (const char* spid : {"acme", "nobody"}) {
    SCOPED_TRACE(spid);
    const auto refused = StatusIs(
        kNotFound, absl::StrCat("spid: no service provider \"", spid, "\""));
    EXPECT_THAT(CreateToken(shop_, spid, "developer"), refused);
    EXPECT_THAT(Invite(shop_, spid, "owner"), refused);
    EXPECT_THAT(Revoke(shop_, spid, id), refused);
    v1::ListTokensRequest list;
    list.set_spid(spid);
    v1::ListTokensResponse tokens;
    EXPECT_THAT(handlers::ListTokens(shop_, env_, list, tokens), refused);
    v1::ListMembersRequest members;
    members.set_spid(spid);
    v1::ListMembersResponse listed;
    EXPECT_THAT(handlers::ListMembers(shop_, env_, members, listed), refused);
    v1::RemoveMemberRequest remove;
    remove.set_spid(spid);
    remove.set_name("alice");
    v1::RemoveMemberResponse removed;
    EXPECT_THAT(handlers::RemoveMember(shop_, env_, remove, removed), refused);
    v1::CloseServiceProviderRequest close;
    close.set_spid(spid);
    close.set_reason("x");
    v1::CloseServiceProviderResponse closed;
    EXPECT_THAT(handlers::CloseServiceProvider(shop_, env_, close, closed),
                refused);
  }
  EXPECT_THAT(Revoke(shop_, "shop", id), StatusIs(kNotFound));
  EXPECT_THAT(Revoke(shop_, "", id), StatusIs(kInvalid));
  OTRP_EXPECT_OK(Ask(made.secret()));
}

TEST_F(AccessHandlersTest, ADeveloperRevokesHisOwnTokensOnly) {
  OTRP_ASSERT_OK_AND_ASSIGN(const rpc::CallContext alice,
                            Join("acme", "owner", "alice"));
  OTRP_ASSERT_OK_AND_ASSIGN(const rpc::CallContext bob,
                            Join("acme", "developer", "bob"));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto hers,
                            CreateToken(alice, "acme", "developer"));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto his,
                            CreateToken(bob, "acme", "developer"));
  EXPECT_THAT(Revoke(bob, "acme", hers.token().token_id()),
              StatusIs(kNotFound));
  OTRP_EXPECT_OK(Ask(hers.secret()));
  OTRP_EXPECT_OK(Revoke(bob, "acme", his.token().token_id()));
  OTRP_EXPECT_OK(Revoke(alice, "acme", hers.token().token_id()));
  EXPECT_EQ(alice.audit_records(), 2);
  OTRP_EXPECT_OK(Revoke(alice, "acme", hers.token().token_id()));
  EXPECT_TRUE(alice.nothing_changed());
}

TEST_F(AccessHandlersTest, UsersOfTheOperatorsSideAreMadeByCertificateOnly) {
  OTRP_ASSERT_OK_AND_ASSIGN(const rpc::CallContext carol,
                            Join("", "operator", "carol"));
  EXPECT_EQ(carol.caller().kind, rpc::CallerKind::kOperator);
  EXPECT_EQ(carol.caller().name, "carol");
  EXPECT_THAT(Invite(carol, "", "approver"), StatusIs(kDenied));
  OTRP_EXPECT_OK(Invite(carol, "acme", "owner"));
  EXPECT_THAT(Invite(acme_, "", "operator"), StatusIs(kInvalid));
  EXPECT_THAT(Invite(operator_, "", "owner"),
              StatusIs(kInvalid, HasSubstr("role:")));

  OTRP_ASSERT_OK_AND_ASSIGN(const rpc::CallContext dave,
                            Join("", "auditor", "dave"));
  EXPECT_EQ(dave.caller().kind, rpc::CallerKind::kAuditor);

  OTRP_EXPECT_OK(CreateToken(carol, "", "operator"));
  EXPECT_THAT(CreateToken(carol, "", "approver"), StatusIs(kDenied));
  EXPECT_THAT(CreateToken(carol, "acme", "owner"), StatusIs(kDenied));
  EXPECT_THAT(CreateToken(operator_, "", "operator"), StatusIs(kDenied));
}

TEST_F(AccessHandlersTest, ASuspendedSpAddsNothingWithItsCertificateEither) {
  v1::SuspendServiceProviderRequest request;
  request.set_spid("acme");
  request.set_reason("unpaid");
  v1::SuspendServiceProviderResponse response;
  OTRP_ASSERT_OK(
      handlers::SuspendServiceProvider(operator_, env_, request, response));
  const auto refused = StatusIs(absl::StatusCode::kFailedPrecondition,
                                HasSubstr("\"acme\" is suspended"));
  EXPECT_THAT(CreateToken(acme_, "acme", "developer"), refused);
  EXPECT_THAT(Invite(acme_, "acme", "developer"), refused);
  v1::EnrollCertificateRequest enroll;
  enroll.set_spid("acme");
  enroll.set_csr_der("csr");
  v1::EnrollCertificateResponse enrolled;
  EXPECT_THAT(handlers::EnrollCertificate(acme_, env_, enroll, enrolled),
              refused);
  EXPECT_THAT(handlers::EnrollCertificate(operator_, env_, enroll, enrolled),
              refused);
}

TEST_F(AccessHandlersTest, AnSpSeesItsOwnEntitlementsAndChangesNone) {
  v1::GrantEntitlementRequest grant;
  grant.set_spid("acme");
  grant.mutable_target()->set_all_devices(true);
  v1::GrantEntitlementResponse granted;
  OTRP_ASSERT_OK(handlers::GrantEntitlement(operator_, env_, grant, granted));
  v1::ListEntitlementsRequest list;
  list.set_spid("acme");
  v1::ListEntitlementsResponse listed;
  OTRP_ASSERT_OK(handlers::ListEntitlements(acme_, env_, list, listed));
  ASSERT_THAT(listed.entitlements(), SizeIs(1));
  EXPECT_TRUE(listed.entitlements(0).target().all_devices());
  EXPECT_THAT(handlers::ListEntitlements(shop_, env_, list, listed),
              StatusIs(absl::StatusCode::kNotFound));
  for (const char* method : {"GrantEntitlement", "RevokeEntitlement"}) {
    EXPECT_FALSE(
        Authz()
            .Check(absl::StrCat("otrp.portal.v1.Entitlements.", method),
                   acme_.caller())
            .ok());
  }
  v1::RevokeEntitlementRequest revoke;
  revoke.set_spid("acme");
  revoke.set_entitlement_id(listed.entitlements(0).entitlement_id());
  v1::RevokeEntitlementResponse revoked;
  OTRP_ASSERT_OK(handlers::RevokeEntitlement(operator_, env_, revoke, revoked));
  EXPECT_EQ(database_.AuditActions().back(), "entitlement.revoke");
  OTRP_ASSERT_OK(handlers::RevokeEntitlement(operator_, env_, revoke, revoked));
  EXPECT_TRUE(operator_.nothing_changed());
}

}  // namespace
}  // namespace portal
}  // namespace otrp
