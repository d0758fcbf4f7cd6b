#include "libs/config/config.h"

#include <sys/stat.h>

#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace config {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

std::string Write(const std::string& content, mode_t mode) {
  const std::string path =
      ::testing::TempDir() +
      ::testing::UnitTest::GetInstance()->current_test_info()->name();
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
  chmod(path.c_str(), mode);
  return path;
}

TEST(HostPortTest, ReadsNamesAddressesAndBrackets) {
  OTRP_ASSERT_OK_AND_ASSIGN(HostPort a, ParseHostPort("listen", "ca:9101"));
  EXPECT_EQ(a.host, "ca");
  EXPECT_EQ(a.port, 9101);
  OTRP_ASSERT_OK_AND_ASSIGN(HostPort b, ParseHostPort("listen", "[::1]:0"));
  EXPECT_EQ(b.host, "::1");
  EXPECT_EQ(b.port, 0);
  for (const char* bad : {"", ":", "a", "a:", ":1", "a:65536", "a:-1", "a:1x",
                          "::1:80", "a b:1", "http://a:1", "a:123456"}) {
    EXPECT_THAT(ParseHostPort("listen", bad),
                StatusIs(kInvalid, HasSubstr("--listen:")))
        << bad;
  }
}

TEST(DurationTest, MustBePositive) {
  EXPECT_THAT(ParsePositiveDuration("x", "1.5h"),
              IsOkAndHolds(absl::Minutes(90)));
  for (const char* bad : {"", "0s", "-1s", "5", "soon"}) {
    EXPECT_THAT(ParsePositiveDuration("period", bad),
                StatusIs(kInvalid, HasSubstr("--period:")));
  }
}

TEST(SecretFileTest, OnlyTheOwnerMayReadIt) {
  std::string path = Write("hunter2\n", 0600);
  OTRP_ASSERT_OK_AND_ASSIGN(SecretBytes secret, ReadSecretFile("kek", path));
  EXPECT_EQ(secret.view(), "hunter2\n");
  for (mode_t mode : {0640, 0604, 0620, 0666}) {
    path = Write("hunter2\n", mode);
    EXPECT_THAT(ReadSecretFile("kek", path).status(),
                StatusIs(kInvalid, AllOf(HasSubstr("--kek:"), HasSubstr("0600"),
                                         Not(HasSubstr("hunter2")))));
    EXPECT_THAT(ReadFile("kek", path), IsOk());
  }
}

TEST(SecretFileTest, MissingAndEmptyFilesAreNamed) {
  EXPECT_THAT(ReadSecretFile("kek", "").status(),
              StatusIs(kInvalid, HasSubstr("--kek: must be given")));
  EXPECT_THAT(ReadSecretFile("kek", "/no/such").status(),
              StatusIs(kInvalid, HasSubstr("/no/such")));
  EXPECT_THAT(ReadSecretFile("kek", "/tmp").status(), StatusIs(kInvalid));
  EXPECT_THAT(ReadSecretFile("kek", Write("", 0600)).status(),
              StatusIs(kInvalid, HasSubstr("is empty")));
}

TEST(KeyFileTest, HoldsOctetsOrHexadecimalDigits) {
  OTRP_ASSERT_OK_AND_ASSIGN(
      SecretBytes key,
      ReadKeyFile("kek", Write(std::string(64, 'a') + "\n", 0600), 32));
  EXPECT_EQ(key.view(), std::string(32, '\xaa'));
  const std::string raw = std::string(31, 'x') + '\n';
  OTRP_ASSERT_OK_AND_ASSIGN(key, ReadKeyFile("kek", Write(raw, 0600), 32));
  EXPECT_EQ(key.view(), raw);
}

TEST(KeyFileTest, AWrongOneIsNamedAndNotShown) {
  for (const std::string& bad : {std::string("deadbeef"), std::string(66, 'a'),
                                 std::string(33, 'x'), std::string(64, 'g')}) {
    EXPECT_THAT(
        ReadKeyFile("kek", Write(bad, 0600), 32).status(),
        StatusIs(kInvalid, AllOf(HasSubstr("--kek"), Not(HasSubstr(bad)))));
  }
  EXPECT_THAT(
      ReadKeyFile("kek", Write(std::string(64, 'a'), 0644), 32).status(),
      StatusIs(kInvalid));
  EXPECT_THAT(ReadKeyFile("kek", "", 32).status(),
              StatusIs(kInvalid, HasSubstr("--kek")));
}

TEST(DsnFileTest, LosesTheWhiteSpaceAroundIt) {
  EXPECT_THAT(ReadDsnFile("dsn_file", Write(" host=/x user=y\n\n", 0600)),
              IsOkAndHolds("host=/x user=y"));
}

}  // namespace
}  // namespace config
}  // namespace otrp
