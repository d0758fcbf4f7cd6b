#include "libs/rpc/authz.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/rpc/authz_test_util.h"
#include "otrp/common/v1/common.grpc.pb.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace rpc {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kList[] = "otrp.common.v1.AuditLog.ListAuditEvents";
constexpr char kVerify[] = "otrp.common.v1.AuditLog.VerifyAuditLog";

Identity Caller(CallerKind kind, const std::string& name,
                Role role = Role::kFull) {
  Identity caller(kind, name);
  caller.role = role;
  return caller;
}

AuthzTable Complete() {
  return AuthzTable({
      {kList, Effect::kReads, {Allow::Auditors(), Allow::Service("tsm")}},
      {kVerify, Effect::kReads, {Allow::Operators(), Allow::Sps()}},
  });
}

TEST(AuthzTest, DecidesByMethodAndCaller) {
  const AuthzTable table = Complete();
  struct Case {
    const char* method;
    Identity caller;
    bool allowed;
  } cases[] = {
      {kList, Caller(CallerKind::kAuditor, "any"), true},
      {kList, Caller(CallerKind::kService, "tsm"), true},
      {kList, Caller(CallerKind::kService, "ca"), false},
      {kList, Caller(CallerKind::kOperator, "tsm"), false},
      {kList, Identity(), false},
      {kVerify, Caller(CallerKind::kSp, "bank"), true},
      {kVerify, Caller(CallerKind::kAuditor, "any"), false},
      {"/otrp.common.v1.AuditLog/VerifyAuditLog",
       Caller(CallerKind::kOperator, "alice"), true},
      {"/otrp.common.v1.AuditLog/VerifyAuditLog",
       Caller(CallerKind::kService, "tsm"), false},
      {"otrp.common.v1.AuditLog.Unlisted",
       Caller(CallerKind::kOperator, "alice"), false},
      {"", Caller(CallerKind::kOperator, "alice"), false},
      {"/grpc.health.v1.Health/Check", Caller(CallerKind::kSp, "x"), true},
      {"/grpc.health.v1.Health/Check", Identity(), false},
      {"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
       Caller(CallerKind::kOperator, "alice"), true},
      {"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
       Caller(CallerKind::kService, "tsm"), false},
      {"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
       Caller(CallerKind::kSp, "bank"), false},
  };
  for (const Case& c : cases) {
    const absl::Status status = table.Check(c.method, c.caller);
    if (c.allowed) {
      EXPECT_THAT(status, IsOk()) << c.method;
    } else {
      EXPECT_THAT(status, StatusIs(absl::StatusCode::kPermissionDenied,
                                   HasSubstr(c.caller.ToString())))
          << c.method;
    }
  }
}

TEST(AuthzTest, AnAnonymousCallerMatchesNoRow) {
  // Even where a row carelessly allowed a nameless kind.
  const AuthzTable table({{kList, Effect::kReads, {Allow::Services()}}});
  EXPECT_THAT(table.Check(kList, Identity()),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

// Asking for a descriptor links the generated code.
std::string AuditLogService() {
  return otrp::common::v1::AuditEvent::descriptor()
      ->file()
      ->service(0)
      ->full_name();
}

TEST(AuthzProblemsTest, ACompleteTableHasNone) {
  EXPECT_THAT(AuthzProblems(Complete(), {AuditLogService()}), IsEmpty());
}

TEST(AuthzProblemsTest, NamesGapsStaleRowsAndCarelessOnes) {
  const AuthzTable table({
      {kList, Effect::kMutates, {Allow::Auditors()}},
      {kList, Effect::kReads, {Allow::Operators()}},
      {"otrp.common.v1.AuditLog.Gone", Effect::kReads, {}},
  });
  EXPECT_THAT(
      AuthzProblems(table, {AuditLogService(), "otrp.common.v1.NoSuchService"}),
      ElementsAre(HasSubstr("VerifyAuditLog has no row"),
                  HasSubstr("NoSuchService isn't linked"),
                  HasSubstr("ListAuditEvents: auditors may not change"),
                  HasSubstr("ListAuditEvents: listed twice"),
                  HasSubstr("Gone: no such method"),
                  HasSubstr("Gone: allows nobody")));
}

TEST(AuthzMatrixTest, ListsWhoMayCallWhat) {
  EXPECT_THAT(AuthzMatrix(Complete()),
              ElementsAre(std::string(kList) + " <- otrp://auditor/any",
                          std::string(kList) + " <- otrp://service/tsm",
                          std::string(kVerify) + " <- otrp://operator/any",
                          std::string(kVerify) + " <- otrp://sp/any"));
}

// Who may less than another may nothing that the other may not.
TEST(AuthzTest, RolesOfAnSpRiseFromAuditorToOwner) {
  const AuthzTable table({
      {"S.Read", Effect::kReads, {Allow::Sps()}},
      {"S.Push", Effect::kMutates, {Allow::Sps()}},
      {"S.Release", Effect::kMutates, {Allow::Sps(Role::kReleaser)}},
      {"S.Members", Effect::kMutates, {Allow::Sps(Role::kOwner)}},
      {"S.Secrets", Effect::kReads, {Allow::Sps(Role::kOwner)}},
  });
  const std::map<Role, std::set<std::string>> may = {
      {Role::kAuditor, {"S.Read"}},
      {Role::kDeveloper, {"S.Read", "S.Push"}},
      {Role::kReleaser, {"S.Read", "S.Push", "S.Release"}},
      {Role::kOwner,
       {"S.Read", "S.Push", "S.Release", "S.Members", "S.Secrets"}},
      {Role::kFull,
       {"S.Read", "S.Push", "S.Release", "S.Members", "S.Secrets"}},
      // Another kind's.
      {Role::kOperator, {}},
      {Role::kApprover, {}},
      {Role::kCaAdmin, {}},
      {Role::kStaff, {}},
  };
  for (const auto& [role, methods] : may) {
    for (const AuthzRule& rule : table.rules()) {
      EXPECT_EQ(
          table.Check(rule.method, Caller(CallerKind::kSp, "any", role)).ok(),
          methods.count(rule.method) == 1)
          << RoleName(role) << " " << rule.method;
    }
  }
}

TEST(AuthzTest, WhoApprovesDoesNotRunTheSuiteNorTheOtherWayRound) {
  const AuthzTable table({
      {"S.Read", Effect::kReads, {Allow::Operators()}},
      {"S.Create", Effect::kMutates, {Allow::Operators()}},
      {"S.Approve", Effect::kMutates, {Allow::Approvers()}},
      {"S.Rotate", Effect::kMutates, {Allow::CaAdmins()}},
  });
  const std::map<Role, std::set<std::string>> may = {
      {Role::kFull, {"S.Read", "S.Create", "S.Approve", "S.Rotate"}},
      {Role::kOperator, {"S.Read", "S.Create"}},
      {Role::kApprover, {"S.Read", "S.Approve"}},
      {Role::kCaAdmin, {"S.Read", "S.Create", "S.Rotate"}},
      {Role::kStaff, {"S.Read", "S.Create", "S.Approve"}},
      {Role::kOwner, {}},
  };
  for (const auto& [role, methods] : may) {
    for (const AuthzRule& rule : table.rules()) {
      EXPECT_EQ(
          table.Check(rule.method, Caller(CallerKind::kOperator, "any", role))
              .ok(),
          methods.count(rule.method) == 1)
          << RoleName(role) << " " << rule.method;
    }
  }
}

}  // namespace
}  // namespace rpc
}  // namespace otrp
