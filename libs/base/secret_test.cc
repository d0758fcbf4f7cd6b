#include "libs/base/secret.h"

#include <cstring>
#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace otrp {
namespace {

TEST(SecretBytesTest, GivesItsOctetsOnAndIsEmptyThen) {
  SecretBytes first("short");
  SecretBytes second(std::move(first));
  EXPECT_EQ(second.view(), "short");
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move)
  SecretBytes third;
  third = std::move(second);
  EXPECT_EQ(third.view(), "short");
}

TEST(SecretBytesTest, TakeLeavesNothingInTheCallersString) {
  // So short that it stands in the string itself, where a move leaves it.
  std::string own = "key";
  const char* const memory = own.data();
  const SecretBytes secret = SecretBytes::Take(std::move(own));
  EXPECT_EQ(secret.view(), "key");
  EXPECT_TRUE(own.empty());  // NOLINT(bugprone-use-after-move)
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(memory[i], '\0') << i;
}

TEST(SecretBytesTest, WipeClearsSpareCapacityToo) {
  std::string bytes(64, 's');
  const char* memory = bytes.data();
  bytes.resize(8);
  Wipe(&bytes);
  EXPECT_TRUE(bytes.empty());
  // clear() keeps the memory.
  for (size_t i = 0; i < 64; ++i) EXPECT_EQ(memory[i], '\0') << i;
}

TEST(SecretBytesTest, OfSizeIsZerosToBeFilled) {
  SecretBytes secret = SecretBytes::OfSize(4);
  EXPECT_EQ(secret.view(), std::string(4, '\0'));
  std::memcpy(secret.data(), "abcd", 4);
  EXPECT_EQ(secret.view(), "abcd");
}

}  // namespace
}  // namespace otrp
