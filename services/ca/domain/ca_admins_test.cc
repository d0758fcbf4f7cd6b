#include "services/ca/domain/ca_admins.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/ca/authz.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using rpc::CallerKind;
using rpc::Role;
using ::testing::HasSubstr;

constexpr char kAlice[] = "otrp://operator/alice";
constexpr char kBob[] = "otrp://operator/ops/member/bob";

rpc::Identity Caller(CallerKind kind, const std::string& name,
                     Role role = Role::kFull, const std::string& agent = "") {
  rpc::Identity caller(kind, name);
  caller.role = role;
  caller.agent = agent;
  return caller;
}

rpc::Identity Member(const char* name, Role role) {
  return (Caller(CallerKind::kOperator, "ops", role, name));
}

bool IsForCaAdmins(const std::string& method) {
  for (const char* one :
       {"Authorities.PrepareGeneration", "Authorities.ActivateGeneration",
        "Authorities.RetireGeneration", "Authorities.RevokeGeneration",
        "Authorities.CrossSignGeneration", "Authorities.RequestGeneration",
        "Authorities.ImportGeneration", "CrlShards.SetCrlShards",
        "AuthorityMarket.CreateAuthority",
        "AuthorityMarket.SetAuthorityPolicies"}) {
    if (method == std::string("otrp.ca.v1.") + one) return true;
  }
  return method == "otrp.common.v1.KeyEncryption.RewrapKeys";
}

// Each method, for each of them, with admins and without.
TEST(CaAdminsTest, WhatChangesAuthoritiesIsForThemAloneAndNothingElseIsLess) {
  const CaAdmins all;
  const CaAdmins some = CaAdmins::Of({kAlice, kBob}).value();
  int methods = 0;
  for (const rpc::AuthzRule& rule : Authz().rules()) {
    SCOPED_TRACE(rule.method);
    const auto may = [&](const CaAdmins& admins, const rpc::Identity& caller) {
      return Authz().Check(rule.method, admins.Here(caller)).ok();
    };
    const bool admins_only = IsForCaAdmins(rule.method);
    methods += admins_only ? 1 : 0;
    const rpc::Identity alice = Caller(CallerKind::kOperator, "alice");
    const rpc::Identity eve = Caller(CallerKind::kOperator, "eve");
    const rpc::Identity bob = Member("member/bob", Role::kOperator);
    const rpc::Identity carol = Member("member/carol", Role::kOperator);
    // Without the flag nobody has less than before.
    for (const rpc::Identity& caller : {alice, eve}) {
      EXPECT_EQ(may(all, caller), Authz().Check(rule.method, caller).ok());
    }
    EXPECT_TRUE(!admins_only || may(all, carol));
    // With it those whom it names have all, and the others all but this.
    EXPECT_EQ(may(some, alice), may(all, alice));
    EXPECT_EQ(may(some, bob), may(all, bob));
    EXPECT_EQ(may(some, eve), may(all, eve) && !admins_only);
    EXPECT_EQ(may(some, carol), may(all, carol) && !admins_only);
    // A member of a named certificate's account isn't its holder.
    EXPECT_EQ(may(some, Caller(CallerKind::kOperator, "alice", Role::kOperator,
                               "member/mallory")),
              may(all, carol) && !admins_only);
    // Those who judge, read or are no operators never are.
    for (const rpc::Identity& caller : {Member("member/bob", Role::kApprover),
                                        Caller(CallerKind::kAuditor, "alice"),
                                        Caller(CallerKind::kService, "api"),
                                        Caller(CallerKind::kSp, "alice")}) {
      EXPECT_FALSE(admins_only && may(some, caller)) << caller.ToString();
      EXPECT_EQ(may(some, caller), may(all, caller)) << caller.ToString();
    }
  }
  EXPECT_EQ(methods, 11);
}

TEST(CaAdminsTest, NobodyMakesHimselfOneByACertificate) {
  const CaAdmins admins = CaAdmins::Of({kAlice}).value();
  const pki::Profile& client = pki::ProfileFor(pki::Role::kClient);
  const pki::Profile& service = pki::ProfileFor(pki::Role::kService);
  const rpc::Identity eve = admins.Here(Caller(CallerKind::kOperator, "eve"));
  const auto denied =
      StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("ca-admin"));
  EXPECT_THAT(admins.CheckGrant(eve, client, {kAlice}), denied);
  EXPECT_THAT(admins.CheckGrant(eve, client, {"otrp://operator/eve", kAlice}),
              denied);
  // The front's process says for whom it calls.
  EXPECT_THAT(admins.CheckGrant(eve, service, {"otrp://service/api"}), denied);
  EXPECT_THAT(admins.CheckGrant(eve, client, {"otrp://operator/eve"}), IsOk());
  EXPECT_THAT(admins.CheckGrant(eve, pki::ProfileFor(pki::Role::kTee), {}),
              IsOk());
  const rpc::Identity alice =
      admins.Here(Caller(CallerKind::kOperator, "alice"));
  EXPECT_THAT(admins.CheckGrant(alice, client, {kAlice}), IsOk());
  EXPECT_THAT(admins.CheckGrant(alice, service, {"otrp://service/api"}),
              IsOk());
  // Where all are, all may.
  EXPECT_THAT(CaAdmins().CheckGrant(
                  CaAdmins().Here(Member("member/x", Role::kOperator)), service,
                  {"otrp://service/api"}),
              IsOk());
}

TEST(CaAdminsTest, OnlyOperatorsCanBeNamed) {
  for (const char* bad :
       {"", "alice", "otrp://auditor/alice", "otrp://sp/bank",
        "otrp://service/api", "otrp://operator/", "otrp://operator/a b",
        "otrp://operator/ops/member", "otrp://operator/ops/member/",
        "otrp://operator/ops/member/a/b", "otrp:/x/operator/ops"}) {
    EXPECT_THAT(
        CaAdmins::Of({bad}).status(),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("ca_admins")))
        << bad;
  }
  EXPECT_THAT(CaAdmins::Of({kAlice, kBob}).status(), IsOk());
}

}  // namespace
}  // namespace ca
}  // namespace otrp
