#include "services/tsm/domain/words.h"

#include <set>
#include <string>

#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::otrp::testing::StatusIs;

template <typename E>
class WordsTest : public ::testing::Test {};

using Enums =
    ::testing::Types<Verdict, TaskState, SessionState, Direction, MessageStatus,
                     protocol::Dialect, crypto::KeyType>;
TYPED_TEST_SUITE(WordsTest, Enums);

TYPED_TEST(WordsTest, EveryValueComesBackFromItsOwnWord) {
  std::set<std::string> words;
  for (const auto& row : WordsOf(TypeParam())) {
    const std::string word = WordOf(row.value);
    EXPECT_TRUE(words.insert(word).second) << word;
    TypeParam again{};
    OTRP_ASSERT_OK(FromWord(word, &again));
    EXPECT_EQ(again, row.value);
  }
  EXPECT_GE(words.size(), 2u);
}

TYPED_TEST(WordsTest, AWordOfNobodyIsNoValue) {
  TypeParam value{};
  EXPECT_THAT(FromWord("Accepted ", &value),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST(OptionalWordsTest, NothingIsTheEmptyWord) {
  absl::optional<Verdict> verdict = Verdict::kRefused;
  OTRP_ASSERT_OK(FromWord("", &verdict));
  EXPECT_FALSE(verdict.has_value());
  EXPECT_EQ(WordOf(verdict), "");
  OTRP_ASSERT_OK(FromWord("accepted", &verdict));
  EXPECT_EQ(verdict, Verdict::kAccepted);
  EXPECT_EQ(WordOf(verdict), "accepted");
}

TEST(TargetTest, WhatIsAssignedToWhom) {
  EXPECT_EQ(WordOfTarget(AllDevices()), "all");
  EXPECT_EQ(WordOfTarget(OneDevice{std::string("\x01\xab", 2)}), "did:01ab");
  EXPECT_EQ(WordOfTarget(DeviceGroup{"beta"}), "group:beta");
}

}  // namespace
}  // namespace tsm
}  // namespace otrp
