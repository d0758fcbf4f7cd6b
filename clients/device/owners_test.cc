// Two TSMs with one TEE, the TEE's limits, and a disk that refuses: what one
// TSM does is none of the other's business, and no change is half made.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "clients/device/strict.h"
#include "clients/device/testing/world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace otrp::device {
namespace {

using json::Value;
using ::testing::SizeIs;

class OwnersTest : public ::testing::Test {
 protected:
  OwnersTest() : other_(world_.MakeTsm(4, "https://other.example/otrp")) {
    world_.HaveTa();
    SwapTsms();
    world_.Connect();
  }

  // The drafts of world_ are those of world_.tsm.
  void SwapTsms() { std::swap(world_.tsm, other_); }

  size_t SdsSeen(const Answer& answer) {
    return answer.dsi.Find("tee")->Find("sdlist")->Find("sd")->size();
  }

  World world_;
  std::unique_ptr<TestTsm> other_;
};

TEST_F(OwnersTest, EachSeesItsOwn) {
  const Answer others = world_.Connect();
  EXPECT_EQ(SdsSeen(others), 0u);
  EXPECT_THAT(others.dsi.Find("tee")->Find("teeaiklist")->items(), SizeIs(0));
  SwapTsms();
  EXPECT_EQ(SdsSeen(world_.Connect()), 1u);
}

TEST_F(OwnersTest, NobodyTouchesAnothers) {
  Value changes = Value::Object();
  changes.Set("newsdname", Text("mine"));
  const std::vector<Draft> drafts = {
      world_.UpdateSd(changes), world_.DeleteSd(), world_.DeleteTa(),
      // With a key that only the SD's owner could have read off a DSI.
      [&] {
        Draft draft =
            world_.tsm->Command("InstallTA", {{"spid", Text(world_.sp.spid)},
                                              {"sdname", Text("sd-1")},
                                              {"taid", Text("ta-2")}});
        draft.tbs["encrypted_ta"] = other_->EncryptTa(
            world_.sp.spid, world_.sp.Image("ta-2", "1.0.0", "code"),
            absl::nullopt, false);
        return draft;
      }(),
      [&] {
        Draft draft =
            world_.tsm->Command("UpdateTA", {{"spid", Text(world_.sp.spid)},
                                             {"sdname", Text("sd-1")},
                                             {"taid", Text("ta-1")}});
        draft.tbs["encrypted_ta"] = other_->EncryptTa(
            world_.sp.spid, world_.sp.Image("ta-1", "9.0.0", "code"),
            absl::nullopt, true);
        return draft;
      }()};
  const std::string before = world_.Held();
  for (const Draft& draft : drafts) {
    SCOPED_TRACE(draft.message);
    ExpectFail(world_.Send(draft), "ERR_TAM_NOT_AUTHORIZED");
    EXPECT_EQ(world_.Held(), before);
  }
}

TEST_F(OwnersTest, TheSameNameIsFreeForEachOwnerAndHasItsOwnKey) {
  ExpectPass(world_.Send(world_.CreateSd()));
  const TeeState state = world_.tee->state();
  ASSERT_THAT(state.sds, SizeIs(2));
  EXPECT_EQ(state.sds[0].name, state.sds[1].name);
  EXPECT_NE(state.sds[0].owner, state.sds[1].owner);
  ASSERT_THAT(state.aiks, SizeIs(2));
  // One AIK for both would let the two find out that it is the same device.
  EXPECT_FALSE(state.aiks[0].key.public_key() ==
               state.aiks[1].key.public_key());

  world_.Connect();
  ExpectPass(world_.Send(world_.DeleteSd()));
  ASSERT_THAT(world_.tee->state().sds, SizeIs(1));
  EXPECT_THAT(world_.tee->state().sds[0].tas, SizeIs(1))
      << "the other's is as it was";
  EXPECT_THAT(world_.tee->state().aiks, SizeIs(1));
}

// Else a busy TSM would keep another one from ever getting a word in.
TEST_F(OwnersTest, OnesChangesDontMakeTheOthersStateStale) {
  ExpectPass(world_.Send(world_.CreateSd("sd-2")));
  SwapTsms();
  ExpectPass(world_.Send(world_.DeleteTa()));
  SwapTsms();
  ExpectPass(world_.Send(world_.DeleteSd("sd-2")));
}

// ---- Limits.

World Limited(size_t sds, size_t tas, int64_t bytes) {
  WorldOptions options;
  options.tee.limits.security_domains = sds;
  options.tee.limits.trusted_applications = tas;
  options.tee.limits.storage_bytes = bytes;
  return World(std::move(options));
}

void ExpectFull(World& world, const Draft& draft) {
  const std::string before = world.Held();
  ExpectFail(world.Send(draft), "ERR_TEE_RESOURCE_FULL");
  EXPECT_EQ(world.Held(), before);
}

TEST(LimitsTest, SecurityDomains) {
  World world = Limited(1, 10, 1 << 20);
  world.HaveSd();
  ExpectFull(world, world.CreateSd("sd-2"));
  // One that goes makes room.
  ExpectPass(world.Send(world.DeleteSd()));
  ExpectPass(world.Send(world.CreateSd("sd-2")));
}

TEST(LimitsTest, TrustedApplications) {
  World world = Limited(10, 1, 1 << 20);
  world.HaveTa();
  ExpectFull(world, world.InstallTa("ta-2"));
  // In place of one that is there is no more than before.
  ExpectPass(world.Send(world.UpdateTa()));
  ExpectPass(world.Send(world.DeleteTa()));
  ExpectPass(world.Send(world.InstallTa("ta-2")));
}

TEST(LimitsTest, StorageOfImagesAndData) {
  World measure;
  measure.HaveTa();
  // Certificates, and so images, differ by some octets from world to world.
  World world = Limited(10, 10, measure.tee->state().BlobBytes() + 1000);
  world.HaveTa();
  Draft larger = world.UpdateTa();
  larger.tbs["encrypted_ta"] = world.tsm->EncryptTa(
      world.sp.spid, world.sp.Image("ta-1", "2.0.0", std::string(9999, 'x')),
      absl::nullopt, true);
  ExpectFull(world, larger);
  Draft data = world.UpdateTa();
  data.tbs["encrypted_ta"] = world.tsm->EncryptTa(world.sp.spid, absl::nullopt,
                                                  std::string(9999, 'x'), true);
  ExpectFull(world, data);
}

// ---- A disk that refuses.

class StubbornStore : public MemoryStore {
 public:
  enum class Mood { kGood, kRefuses, kLies };

  absl::Status Save(const TeeState& state, const Blobs& fresh) override {
    if (mood == Mood::kGood) return MemoryStore::Save(state, fresh);
    // The write got through, and its confirmation didn't.
    if (mood == Mood::kLies) (void)MemoryStore::Save(state, fresh);
    return absl::UnavailableError("no space left in the cellar");
  }

  Mood mood = Mood::kGood;
};

class DiskTest : public ::testing::Test {
 protected:
  DiskTest() : world_(Options(&store_)) {}

  static WorldOptions Options(StubbornStore** store) {
    WorldOptions options;
    auto made = std::make_unique<StubbornStore>();
    *store = made.get();
    options.store = std::move(made);
    return options;
  }

  StubbornStore* store_ = nullptr;
  World world_;
};

TEST_F(DiskTest, WhatIsntStoredIsntDone) {
  world_.HaveTa();
  const std::string before = world_.Held();
  store_->mood = StubbornStore::Mood::kRefuses;
  Value changes = Value::Object();
  changes.Set("newsdname", Text("sd-2"));
  const std::vector<std::function<Draft()>> commands = {
      [&] { return world_.CreateSd("sd-2"); },
      [&] { return world_.UpdateSd(changes); },
      [&] { return world_.InstallTa("ta-2"); },
      [&] { return world_.UpdateTa(); }, [&] { return world_.DeleteTa(); }};
  for (const auto& command : commands) {
    SCOPED_TRACE(command().message);
    world_.Connect();
    const Answer answer = world_.Send(command());
    ExpectFail(answer, "ERR_TEE_FAIL");
    EXPECT_EQ(answer.content.Serialize().find("cellar"), std::string::npos)
        << "the TEE's insides are nobody's business";
    EXPECT_EQ(world_.Held(), before);
  }
  store_->mood = StubbornStore::Mood::kGood;
  world_.Connect();
  ExpectPass(world_.Send(world_.UpdateTa()));
}

// The disk says what is true, and a TSM must look before it goes on.
TEST_F(DiskTest, AfterAnUncertainWriteTheTsmMustAskAgain) {
  world_.HaveTa();
  store_->mood = StubbornStore::Mood::kLies;
  world_.Connect();
  ExpectFail(world_.Send(world_.DeleteTa()), "ERR_TEE_FAIL");
  EXPECT_THAT(world_.tee->state().sds[0].tas, SizeIs(0));
  store_->mood = StubbornStore::Mood::kGood;
  EXPECT_FALSE(world_.SendAs(*world_.tsm, world_.DeleteSd()).passed);
  world_.Connect();
  ExpectPass(world_.Send(world_.DeleteSd()));
}

}  // namespace
}  // namespace otrp::device
