#include "services/tsm/config.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

std::string WriteFile(const std::string& name, const std::string& text,
                      mode_t mode) {
  const char* dir = std::getenv("TEST_TMPDIR");
  const std::string path =
      std::string(dir == nullptr ? "/tmp" : dir) + "/" + name;
  std::ofstream(path) << text;
  chmod(path.c_str(), mode);
  return path;
}

TEST(ConfigTest, TsmIdIsAnAbsoluteUri) {
  OTRP_EXPECT_OK(CheckTsmId("https://tsm.otrp.example/otrp"));
  OTRP_EXPECT_OK(CheckTsmId("urn:uuid:1"));
  for (const char* bad : {"", "tsm", ":x", "https:", "https://a b", "x:\n"}) {
    EXPECT_THAT(CheckTsmId(bad), StatusIs(absl::StatusCode::kInvalidArgument,
                                          HasSubstr("--tsm_id")))
        << bad;
  }
}

TEST(ConfigTest, KeysAreOctetsOrHexadecimalDigits) {
  const std::string hex(64, 'a');
  OTRP_ASSERT_OK_AND_ASSIGN(
      SecretBytes key,
      KeyFromFile("kek_file", WriteFile("hex", hex + "\n", 0600), 32));
  EXPECT_EQ(key.view(), std::string(32, '\xaa'));
  const std::string raw = std::string(31, 'x') + '\n';
  OTRP_ASSERT_OK_AND_ASSIGN(
      key, KeyFromFile("kek_file", WriteFile("raw", raw, 0600), 32));
  EXPECT_EQ(key.view(), raw);
}

TEST(ConfigTest, BadKeyFilesAreRefusedNamingTheFlagButNotTheKey) {
  EXPECT_THAT(
      KeyFromFile("kek_file", WriteFile("short", "deadbeef", 0600), 32),
      StatusIs(absl::StatusCode::kInvalidArgument,
               ::testing::AllOf(HasSubstr("--kek_file"),
                                ::testing::Not(HasSubstr("deadbeef")))));
  EXPECT_THAT(KeyFromFile("kek_file",
                          WriteFile("open", std::string(64, 'a'), 0644), 32),
              ::testing::Not(otrp::testing::IsOk()));
  EXPECT_THAT(
      KeyFromFile("kek_file", "", 32),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("kek_file")));
}

}  // namespace
}  // namespace tsm
}  // namespace otrp
