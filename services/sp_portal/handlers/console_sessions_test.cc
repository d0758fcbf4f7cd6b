// Sessions of the console over the real store.

#include "services/sp_portal/handlers/console_sessions.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "services/sp_portal/domain/bearer.h"
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
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr absl::StatusCode kDenied = absl::StatusCode::kPermissionDenied;
constexpr absl::StatusCode kNotFound = absl::StatusCode::kNotFound;
constexpr absl::StatusCode kUnauthenticated =
    absl::StatusCode::kUnauthenticated;

class ConsoleSessionsTest : public HandlersFixture {
 protected:
  void SetUp() override {
    env_.max_token_life = absl::Hours(365 * 24);
    OTRP_ASSERT_OK(Create("bank", "Bank AG"));
  }

  absl::StatusOr<v1::BeginConsoleSessionResponse> Begin(
      const std::string& token) {
    v1::BeginConsoleSessionRequest request;
    request.set_token(token);
    v1::BeginConsoleSessionResponse response;
    OTRP_RETURN_IF_ERROR(
        handlers::BeginConsoleSession(api_, env_, request, response));
    return response;
  }

  absl::StatusOr<v1::Principal> Ask(const std::string& session,
                                    const std::string& token = "") {
    v1::AuthenticateRequest request;
    request.set_session(session);
    request.set_token(token);
    v1::AuthenticateResponse response;
    OTRP_RETURN_IF_ERROR(handlers::Authenticate(api_, env_, request, response));
    return response.principal();
  }

  absl::StatusOr<bool> End(const std::string& secret) {
    v1::EndConsoleSessionRequest request;
    request.set_secret(secret);
    v1::EndConsoleSessionResponse response;
    OTRP_RETURN_IF_ERROR(
        handlers::EndConsoleSession(api_, env_, request, response));
    return response.ended();
  }

  absl::Status Revoke(const rpc::CallContext& call, const std::string& id) {
    v1::RevokeConsoleSessionRequest request;
    request.set_spid("bank");
    request.set_session_id(id);
    v1::RevokeConsoleSessionResponse response;
    return handlers::RevokeConsoleSession(call, env_, request, response);
  }

  static rpc::CallContext Member(const std::string& name, rpc::Role role) {
    rpc::Identity caller(rpc::CallerKind::kSp, "bank");
    caller.role = role;
    caller.agent = "member/" + name;
    return rpc::CallContext(caller, "test", "", absl::InfiniteFuture());
  }

  rpc::CallContext api_ = Call(rpc::CallerKind::kService, "api");
};

TEST_F(ConsoleSessionsTest, AMemberSignsInAndOutAndTheRecordNamesHim) {
  const std::string token = NewMember("bank", "releaser", "alice");
  OTRP_ASSERT_OK_AND_ASSIGN(const auto begun, Begin(token));
  EXPECT_THAT(begun.secret(), ::testing::StartsWith("otrpses_"));
  EXPECT_EQ(begun.session().member(), "alice");
  EXPECT_EQ(begun.session().expires_at().seconds(),
            absl::ToUnixSeconds(clock_.Now() + kSessionLife));
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::Principal who, Ask(begun.secret()));
  EXPECT_EQ(who.SerializeAsString(), begun.principal().SerializeAsString());
  EXPECT_EQ(who.name(), "bank");
  EXPECT_EQ(who.role(), "releaser");
  EXPECT_EQ(who.agent(), "member/alice");
  EXPECT_EQ(who.expires_at().seconds(), begun.session().expires_at().seconds());

  OTRP_ASSERT_OK_AND_ASSIGN(bool ended, End(begun.secret()));
  EXPECT_TRUE(ended);
  EXPECT_THAT(Ask(begun.secret()), StatusIs(kUnauthenticated));
  OTRP_ASSERT_OK_AND_ASSIGN(ended, End(begun.secret()));
  EXPECT_FALSE(ended);
  EXPECT_THAT(database_.AuditActions(),
              ElementsAre("sp.create", "member.invite", "member.join",
                          "session.begin", "session.end"));
  OTRP_ASSERT_OK_AND_ASSIGN(
      const store::Row row,
      database_.superuser().Query1(
          "SELECT string_agg(DISTINCT actor, ' ') FROM audit_event WHERE "
          "action LIKE 'session.%'"));
  std::string actors;
  OTRP_ASSERT_OK(row.Scan(&actors));
  EXPECT_EQ(actors, "otrp://sp/bank/member/alice");
}

TEST_F(ConsoleSessionsTest, ASessionNeverOutlivesItsToken) {
  const std::string token = NewMember("bank", "owner", "alice");
  clock_.Advance(kPersonalTokenLife - absl::Hours(1));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto begun, Begin(token));
  EXPECT_EQ(begun.session().expires_at().seconds(),
            absl::ToUnixSeconds(clock_.Now() + absl::Hours(1)));
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(Ask(begun.secret()), StatusIs(kUnauthenticated));
  EXPECT_THAT(Begin(token), StatusIs(kUnauthenticated));
}

TEST_F(ConsoleSessionsTest, AProgramsTokenBeginsNoSession) {
  v1::CreateTokenRequest request;
  request.set_spid("bank");
  request.set_name("CI");
  request.set_role("developer");
  v1::CreateTokenResponse made;
  OTRP_ASSERT_OK(handlers::CreateToken(bank_, env_, request, made));
  EXPECT_THAT(Begin(made.secret()), StatusIs(kDenied, HasSubstr("token:")));
  // One that a member made is the member's; the session is no more.
  NewMember("bank", "releaser", "alice");
  const rpc::CallContext alice = Member("alice", rpc::Role::kReleaser);
  OTRP_ASSERT_OK(handlers::CreateToken(alice, env_, request, made));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto begun, Begin(made.secret()));
  EXPECT_EQ(begun.principal().role(), "developer");
  EXPECT_EQ(begun.principal().agent(), "token/" + made.token().token_id());
}

TEST_F(ConsoleSessionsTest, ASessionIsNoTokenAndATokenIsNoSession) {
  const std::string token = NewMember("bank", "owner", "alice");
  OTRP_ASSERT_OK_AND_ASSIGN(const auto begun, Begin(token));
  EXPECT_THAT(Ask("", begun.secret()), StatusIs(kUnauthenticated));
  EXPECT_THAT(Ask(token), StatusIs(kUnauthenticated));
  EXPECT_THAT(Ask(begun.secret(), token),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Begin(begun.secret()), StatusIs(kUnauthenticated));
  FakeRandom other{99};
  EXPECT_THAT(Ask(NewBearer(kSessionPrefix, other).secret),
              StatusIs(kUnauthenticated));
}

TEST_F(ConsoleSessionsTest, NoSessionsSecretIsInTheDatabaseOrAList) {
  OTRP_ASSERT_OK_AND_ASSIGN(const auto begun,
                            Begin(NewMember("bank", "owner", "alice")));
  OTRP_ASSERT_OK_AND_ASSIGN(const store::Row row,
                            database_.superuser().Query1(R"sql(
      SELECT (SELECT string_agg(console_session::text, '')
              FROM console_session)
          || (SELECT string_agg(audit_event::text, '') FROM audit_event)
      )sql"));
  std::string all;
  OTRP_ASSERT_OK(row.Scan(&all));
  v1::ListConsoleSessionsRequest request;
  request.set_spid("bank");
  v1::ListConsoleSessionsResponse response;
  OTRP_ASSERT_OK(handlers::ListConsoleSessions(bank_, env_, request, response));
  ASSERT_THAT(response.sessions(), SizeIs(1));
  EXPECT_EQ(response.sessions(0).session_id(), begun.session().session_id());
  all += response.ShortDebugString();
  EXPECT_THAT(all, HasSubstr(begun.session().session_id()));
  EXPECT_THAT(all, Not(HasSubstr(begun.secret().substr(10, 20))));
}

TEST_F(ConsoleSessionsTest, AnOwnerEndsEverybodysSessionAndOthersTheirOwn) {
  NewMember("bank", "owner", "root");
  OTRP_ASSERT_OK_AND_ASSIGN(const auto alices,
                            Begin(NewMember("bank", "developer", "alice")));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto bobs,
                            Begin(NewMember("bank", "developer", "bob")));
  const std::string alice_id = alices.session().session_id();
  const rpc::CallContext bob = Member("bob", rpc::Role::kDeveloper);
  EXPECT_THAT(Revoke(bob, alice_id), StatusIs(kNotFound));
  EXPECT_THAT(Revoke(shop_, alice_id), StatusIs(kNotFound));
  OTRP_EXPECT_OK(Revoke(bob, bobs.session().session_id()));
  EXPECT_THAT(Ask(bobs.secret()), StatusIs(kUnauthenticated));
  OTRP_EXPECT_OK(Ask(alices.secret()));
  OTRP_EXPECT_OK(Revoke(Member("root", rpc::Role::kOwner), alice_id));
  EXPECT_THAT(Ask(alices.secret()), StatusIs(kUnauthenticated));
  EXPECT_THAT(Revoke(bank_, alice_id), StatusIs(kNotFound));
}

TEST_F(ConsoleSessionsTest, AnotherTenantsSessionsAreNotListed) {
  OTRP_ASSERT_OK(Create("shop", "Shop AG"));
  OTRP_ASSERT_OK(Begin(NewMember("bank", "owner", "alice")));
  v1::ListConsoleSessionsRequest request;
  request.set_spid("bank");
  v1::ListConsoleSessionsResponse response;
  EXPECT_THAT(handlers::ListConsoleSessions(shop_, env_, request, response),
              StatusIs(kNotFound));
  request.set_spid("shop");
  OTRP_ASSERT_OK(handlers::ListConsoleSessions(shop_, env_, request, response));
  EXPECT_THAT(response.sessions(), IsEmpty());
}

}  // namespace
}  // namespace portal
}  // namespace otrp
