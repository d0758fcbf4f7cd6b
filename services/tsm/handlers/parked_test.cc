// Sessions of devices that are to have TAs which the TSM has to ask for.

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/hex.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/random.h"
#include "libs/jose/jws.h"
#include "libs/json/json.h"
#include "libs/pki/verify.h"
#include "libs/protocol/pull.h"
#include "libs/protocol/test_pki.h"
#include "services/tsm/domain/retry.h"
#include "services/tsm/limits.h"
#include "services/tsm/testing/tsm_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// An endpoint's encrypted_ta for one device, as its library makes it.
std::string PartsFor(const PullWish& wish, const std::string& image) {
  static const auto* const kPki =
      new protocol::test::Hierarchy(protocol::test::NewHierarchy("TSM"));
  static const auto* const kKey = new crypto::PrivateKey(
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value());
  const absl::Time now = protocol::test::Now();
  const protocol::PullRequest request = {
      "https://tsm",
      "https://sp",
      wish.spid,
      wish.taid,
      "1",
      wish.did,
      std::string(protocol::kPullNonceBytes, 'n'),
      now,
      wish.dialect,
      wish.aik};
  const std::string asked =
      protocol::SignPullRequest(
          request, "", *kKey,
          {protocol::test::NewLeaf(*kPki, pki::Role::kTsm, kKey->public_key())
               .der(),
           kPki->ca.der()})
          .value();
  const auto opened = protocol::OpenPullRequest(
      asked, pki::TrustAnchors({kPki->root}), "https://tsm", "https://sp", now);
  const std::string answer =
      protocol::SignPullAnswer(opened.value(), image,
                               absl::StrCat("data of ", image), *kKey, now,
                               crypto::SystemRandom())
          .value();
  const json::Value payload =
      json::Parse(jose::UnverifiedJws::ParseText(answer)->payload(),
                  json::kStrangers)
          .value();
  return payload.Find("encrypted_ta")->Serialize();
}

class ParkedTest : public ::testing::Test {
 protected:
  ParkedTest() {
    tsm_.verifier.Trust(tee_);
    tsm_.Certificate("cert 1");
    Offer("1.0.0");
    tsm_.Assign(true);
  }

  // A version of bank/wallet that is pulled.
  void Offer(const std::string& version) {
    Release release;
    release.spid = "bank";
    release.taid = "wallet";
    release.version = version;
    release.pull = true;
    release.signer_certificate = "cert 1";
    release.signer_fingerprint = HexEncode(crypto::Sha256("cert 1"));
    store::AuditEvent audit;
    audit.actor = "test";
    audit.action = "catalog.release";
    audit.subject = "bank/wallet";
    OTRP_ASSERT_OK(tsm_.store.ApplyEvent("pulled " + version, release, audit));
  }

  // The endpoint gives this image from now on.
  void Give(const std::string& image) {
    tsm_.SetPull([this, image](const PullWish& wish) {
      const PulledTa pulled = {wish.did,
                               wish.release_id,
                               wish.dialect,
                               crypto::Sha256(wish.aik.ToSpki()),
                               PartsFor(wish, image),
                               tsm_.clock.Now() + kKeepPulled,
                               HexEncode(crypto::Sha256("cert 1"))};
      return PullOutcome{tsm_.store.KeepPulled(pulled), false};
    });
  }

  std::vector<std::string> Drive() {
    std::vector<std::string> names;
    for (const std::string& request : tsm_.Drive(&tee_)) {
      names.push_back(NameOf(request));
    }
    return names;
  }

  // Comes again as it is told, until nothing is left.
  std::vector<std::string> DriveUntilDone() {
    std::vector<std::string> last;
    for (int i = 0; i < 100; ++i) {
      last = Drive();
      if (tsm_.told_come_again == 0) return last;
      // The queue works by the real time, the session by the clock.
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      tsm_.clock.Advance(absl::Seconds(tsm_.told_come_again.load()));
    }
    ADD_FAILURE() << "it never comes";
    return last;
  }

  TsmFixture tsm_;
  MiniTee tee_{"Primus", crypto::KeyType::kEcP256};
};

TEST_F(ParkedTest, TheSessionIsParkedAndTheRestIsDone) {
  tsm_.Certificate("cert 2", "shop");
  tsm_.Release("2.0.0", "cert 2", "card", "shop");
  tsm_.Assign(true, AllDevices(), "card", "shop");
  EXPECT_THAT(Drive(), ElementsAre("GetDeviceStateRequest", "CreateSDRequest",
                                   "CreateSDRequest", "InstallTARequest"));
  EXPECT_EQ(tee_.sds["shop.sd"].tas.count("card"), 1u);
  EXPECT_EQ(tee_.sds["bank.sd"].tas.count("wallet"), 0u);
  EXPECT_GT(tsm_.told_come_again, 0);
  EXPECT_EQ(tsm_.Sessions()[0].state, SessionState::kBlocked);
  const DeviceDetails device = tsm_.DeviceOf(tee_);
  ASSERT_THAT(device.tasks, SizeIs(1));
  EXPECT_EQ(device.tasks[0].action, "InstallTA bank/wallet@1.0.0");
  EXPECT_EQ(device.tasks[0].state, TaskState::kWaiting);
}

TEST_F(ParkedTest, WhatTheEndpointGivesIsInstalledAsItIs) {
  Give("image one");
  EXPECT_THAT(DriveUntilDone(),
              ElementsAre("GetDeviceStateRequest", "InstallTARequest"));
  EXPECT_EQ(tee_.sds["bank.sd"].tas["wallet"].image, "image one");
  EXPECT_EQ(tee_.sds["bank.sd"].tas["wallet"].personalization,
            "data of image one");
  EXPECT_THAT(tsm_.DeviceOf(tee_).tasks, IsEmpty());
  EXPECT_EQ(tsm_.Sessions()[0].state, SessionState::kDone);
  Give("image two");
  Offer("2.0.0");
  EXPECT_THAT(DriveUntilDone(),
              ElementsAre("GetDeviceStateRequest", "UpdateTARequest"));
  EXPECT_EQ(tee_.sds["bank.sd"].tas["wallet"].image, "image two");
  // Nothing of it stays.
  OTRP_ASSERT_OK_AND_ASSIGN(
      const store::Rows left,
      tsm_.database.pool().Query("SELECT 1 FROM pulled_ta"));
  EXPECT_TRUE(left.empty());
}

TEST_F(ParkedTest, AnEndpointThatIsDownIsNoFailureOfTheDevice) {
  // More often than an action may fail.
  for (int i = 0; i < kMaxAttempts + 2; ++i) {
    Drive();
    ASSERT_GT(tsm_.told_come_again, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    tsm_.clock.Advance(absl::Seconds(tsm_.told_come_again.load()));
  }
  const DeviceDetails device = tsm_.DeviceOf(tee_);
  ASSERT_THAT(device.tasks, SizeIs(1));
  EXPECT_EQ(device.tasks[0].state, TaskState::kWaiting);
  EXPECT_EQ(device.tasks[0].last_error, "TSM_PULL_FAILED");
  EXPECT_EQ(device.tasks[0].detail, "no endpoint here");
  Give("image one");
  DriveUntilDone();
  EXPECT_EQ(tee_.sds["bank.sd"].tas["wallet"].image, "image one");
}

TEST_F(ParkedTest, ADeviceThatIsInStepIsNotToldToComeAgain) {
  Give("image one");
  DriveUntilDone();
  EXPECT_THAT(Drive(), ElementsAre("GetDeviceStateRequest"));
  EXPECT_EQ(tsm_.told_come_again, 0);
}

}  // namespace
}  // namespace testing
}  // namespace tsm
}  // namespace otrp
