// Against a server with the portal's authentication service, over mutual TLS.

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/rpc/time.h"
#include "otrp/portal/v1/access.grpc.pb.h"
#include "services/api/clients/portal_authenticator.h"
#include "services/api/clients/remembering_authenticator.h"
#include "services/api/limits.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"

namespace otrp {
namespace api {
namespace {

namespace v1 = ::otrp::portal::v1;
using ::otrp::testing::StatusIs;
using ::otrp::testing::TestTls;

constexpr char kMethod[] = "otrp.portal.v1.Authentication.Authenticate";

v1::Principal Alice(absl::Time expires_at) {
  v1::Principal alice;
  alice.set_kind("sp");
  alice.set_name("acme");
  alice.set_role("releaser");
  alice.set_agent("member/alice");
  alice.add_taids("wallet");
  *alice.mutable_expires_at() = rpc::ToProto(expires_at);
  return alice;
}

// One good token.
class Tokens : public v1::Authentication::Service {
 public:
  grpc::Status Authenticate(grpc::ServerContext*,
                            const v1::AuthenticateRequest* request,
                            v1::AuthenticateResponse* response) override {
    ++asked;
    if (request->token() + request->session() != "good") {
      return grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "no");
    }
    *response->mutable_principal() = principal;
    if (!request->session().empty()) {
      response->mutable_principal()->set_role("auditor");
    }
    return grpc::Status::OK;
  }
  v1::Principal principal;
  std::atomic<int> asked{0};
};

class AuthenticatorsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    tokens_.principal = Alice(clock_.Now() + absl::Hours(1));
    OTRP_ASSERT_OK_AND_ASSIGN(tls_, TestTls::Create());
    OTRP_ASSERT_OK_AND_ASSIGN(std::string dir,
                              tls_->Issue("otrp://service/sp_portal"));
    OTRP_ASSERT_OK_AND_ASSIGN(std::string api,
                              tls_->Issue("otrp://service/api"));
    rpc::Server::Options options;
    options.listen = "127.0.0.1:0";
    options.tls_dir = dir;
    options.guard = &guard_;
    OTRP_ASSERT_OK_AND_ASSIGN(server_, rpc::Server::Start(options, {&tokens_}));
    OTRP_ASSERT_OK_AND_ASSIGN(
        auto channel,
        rpc::CreateChannel(
            {absl::StrCat("127.0.0.1:", server_->port()), "sp_portal", api}));
    portal_ = std::make_unique<PortalAuthenticator>(channel);
    remembering_ = std::make_unique<RememberingAuthenticator>(*portal_, clock_);
  }

  static absl::StatusOr<Principal> Ask(
      Authenticator& authenticator, const std::string& value,
      Secret::Kind kind = Secret::Kind::kToken) {
    std::promise<absl::StatusOr<Principal>> result;
    authenticator.Authenticate({kind, value}, "",
                               [&](absl::StatusOr<Principal> principal) {
                                 result.set_value(std::move(principal));
                               });
    return result.get_future().get();
  }

  const rpc::AuthzTable table_{
      {{kMethod, rpc::Effect::kReads, {rpc::Allow::Service("api")}}}};
  const rpc::Guard guard_{"sp_portal", table_};
  FakeClock clock_{absl::FromUnixSeconds(1700000000)};
  Tokens tokens_;
  std::unique_ptr<TestTls> tls_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<PortalAuthenticator> portal_;
  std::unique_ptr<RememberingAuthenticator> remembering_;
};

TEST_F(AuthenticatorsTest, AGoodTokensHolderIsWhomThePortalNames) {
  OTRP_ASSERT_OK_AND_ASSIGN(const Principal alice, Ask(*portal_, "good"));
  EXPECT_EQ(alice.caller.ToString(), "otrp://sp/acme/member/alice");
  EXPECT_EQ(alice.caller.role, rpc::Role::kReleaser);
  EXPECT_THAT(alice.caller.taids, ::testing::ElementsAre("wallet"));
  EXPECT_EQ(alice.expires_at, clock_.Now() + absl::Hours(1));
  EXPECT_THAT(Ask(*portal_, "bad").status(),
              StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(AuthenticatorsTest, AHolderThatCannotBeIsNotBelieved) {
  const auto spoiled = [this](void (*spoil)(v1::Principal*)) {
    v1::Principal principal = Alice(clock_.Now());
    spoil(&principal);
    return PrincipalFromProto(principal).status();
  };
  for (auto spoil : {
           +[](v1::Principal* p) { p->set_kind("service"); },
           +[](v1::Principal* p) { p->set_kind(""); },
           +[](v1::Principal* p) { p->set_role("operator"); },
           +[](v1::Principal* p) { p->clear_agent(); },
           // As a certificate's holder, who may all.
           +[](v1::Principal* p) {
             p->set_role("full");
             p->clear_agent();
           },
           +[](v1::Principal* p) { p->set_name("acme/member/bob"); },
           +[](v1::Principal* p) { p->add_taids(""); },
       }) {
    EXPECT_THAT(spoiled(spoil), StatusIs(absl::StatusCode::kInternal));
  }
}

TEST_F(AuthenticatorsTest, APortalThatKnowsNoTokensHasGivenNone) {
  server_.reset();
  rpc::Server::Options options;
  options.listen = "127.0.0.1:0";
  OTRP_ASSERT_OK_AND_ASSIGN(options.tls_dir,
                            tls_->Issue("otrp://service/sp_portal"));
  const rpc::AuthzTable none({});
  const rpc::Guard guard("sp_portal", none);
  options.guard = &guard;
  OTRP_ASSERT_OK_AND_ASSIGN(server_, rpc::Server::Start(options, {}));
  OTRP_ASSERT_OK_AND_ASSIGN(std::string api, tls_->Issue("otrp://service/api"));
  OTRP_ASSERT_OK_AND_ASSIGN(
      auto channel,
      rpc::CreateChannel(
          {absl::StrCat("127.0.0.1:", server_->port()), "sp_portal", api}));
  PortalAuthenticator portal(channel);
  EXPECT_THAT(Ask(portal, "good").status(),
              StatusIs(absl::StatusCode::kUnauthenticated));
  server_.reset();
  EXPECT_THAT(Ask(portal, "good").status(),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(AuthenticatorsTest, ARevokedTokenIsDeadWithinSeconds) {
  OTRP_EXPECT_OK(Ask(*remembering_, "good"));
  OTRP_EXPECT_OK(Ask(*remembering_, "good"));
  EXPECT_EQ(tokens_.asked, 1);
  clock_.Advance(kTokenMemory);
  OTRP_EXPECT_OK(Ask(*remembering_, "good"));
  EXPECT_EQ(tokens_.asked, 2);
}

TEST_F(AuthenticatorsTest, AnExpiredTokenIsNotRememberedPastItsEnd) {
  tokens_.principal = Alice(clock_.Now() + absl::Seconds(1));
  OTRP_EXPECT_OK(Ask(*remembering_, "good"));
  clock_.Advance(absl::Seconds(1));
  OTRP_EXPECT_OK(Ask(*remembering_, "good"));
  EXPECT_EQ(tokens_.asked, 2);
}

TEST_F(AuthenticatorsTest, ATokenAndASessionOfTheSameTextAreTwo) {
  OTRP_ASSERT_OK_AND_ASSIGN(Principal who, Ask(*remembering_, "good"));
  EXPECT_EQ(who.caller.role, rpc::Role::kReleaser);
  OTRP_ASSERT_OK_AND_ASSIGN(who,
                            Ask(*remembering_, "good", Secret::Kind::kSession));
  EXPECT_EQ(who.caller.role, rpc::Role::kAuditor);
}

TEST_F(AuthenticatorsTest, WhatIsForgottenIsAskedForAgain) {
  OTRP_EXPECT_OK(Ask(*remembering_, "good"));
  remembering_->Forget({Secret::Kind::kSession, "good"});
  OTRP_EXPECT_OK(Ask(*remembering_, "good"));
  EXPECT_EQ(tokens_.asked, 1);
  remembering_->Forget({Secret::Kind::kToken, "good"});
  OTRP_EXPECT_OK(Ask(*remembering_, "good"));
  EXPECT_EQ(tokens_.asked, 2);
}

TEST_F(AuthenticatorsTest, ARefusalIsNotRemembered) {
  EXPECT_FALSE(Ask(*remembering_, "bad").ok());
  EXPECT_FALSE(Ask(*remembering_, "bad").ok());
  EXPECT_EQ(tokens_.asked, 2);
}

}  // namespace
}  // namespace api
}  // namespace otrp
