#include "services/sp_portal/domain/access.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "libs/base/fake_random.h"
#include "libs/crypto/hash.h"
#include "services/sp_portal/domain/bearer.h"

namespace otrp {
namespace portal {
namespace {

TEST(RoleTest, OfAnSpEachIncludesThoseBelowAndNoneAbove) {
  const std::vector<std::string> roles = {kAuditor, kDeveloper, kReleaser,
                                          kOwner};
  for (size_t a = 0; a < roles.size(); ++a) {
    for (size_t b = 0; b < roles.size(); ++b) {
      EXPECT_EQ(Includes("acme", roles[a], roles[b]), a >= b)
          << roles[a] << " " << roles[b];
      EXPECT_EQ(Common("acme", roles[a], roles[b]), roles[std::min(a, b)]);
    }
  }
}

TEST(RoleTest, AnOperatorIsNoApproverAndTheirCommonPartOnlyReads) {
  EXPECT_FALSE(Includes(kOperatorsSide, kOperator, kApprover));
  EXPECT_FALSE(Includes(kOperatorsSide, kApprover, kOperator));
  EXPECT_TRUE(Includes(kOperatorsSide, kApprover, kAuditor));
  EXPECT_EQ(Common(kOperatorsSide, kApprover, kOperator), kAuditor);
}

TEST(RoleTest, ARoleOfTheOtherSideIsWorthNothing) {
  EXPECT_FALSE(IsRoleOf("acme", kOperator));
  EXPECT_FALSE(IsRoleOf(kOperatorsSide, kOwner));
  EXPECT_FALSE(IsRoleOf("acme", ""));
  EXPECT_FALSE(Includes("acme", kOperator, kAuditor));
  EXPECT_FALSE(Includes(kOperatorsSide, kOwner, kAuditor));
  EXPECT_EQ(Common("acme", kOperator, kOwner), absl::nullopt);
}

TEST(BearerTest, ASecretIsReadBackAsTheDigestThatIsKept) {
  FakeRandom random{7};
  const Bearer bearer = NewBearer(kTokenPrefix, random);
  EXPECT_EQ(bearer.secret.size(), 5u + 43u + 6u);
  EXPECT_EQ(bearer.sha256, crypto::Sha256(bearer.secret));
  EXPECT_EQ(BearerDigest(kTokenPrefix, bearer.secret), bearer.sha256);
}

TEST(BearerTest, AMistypedCharacterAnywhereIsNoticed) {
  FakeRandom random{7};
  const std::string secret = NewBearer(kTokenPrefix, random).secret;
  for (size_t i = 0; i < secret.size(); ++i) {
    std::string other = secret;
    other[i] = other[i] == 'x' ? 'y' : 'x';
    EXPECT_EQ(BearerDigest(kTokenPrefix, other), absl::nullopt) << i;
  }
  EXPECT_EQ(BearerDigest(kTokenPrefix, secret + "0"), absl::nullopt);
  EXPECT_EQ(BearerDigest(kTokenPrefix, secret.substr(1)), absl::nullopt);
  EXPECT_EQ(BearerDigest(kTokenPrefix, ""), absl::nullopt);
}

TEST(BearerTest, ACodeIsNoToken) {
  FakeRandom random{7};
  const std::string code = NewBearer(kCodePrefix, random).secret;
  EXPECT_EQ(BearerDigest(kTokenPrefix, code), absl::nullopt);
  EXPECT_NE(BearerDigest(kCodePrefix, code), absl::nullopt);
}

TEST(BearerTest, AThousandSecretsAndIdsDiffer) {
  FakeRandom random{7};
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(seen.insert(NewBearer(kTokenPrefix, random).secret).second);
    EXPECT_TRUE(seen.insert(NewId("tok_", random)).second);
  }
}

}  // namespace
}  // namespace portal
}  // namespace otrp
