#include "services/tsm/messaging/secrets.h"

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/random.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::otrp::testing::StatusIs;

const absl::Time kNow = absl::FromUnixSeconds(1790000000);

std::vector<SecretBytes> Secrets(const std::string& letters) {
  std::vector<SecretBytes> list;
  for (char letter : letters) list.emplace_back(std::string(32, letter));
  return list;
}

std::string TidOf(const SessionSecrets& secrets) {
  return protocol::NewTid(secrets.Current()->bytes.view(), /*es256=*/true, kNow,
                          crypto::SystemRandom());
}

TEST(SessionSecretsTest, OpenSessionsGoOnWithTheOneBefore) {
  SessionSecrets secrets(Secrets("a"));
  const std::string tid = TidOf(secrets);
  const std::string id = secrets.Current()->id;

  EXPECT_TRUE(secrets.Replace(Secrets("ba")));
  EXPECT_EQ(secrets.Current()->bytes.view(), std::string(32, 'b'));
  EXPECT_NE(secrets.Current()->id, id);
  OTRP_ASSERT_OK_AND_ASSIGN(auto owner, secrets.CheckTid(tid, kNow));
  EXPECT_EQ(owner.secret->id, id);
  EXPECT_TRUE(owner.info.es256);
  ASSERT_NE(secrets.ById(id), nullptr);
  EXPECT_EQ(secrets.ById(id)->bytes.view(), std::string(32, 'a'));
  OTRP_EXPECT_OK(secrets.CheckTid(TidOf(secrets), kNow).status());
}

TEST(SessionSecretsTest, OneThatIsGoneIsGone) {
  SessionSecrets secrets(Secrets("a"));
  const std::string tid = TidOf(secrets);
  const auto held = secrets.Current();
  EXPECT_TRUE(secrets.Replace(Secrets("b")));
  EXPECT_THAT(secrets.CheckTid(tid, kNow),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(secrets.ById(held->id), nullptr);
  // Whoever is at work with it finishes.
  EXPECT_EQ(held->bytes.view(), std::string(32, 'a'));
}

TEST(SessionSecretsTest, TellsWhetherSomethingChanged) {
  SessionSecrets secrets(Secrets("ab"));
  EXPECT_FALSE(secrets.Replace(Secrets("ab")));
  EXPECT_TRUE(secrets.Replace(Secrets("ba")));
  EXPECT_TRUE(secrets.Replace(Secrets("b")));
  EXPECT_FALSE(secrets.Replace({}));
  EXPECT_EQ(secrets.Current()->bytes.view(), std::string(32, 'b'));
}

TEST(SessionSecretsTest, SessionsWithoutAnIdBelongToTheFirst) {
  SessionSecrets secrets(Secrets("ab"));
  EXPECT_EQ(secrets.ById("")->bytes.view(), std::string(32, 'a'));
}

}  // namespace
}  // namespace tsm
}  // namespace otrp
