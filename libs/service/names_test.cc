#include "libs/service/names.h"

#include <iterator>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace service {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

TEST(NamesTest, NamesAreShortAndOfPlainCharacters) {
  for (const std::string& good :
       {std::string("a"), std::string("Bank-1.prod_x"), std::string(64, 'x'),
        std::string("0f9ae9e2-0b57-4b1f-8d2b-7d2f3f0d2d11")}) {
    EXPECT_THAT(CheckName("spid", good), IsOk()) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string(65, 'x'), std::string("a b"),
        std::string("a/b"), std::string("a\0b", 3), std::string("b\xc3\xa4nk"),
        std::string("a\n")}) {
    EXPECT_THAT(CheckName("spid", bad),
                StatusIs(kInvalid, StartsWith("spid: must be 1 to 64 ")))
        << bad;
  }
}

TEST(NamesTest, NoGroupIsCalledAll) {
  EXPECT_THAT(CheckGroupName("group", "all2"), IsOk());
  EXPECT_THAT(CheckGroupName("group", "ALL"), IsOk());
  EXPECT_THAT(CheckGroupName("group", "all"),
              StatusIs(kInvalid, StartsWith("group: must ")));
  EXPECT_THAT(CheckGroupName("group", ""), StatusIs(kInvalid, HasSubstr("64")));
}

TEST(NamesTest, ADeviceIdHasThirtyTwoOctets) {
  EXPECT_THAT(CheckDid("did", std::string(32, '\0')), IsOk());
  for (size_t size : {0u, 31u, 33u, 64u}) {
    EXPECT_THAT(CheckDid("dids[2]", std::string(size, 'x')),
                StatusIs(kInvalid, StartsWith("dids[2]: must ")));
  }
}

TEST(VersionTest, OneToFourNumbersOfThirtyOneBits) {
  for (const char* good : {"0", "1", "1.0", "1.0.0", "1.2.3.4", "0.0.0.0",
                           "2147483647.2147483647.2147483647.2147483647"}) {
    OTRP_ASSERT_OK_AND_ASSIGN(const Version version, Version::Parse(good));
    EXPECT_EQ(version.text(), good);
  }
  for (const char* bad : {"", ".", "1.", ".1", "1..2", "1.2.3.4.5", "01",
                          "1.00", "2147483648", "99999999999999999999", "1.a",
                          "v1", "1.-2", "+1", " 1", "1 ", "1,2", "1.0-rc1"}) {
    EXPECT_THAT(Version::Parse(bad),
                StatusIs(kInvalid, StartsWith("version: must be 1 to 4 ")))
        << bad;
  }
  EXPECT_THAT(Version::Parse(std::string("1\0", 2)), StatusIs(kInvalid));
  EXPECT_THAT(Version::Parse("x", "version_released.version"),
              StatusIs(kInvalid, StartsWith("version_released.version: ")));
}

TEST(VersionTest, NumbersAreComparedAsNumbers) {
  const char* ascending[] = {"0",   "0.0.1", "0.1",    "1",     "1.0.0.1",
                             "1.9", "1.10",  "1.10.2", "2.0.0", "10"};
  for (size_t i = 0; i < std::size(ascending); ++i) {
    for (size_t j = 0; j < std::size(ascending); ++j) {
      OTRP_ASSERT_OK_AND_ASSIGN(Version a, Version::Parse(ascending[i]));
      OTRP_ASSERT_OK_AND_ASSIGN(Version b, Version::Parse(ascending[j]));
      EXPECT_EQ(a < b, i < j) << a.text() << " " << b.text();
      EXPECT_EQ(a == b, i == j) << a.text() << " " << b.text();
    }
  }
}

TEST(VersionTest, TrailingZerosDoNotMatterButTheTextStays) {
  OTRP_ASSERT_OK_AND_ASSIGN(Version a, Version::Parse("1.0"));
  OTRP_ASSERT_OK_AND_ASSIGN(Version b, Version::Parse("1.0.0"));
  EXPECT_TRUE(a == b);
  EXPECT_EQ(a.text(), "1.0");
}

}  // namespace
}  // namespace service
}  // namespace otrp
