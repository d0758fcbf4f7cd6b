// Words of the command line as values, and back.

#include "clients/otrpctl/values.h"

#include <string>

#include "clients/otrpctl/command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace otrp::ctl {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

template <typename T>
std::string Mistake(const absl::StatusOr<T>& value) {
  EXPECT_EQ(ExitCode(value.status()), 2) << value.status();
  return std::string(value.status().message());
}

TEST(ValuesTest, ARoleHasOneName) {
  for (const char* name : {"tsm", "tee", "tfw", "sp", "service", "operator"}) {
    const auto role = ParseRole(name);
    ASSERT_TRUE(role.ok()) << role.status();
    EXPECT_EQ(RoleName(*role), name);
  }
  EXPECT_EQ(*ParseRole("TEE"), common::v1::ROLE_TEE);
  EXPECT_THAT(Mistake(ParseRole("tea")),
              AllOf(HasSubstr("--role tea"),
                    HasSubstr("tsm, tee, tfw, sp, service, operator")));
  Mistake(ParseRole(""));
}

TEST(ValuesTest, UsagesAreWordsOrNumbers) {
  EXPECT_THAT(ParseUsages("clientAuth,ANY,1.2.3,typo"),
              ::testing::ElementsAre("1.3.6.1.5.5.7.3.2", "2.5.29.37.0",
                                     "1.2.3", "typo"));
  EXPECT_EQ(UsageName("2.5.29.37.0"), "any");
  EXPECT_EQ(UsageName("1.2.3"), "1.2.3");
}

TEST(ValuesTest, AProfileHasOneName) {
  for (const char* name : {"tsm", "tee", "tfw", "sp", "service", "client"}) {
    const auto profile = ParseProfile(name);
    ASSERT_TRUE(profile.ok()) << profile.status();
    EXPECT_EQ(ProfileName(*profile), name);
  }
  EXPECT_THAT(Mistake(ParseProfile("root")),
              AllOf(HasSubstr("--profile root"), HasSubstr("client")));
}

TEST(ValuesTest, AReasonIsTakenAsTheRfcOrTheShellWritesIt) {
  EXPECT_EQ(*ParseReason("keyCompromise"),
            ca::v1::REVOCATION_REASON_KEY_COMPROMISE);
  EXPECT_EQ(*ParseReason("key-compromise"),
            ca::v1::REVOCATION_REASON_KEY_COMPROMISE);
  EXPECT_EQ(ReasonName(ca::v1::REVOCATION_REASON_KEY_COMPROMISE),
            "keyCompromise");
  EXPECT_THAT(Mistake(ParseReason("bored")),
              AllOf(HasSubstr("--reason bored"), HasSubstr("superseded")));
}

// A service that is newer than this otrpctl.
TEST(ValuesTest, AnEnumOfTomorrowIsShownAsItsNumber) {
  EXPECT_EQ(RoleName(static_cast<common::v1::Role>(99)), "unknown-99");
}

TEST(ValuesTest, ADidIsThirtyTwoOctets) {
  const std::string hex(64, 'a');
  EXPECT_EQ(*ParseDid(hex), std::string(32, '\xaa'));
  EXPECT_EQ(*ParseDid(std::string(64, 'A')), std::string(32, '\xaa'));
  for (const std::string& word : {std::string(), hex.substr(2), hex + "aa",
                                  std::string(64, 'x'), " " + hex.substr(1)}) {
    EXPECT_THAT(Mistake(ParseDid(word)), HasSubstr("64 hex digits")) << word;
  }
}

TEST(ValuesTest, TimesAreUtcWithMilliseconds) {
  google::protobuf::Timestamp time;
  EXPECT_TRUE(Time(time, false).is_null());
  EXPECT_EQ(Time(time, true).as_string(), "1970-01-01T00:00:00.000Z");
  time.set_seconds(1709164800);
  time.set_nanos(999999999);
  EXPECT_EQ(Time(time, true).as_string(), "2024-02-29T00:00:00.999Z")
      << "cut, not rounded into the next second";
}

}  // namespace
}  // namespace otrp::ctl
