#include "libs/protocol/taid.h"

#include "gtest/gtest.h"

namespace otrp {
namespace protocol {
namespace {

TEST(TaidTest, OneUuidIsOneApplicationHoweverItIsWritten) {
  constexpr char kKey[] = "8aaaf200-2450-11e4-abe2-0002a5d5c51b";
  for (const char* written : {kKey, "8AAAF200-2450-11E4-ABE2-0002A5D5C51B",
                              "8aaaf200-2450-11E4-abe2-0002a5d5c51b",
                              "{8AAAF200-2450-11E4-ABE2-0002A5D5C51B}"}) {
    EXPECT_EQ(TaidKey(written), kKey);
    EXPECT_TRUE(SameTaid(written, kKey));
  }
}

TEST(TaidTest, OtherIdsAreWhatTheirOctetsAre) {
  for (const char* taid :
       {"", "Wallet", "{}", "{wallet}", "8AAAF200245011E4ABE20002A5D5C51B",
        "{8aaaf200-2450-11e4-abe2-0002a5d5c51b",
        "8aaaf200-2450-11e4-abe2-0002a5d5c51G"}) {
    EXPECT_EQ(TaidKey(taid), taid);
  }
  EXPECT_FALSE(SameTaid("Wallet", "wallet"));
  EXPECT_FALSE(SameTaid("8aaaf200-2450-11e4-abe2-0002a5d5c51b",
                        "8aaaf200-2450-11e4-abe2-0002a5d5c51c"));
}

}  // namespace
}  // namespace protocol
}  // namespace otrp
