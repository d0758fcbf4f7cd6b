// Which of an application's versions a device is to have, by channel, in a real
// PostgreSQL.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/tsm/storage/tsm_store.h"
#include "services/tsm/testing/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using service::Channel;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Channel kStable = Channel::kStable;
constexpr Channel kBeta = Channel::kBeta;

class TsmChannelsTest : public TsmStoreTest {
 protected:
  void Offer(const std::string& version, Channel channel) {
    Release release;
    release.spid = "bank";
    release.taid = "wallet";
    release.version = version;
    release.image = version;
    release.signer_fingerprint = HexEncode(crypto::Sha256("signer"));
    release.channel = channel;
    Apply(release);
  }

  void Assign(const Target& target, Channel channel) {
    Apply(Assignment{"bank", "wallet", target, true, channel});
  }

  // "1.0", and "1.0!" for one that is yanked.
  std::vector<std::string> Versions(char did) {
    std::vector<std::string> versions;
    const auto contexts = store_.LoadDevices({Did(did)});
    EXPECT_TRUE(contexts.ok()) << contexts.status();
    if (!contexts.ok()) return versions;
    for (const DesiredTa& ta : contexts->at(0).goals.desired) {
      versions.push_back(absl::StrCat(ta.version, ta.yanked ? "!" : ""));
    }
    return versions;
  }
};

TEST_F(TsmChannelsTest, BetaReachesThoseOnBetaAlone) {
  Assign(AllDevices(), kStable);
  Assign(OneDevice{Did('b')}, kBeta);
  Offer("1.9", kStable);
  Offer("1.10", kBeta);
  EXPECT_THAT(Versions('a'), ElementsAre("1.9"));
  EXPECT_THAT(Versions('b'), ElementsAre("1.10"));
  // What proved itself goes to everybody.
  Offer("1.10", kStable);
  EXPECT_THAT(Versions('a'), ElementsAre("1.10"));
  // A repair of stable reaches beta where it is ahead.
  Offer("1.11", kStable);
  EXPECT_THAT(Versions('b'), ElementsAre("1.11"));
}

TEST_F(TsmChannelsTest, OnlyABetaIsNothingForStable) {
  Assign(AllDevices(), kBeta);
  Assign(OneDevice{Did('a')}, kStable);
  Offer("1.0", kBeta);
  EXPECT_THAT(Versions('a'), IsEmpty());
  EXPECT_THAT(Versions('b'), ElementsAre("1.0"));
}

TEST_F(TsmChannelsTest, AnAssignmentIsMovedToAnotherChannel) {
  Offer("1.0", kStable);
  Offer("2.0", kBeta);
  Assign(OneDevice{Did('a')}, kStable);
  EXPECT_THAT(Versions('a'), ElementsAre("1.0"));
  Assign(OneDevice{Did('a')}, kBeta);
  EXPECT_THAT(Versions('a'), ElementsAre("2.0"));
  Apply(Assignment{"bank", "wallet", OneDevice{Did('a')}, false});
  EXPECT_THAT(Versions('a'), IsEmpty());
}

TEST_F(TsmChannelsTest, AGroupOnBetaGoesBeforeAllOnStable) {
  Offer("1.0", kStable);
  Offer("2.0", kBeta);
  Assign(AllDevices(), kStable);
  Assign(DeviceGroup{"pilot"}, kBeta);
  OTRP_ASSERT_OK(store_.AddGroupMembers("pilot", {Did('b')}, Audit("group")));
  EXPECT_THAT(Versions('a'), ElementsAre("1.0"));
  EXPECT_THAT(Versions('b'), ElementsAre("2.0"));
  Assign(OneDevice{Did('b')}, kStable);
  EXPECT_THAT(Versions('b'), ElementsAre("1.0"));
}

TEST_F(TsmChannelsTest, AYankedBetaLeavesStable) {
  Assign(AllDevices(), kBeta);
  Offer("1.0", kStable);
  Offer("2.0", kBeta);
  Apply(Yank{"bank", "wallet", "2.0"});
  EXPECT_THAT(Versions('a'), ElementsAre("1.0"));
  Apply(Yank{"bank", "wallet", "1.0"});
  EXPECT_THAT(Versions('a'), ElementsAre("2.0!"));
}

TEST_F(TsmChannelsTest, AWithdrawalTakesBothAndNeitherComesBackWithTheOther) {
  Assign(AllDevices(), kBeta);
  Assign(OneDevice{Did('s')}, kStable);
  Offer("1.0", kStable);
  Offer("2.0", kBeta);
  Apply(Withdrawal{"bank", "wallet"});
  EXPECT_THAT(Versions('a'), IsEmpty());
  EXPECT_THAT(Versions('s'), IsEmpty());
  Offer("3.0", kBeta);
  EXPECT_THAT(Versions('a'), ElementsAre("3.0"));
  EXPECT_THAT(Versions('s'), IsEmpty());
  Apply(Withdrawal{"bank", "wallet"});
  Offer("2.5", kStable);
  EXPECT_THAT(Versions('a'), ElementsAre("2.5"));
}

}  // namespace
}  // namespace tsm
}  // namespace otrp
