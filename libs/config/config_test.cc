#include "libs/config/config.h"

#include <sys/stat.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

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

TEST(RangeTest, ItsEndsAreWithin) {
  for (int good : {1, 64}) {
    EXPECT_THAT(CheckRange("io_threads", good, 1, 64), IsOk());
  }
  for (int bad : {0, 65, -1}) {
    EXPECT_THAT(CheckRange("io_threads", bad, 1, 64),
                StatusIs(kInvalid, "--io_threads: give 1 to 64"));
  }
  EXPECT_THAT(CheckRange("idle_timeout", absl::Hours(1), absl::Seconds(1),
                         absl::Hours(1)),
              IsOk());
  EXPECT_THAT(CheckRange("idle_timeout", absl::InfiniteDuration(),
                         absl::Seconds(1), absl::Hours(1)),
              StatusIs(kInvalid, "--idle_timeout: give 1s to 1h"));
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

TEST(KeysFileTest, HoldsOneOrSeveral) {
  const std::string a(64, 'a');
  const std::string b(64, 'b');
  OTRP_ASSERT_OK_AND_ASSIGN(
      std::vector<SecretBytes> keys,
      ReadKeysFile("keys", Write(a + "\n\n " + b + " \n", 0600), 32));
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0].view(), std::string(32, '\xaa'));
  EXPECT_EQ(keys[1].view(), std::string(32, '\xbb'));
  const std::string raw = std::string(31, 'x') + '\n';
  OTRP_ASSERT_OK_AND_ASSIGN(keys, ReadKeysFile("keys", Write(raw, 0600), 32));
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0].view(), raw);

  const std::string line = a + "\n";
  for (const std::string& bad :
       {std::string("\n"), line + "short", line + std::string(64, 'g'),
        line + line + line + line + line}) {
    EXPECT_THAT(ReadKeysFile("keys", Write(bad, 0600), 32).status(),
                StatusIs(kInvalid, AllOf(HasSubstr("--keys"),
                                         Not(HasSubstr(std::string(8, 'a'))))))
        << bad;
  }
}

TEST(SourceTest, ReadsAgainWhatChanged) {
  const std::string path = Write("host=/x password=1", 0600);
  OTRP_ASSERT_OK_AND_ASSIGN(DsnSource dsn, OpenDsnFile("dsn_file", path));
  EXPECT_THAT(dsn(), IsOkAndHolds("host=/x password=1"));
  std::ofstream(path) << "host=/x password=2";
  EXPECT_THAT(dsn(), IsOkAndHolds("host=/x password=2"));
  std::remove(path.c_str());
  EXPECT_THAT(dsn(), StatusIs(kInvalid, HasSubstr("--dsn_file")));
  EXPECT_THAT(OpenDsnFile("dsn_file", path).status(), StatusIs(kInvalid));
  EXPECT_THAT(OpenKeysFile("keys", path, 32).status(), StatusIs(kInvalid));
}

TEST(DsnFileTest, LosesTheWhiteSpaceAroundIt) {
  EXPECT_THAT(ReadDsnFile("dsn_file", Write(" host=/x user=y\n\n", 0600)),
              IsOkAndHolds("host=/x user=y"));
}

}  // namespace
}  // namespace config
}  // namespace otrp
