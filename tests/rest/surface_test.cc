// What is offered by REST, held against the services' authorization tables.

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/rest/mounts.h"
#include "libs/rest/routes.h"
#include "libs/rpc/authz.h"
#include "libs/rpc/authz_test_util.h"
#include "tests/rest/callers.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace {

using ::testing::IsEmpty;

class SurfaceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<rest::RouteTable> table = rest::NewRouteTable();
    ASSERT_THAT(table, testing::IsOk());
    table_ = *std::move(table);
    ASSERT_GT(table_.routes().size(), 40);
  }

  rest::RouteTable table_;
};

TEST_F(SurfaceTest, EveryRpcThatPeopleMayCallHasAPath) {
  // These have paths of their own: the gateway's for OCSP (RFC 6960), and the
  // front's for EST (RFC 7030), which knows the certificate that it was shown.
  const std::set<std::string> elsewhere = {
      "otrp.ca.v1.RevocationStatus.GetOcspResponse",
      "otrp.ca.v1.CertificateRenewal.RenewCertificate"};
  std::set<std::pair<std::string, std::string>> offered;
  for (const rest::Route& route : table_.routes()) {
    offered.emplace(route.backend, route.rpc->full_name());
  }
  std::vector<std::string> missing;
  for (const auto& [backend, table] : testing::AuthzTables()) {
    for (const rpc::AuthzRule& rule : table->rules()) {
      if (!testing::Callers(*table, rule.method).empty() &&
          elsewhere.count(rule.method) == 0 &&
          offered.count({backend, rule.method}) == 0) {
        missing.push_back(absl::StrCat(backend, ": ", rule.method));
      }
    }
  }
  EXPECT_THAT(missing, IsEmpty());
}

TEST_F(SurfaceTest, NoPathLeadsToWhatIsBetweenServices) {
  for (const rest::Route& route : table_.routes()) {
    EXPECT_FALSE(testing::CallersOf(route).empty()) << route.Name();
  }
}

TEST_F(SurfaceTest, TheReferenceNamesExactlyTheKindsAndRolesThatMay) {
  const std::map<rpc::CallerKind, std::string> kinds = {
      {rpc::CallerKind::kOperator, "operator"},
      {rpc::CallerKind::kAuditor, "auditor"},
      {rpc::CallerKind::kSp, "service-provider"}};
  for (const rest::Route& route : table_.routes()) {
    const rpc::AuthzTable& table = *testing::AuthzTables().at(route.backend);
    const std::vector<rest::Caller> callers = testing::CallersOf(route);
    for (const rpc::Identity& person : rpc::CallersOfAllKinds()) {
      if (person.kind == rpc::CallerKind::kService) continue;
      const bool named = std::any_of(
          callers.begin(), callers.end(), [&](const rest::Caller& caller) {
            return caller.kind == kinds.at(person.kind) &&
                   (person.role == rpc::Role::kFull ||
                    std::count(caller.roles.begin(), caller.roles.end(),
                               rpc::RoleName(person.role)) == 1);
          });
      EXPECT_EQ(named, table.Check(route.rpc->full_name(), person).ok())
          << route.Name() << ": " << person.ToString() << " as "
          << rpc::RoleName(person.role);
    }
  }
}

// GETs are repeated by browsers and proxies.
TEST_F(SurfaceTest, WhatIsReadIsGetAndWhatChangesThingsIsNot) {
  for (const rest::Route& route : table_.routes()) {
    const rpc::AuthzRule* rule =
        testing::AuthzTables().at(route.backend)->Find(route.rpc->full_name());
    ASSERT_NE(rule, nullptr) << route.Name();
    EXPECT_EQ(route.method == "GET", rule->effect == rpc::Effect::kReads)
        << route.Name();
  }
}

// Two routes of one method that some path fits both are refused by the table;
// the same path under another method must mean the same fields.
TEST_F(SurfaceTest, APathMeansTheSameFieldsWhateverItsMethod) {
  for (const rest::Route& a : table_.routes()) {
    for (const rest::Route& b : table_.routes()) {
      if (&a == &b || !a.path.Overlaps(b.path)) continue;
      EXPECT_NE(a.method, b.method) << a.Name();
      EXPECT_EQ(a.path.ToString(), b.path.ToString());
      EXPECT_EQ(a.backend, b.backend) << a.Name();
    }
  }
}

TEST_F(SurfaceTest, EveryPathIsUnderItsVersionAndInLowerCase) {
  for (const rest::Route& route : table_.routes()) {
    EXPECT_TRUE(absl::StartsWith(route.path.ToString(), "/v1/"))
        << route.Name();
    for (const auto& segment : route.path.segments()) {
      if (segment.is_variable) continue;
      EXPECT_THAT(segment.text, ::testing::MatchesRegex("[a-z0-9-]+"));
    }
    EXPECT_THAT(route.path.verb(), ::testing::MatchesRegex("[a-z-]*"));
  }
}

}  // namespace
}  // namespace otrp
