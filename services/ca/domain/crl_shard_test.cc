#include "services/ca/domain/crl_shard.h"

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace otrp {
namespace ca {
namespace {

TEST(CrlShardTest, ASerialHasOnePartWhichItsDigitsSay) {
  EXPECT_EQ(CrlShardOf("ff", 1), "");
  EXPECT_EQ(CrlShardOf("ff", 16), "16-15");
  EXPECT_EQ(CrlShardOf("FF", 16), "16-15");
  EXPECT_EQ(CrlShardOf("100", 16), "16-0");
  // 0x1234567 is 19088743.
  EXPECT_EQ(CrlShardOf("1234567", 7), absl::StrCat("7-", 19088743 % 7));
  std::map<std::string, int> held;
  for (int i = 0; i < 6400; ++i) {
    ++held[CrlShardOf(absl::StrCat(absl::Hex(i * 2654435761U)), 64)];
  }
  ASSERT_EQ(held.size(), 64u);
  for (const auto& [name, count] : held) {
    EXPECT_TRUE(IsCrlShard(name));
    EXPECT_GT(count, 40) << name;
  }
}

TEST(CrlShardTest, OnlyWhatWeWriteOurselvesIsAName) {
  for (const char* good : {"2-0", "2-1", "16-15", "256-255"}) {
    EXPECT_TRUE(IsCrlShard(good)) << good;
  }
  for (const char* bad :
       {"", "1-0", "0-0", "16-16", "257-0", "16-", "-3", "16", "016-3", "16-03",
        "16-+3", " 16-3", "16-3-1", "16-3.crl", "../1-1", "*"}) {
    EXPECT_FALSE(IsCrlShard(bad)) << bad;
  }
}

}  // namespace
}  // namespace ca
}  // namespace otrp
