#include "libs/rpc/delegation.h"

#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace rpc {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::StartsWith;

using Metadata = std::multimap<grpc::string_ref, grpc::string_ref>;

constexpr char kKey[] = "otrp-caller-bin";

Identity Peer(const char* uri) { return *ParseIdentity(uri); }

Identity Alice() {
  Identity alice = Peer("otrp://sp/acme");
  alice.role = Role::kReleaser;
  alice.agent = "member/alice";
  alice.taids = {"wallet"};
  return alice;
}

TEST(DelegationTest, TheFrontSaysForWhomItCalls) {
  const std::string value = CallerMessage(Alice()).SerializeAsString();
  EXPECT_THAT(CallerOf(Peer("otrp://service/api"), {{kKey, value}}),
              IsOkAndHolds(Alice()));
  EXPECT_EQ(Alice().ToString(), "otrp://sp/acme/member/alice");
}

TEST(DelegationTest, WithoutItThePeerCallsForItself) {
  for (const char* peer :
       {"otrp://service/api", "otrp://sp/acme", "otrp://operator/eve"}) {
    EXPECT_THAT(CallerOf(Peer(peer), {{"traceparent", "x"}}),
                IsOkAndHolds(Peer(peer)));
  }
}

TEST(DelegationTest, NobodyElseCallsForSomebodyElse) {
  const std::string value = CallerMessage(Alice()).SerializeAsString();
  for (const char* peer :
       {"otrp://service/gateway", "otrp://service/sp_portal",
        "otrp://operator/api", "otrp://auditor/api", "otrp://sp/acme"}) {
    EXPECT_THAT(CallerOf(Peer(peer), {{kKey, value}}),
                StatusIs(absl::StatusCode::kPermissionDenied));
  }
  EXPECT_THAT(CallerOf(Identity(), {{kKey, value}}),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST(DelegationTest, WhatNamesNoCallerIsRefused) {
  const Identity api = Peer("otrp://service/api");
  const std::string good = CallerMessage(Alice()).SerializeAsString();
  const std::string large(5000, 'a');
  EXPECT_THAT(CallerOf(api, {{kKey, good}, {kKey, good}}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  for (const std::string& bad : {std::string(), std::string("\xff"), large}) {
    EXPECT_THAT(CallerOf(api, {{kKey, bad}}),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

// The front is trusted with people and SPs, never with the suite's processes.
TEST(DelegationTest, NobodyBecomesAService) {
  for (const char* kind : {"service", "anonymous", "", "SP"}) {
    common::v1::Caller caller = CallerMessage(Alice());
    caller.set_kind(kind);
    EXPECT_THAT(
        CallerIdentity(caller),
        StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("kind:")))
        << kind;
  }
}

TEST(DelegationTest, FieldsAreHeldToTheirForms) {
  const auto refused = [](const common::v1::Caller& caller, const char* field) {
    EXPECT_THAT(CallerIdentity(caller),
                StatusIs(absl::StatusCode::kInvalidArgument, StartsWith(field)))
        << caller.ShortDebugString();
  };
  for (const char* name : {"", "a/b", "a b", "\n"}) {
    common::v1::Caller caller = CallerMessage(Alice());
    caller.set_name(name);
    refused(caller, "name:");
  }
  for (const char* role : {"", "operator", "approver", "root", "Owner"}) {
    common::v1::Caller caller = CallerMessage(Alice());
    caller.set_role(role);
    refused(caller, "role:");
  }
  for (const char* agent : {"alice", "/alice", "member/", "member/a/b",
                            "MEMBER/a", "member/a\nb"}) {
    common::v1::Caller caller = CallerMessage(Alice());
    caller.set_agent(agent);
    refused(caller, "agent:");
  }
  common::v1::Caller caller = CallerMessage(Alice());
  caller.add_taids("a/b");
  refused(caller, "taids:");
  caller = CallerMessage(Alice());
  for (int i = 0; i < 32; ++i) caller.add_taids("t");
  refused(caller, "taids:");
}

TEST(DelegationTest, RolesOfOperatorsAreNotThoseOfSps) {
  common::v1::Caller caller = CallerMessage(Peer("otrp://operator/eve"));
  caller.set_agent("member/eve");
  for (const char* role : {"operator", "approver"}) {
    caller.set_role(role);
    EXPECT_TRUE(CallerIdentity(caller).ok()) << role;
  }
  for (const char* role : {"owner", "developer", "releaser", "auditor"}) {
    caller.set_role(role);
    EXPECT_FALSE(CallerIdentity(caller).ok()) << role;
  }
}

// A token never has what only a certificate has, nor the other way round.
TEST(DelegationTest, OnlyACertificateMayAll) {
  common::v1::Caller certificate = CallerMessage(Peer("otrp://sp/acme"));
  EXPECT_TRUE(CallerIdentity(certificate).ok());
  certificate.set_role("owner");
  EXPECT_FALSE(CallerIdentity(certificate).ok());
  common::v1::Caller token = CallerMessage(Alice());
  token.set_role("full");
  EXPECT_FALSE(CallerIdentity(token).ok());
}

TEST(DelegationTest, ATokenOfSomeApplicationsHasNoOthers) {
  EXPECT_TRUE(Alice().HasApplication("wallet"));
  EXPECT_FALSE(Alice().HasApplication("WALLET"));
  EXPECT_FALSE(Alice().HasApplication("other"));
  EXPECT_TRUE(Peer("otrp://sp/acme").HasApplication("other"));
}

}  // namespace
}  // namespace rpc
}  // namespace otrp
