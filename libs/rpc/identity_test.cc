#include "libs/rpc/identity.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace rpc {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;

struct Good {
  const char* uri;
  Identity identity;
};

TEST(IdentityTest, TheFourFormsAreRead) {
  const Good cases[] = {
      {"otrp://service/ca", {CallerKind::kService, "ca"}},
      {"otrp://operator/alice", {CallerKind::kOperator, "alice"}},
      {"otrp://auditor/a-b.c_9", {CallerKind::kAuditor, "a-b.c_9"}},
      {"otrp://sp/bank", {CallerKind::kSp, "bank"}},
  };
  for (const Good& c : cases) {
    EXPECT_THAT(ParseIdentity(c.uri), IsOkAndHolds(c.identity)) << c.uri;
    EXPECT_EQ(c.identity.ToString(), c.uri);
  }
  EXPECT_EQ(Identity().ToString(), "anonymous");
}

TEST(IdentityTest, AnythingElseIsRefused) {
  const std::string cases[] = {
      "",
      "otrp://",
      "otrp://service",
      "otrp://service/",
      "otrp://service/a/b",
      "otrp://service/a%2fb",
      "otrp://service/a b",
      "otrp://root/a",
      "otrp://Service/a",
      "OTRP://service/a",
      "http://service/a",
      "spiffe://service/a",
      "otrp://service/" + std::string(65, 'a'),
      std::string("otrp://service/a\0b", 18),
  };
  for (const std::string& uri : cases) {
    EXPECT_THAT(ParseIdentity(uri),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << uri;
  }
}

TEST(IdentityTest, WordsOfRolesAndKindsAreReadBack) {
  for (const Role role : {Role::kFull, Role::kAuditor, Role::kDeveloper,
                          Role::kReleaser, Role::kOwner, Role::kOperator,
                          Role::kApprover, Role::kCaAdmin, Role::kStaff}) {
    EXPECT_EQ(ParseRole(RoleName(role)), role);
  }
  for (const CallerKind kind : {CallerKind::kService, CallerKind::kOperator,
                                CallerKind::kAuditor, CallerKind::kSp}) {
    EXPECT_EQ(ParseKind(KindName(kind)), kind);
  }
  EXPECT_FALSE(ParseRole("").has_value());
  EXPECT_FALSE(ParseKind("").has_value());
}

}  // namespace
}  // namespace rpc
}  // namespace otrp
