#include "services/sp_portal/storage/rollout_store.h"

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/fake_random.h"
#include "libs/crypto/hash.h"
#include "libs/service/names.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/storage/portal_store.h"
#include "services/sp_portal/storage/webhook_store.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::ServiceDatabase;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Kind = DeviceOutcome::Kind;

constexpr char kUuid[] = "8AAAF200-2450-11E4-ABE2-0002A5D5C51B";
constexpr char kSameUuid[] = "8aaaf200-2450-11e4-abe2-0002a5d5c51b";

class RolloutStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* spid : {"bank", "shop"}) {
      Sp sp;
      sp.spid = spid;
      sp.name = spid;
      sp.created_at = now_;
      OTRP_ASSERT_OK(store_.CreateSp(sp, store::AuditEvent()));
      SpCertificate certificate;
      certificate.der = spid;
      certificate.fingerprint = crypto::Sha256(spid);
      certificate.serial = "0a";
      certificate.not_after = now_ + absl::Hours(24 * 365);
      certificate.enrolled_at = now_;
      store::OutboxMessage message;
      message.event_id = spid;
      message.topic = "tsm.catalog";
      message.key = spid;
      OTRP_ASSERT_OK(store_.AddCertificate(spid, certificate, message,
                                           store::AuditEvent()));
      for (const char* taid : {"pay", kUuid}) Push(spid, taid);
    }
  }

  void Push(const std::string& spid, const std::string& taid) {
    AppVersion v;
    v.spid = spid;
    v.taid = taid;
    v.version = "1.0.0";
    v.image_sha256 = crypto::Sha256("image");
    v.pdata_sha256 = crypto::Sha256("");
    v.signer_fingerprint = crypto::Sha256(spid);
    v.pushed_at = now_;
    OTRP_ASSERT_OK(store_.AddVersion(
        v, *service::Version::Parse("1.0.0"),
        {*blobs_.Seal("image"), absl::nullopt, /*upload_id=*/""}, Quotas(),
        store::AuditEvent()));
  }

  void AddWebhook(std::vector<std::string> types) {
    Webhook webhook;
    webhook.id = "00000000-0000-4000-8000-000000000001";
    webhook.spid = "bank";
    webhook.url = "https://example.com/hook";
    webhook.event_types = std::move(types);
    webhook.created_at = now_;
    OTRP_ASSERT_OK(webhooks_.Create(webhook, SecretBytes(std::string(32, 's')),
                                    store::AuditEvent()));
  }

  static DeviceOutcome Made(Kind kind, const std::string& version,
                            const std::string& taid = "pay",
                            const std::string& spid = "bank") {
    DeviceOutcome outcome;
    outcome.kind = kind;
    outcome.did = std::string(32, 'd');
    outcome.spid = spid;
    outcome.taid = taid;
    outcome.version = version;
    return outcome;
  }

  bool Apply(int id, std::vector<DeviceOutcome> outcomes) {
    const absl::StatusOr<bool> first = rollouts_.Apply(
        {absl::StrCat("00000000-0000-4000-8000-", 100000000000 + id),
         std::move(outcomes)},
        now_);
    EXPECT_TRUE(first.ok()) << first.status();
    return first.ok() && *first;
  }

  // "spid/taid@version devices failures", all of them.
  std::vector<std::string> Shown(const Visible& visible = {},
                                 const std::string& taid = "",
                                 const RolloutStore::Position& after = {}) {
    std::vector<std::string> shown;
    const auto list = rollouts_.List(visible, taid, after, 100);
    EXPECT_TRUE(list.ok()) << list.status();
    if (!list.ok()) return shown;
    for (const Rollout& r : *list) {
      shown.push_back(absl::StrCat(r.spid, "/", r.taid, "@", r.version, " ",
                                   r.devices, " ", r.failures));
    }
    return shown;
  }

  // Types of what the webhook is to be told, newest first.
  std::vector<std::string> Told() {
    WebhookStore::Filter filter;
    filter.limit = 1000;
    std::vector<std::string> types;
    const auto list = webhooks_.ListDeliveries(filter);
    EXPECT_TRUE(list.ok()) << list.status();
    if (!list.ok()) return types;
    for (const WebhookDelivery& delivery : *list) {
      types.push_back(delivery.event_type);
    }
    return types;
  }

  const absl::Time now_ = absl::FromUnixSeconds(1800000000);
  ServiceDatabase database_{
      {"portal", "services/sp_portal/storage/migrations"}};
  PortalStore store_{database_.pool()};
  FakeRandom random_{1};
  BlobStore blobs_{database_.pool(), SecretBytes(std::string(32, 'k')),
                   random_};
  WebhookStore webhooks_{database_.pool(), blobs_};
  RolloutStore rollouts_{database_.pool()};
};

TEST_F(RolloutStoreTest, ABatchIsCountedOnceHoweverOftenItComes) {
  const std::vector<DeviceOutcome> batch = {Made(Kind::kInstalled, "1.0.0"),
                                            Made(Kind::kInstalled, "1.0.0"),
                                            Made(Kind::kFailed, "1.0.0")};
  EXPECT_TRUE(Apply(1, batch));
  EXPECT_FALSE(Apply(1, batch));
  EXPECT_THAT(Shown(), ElementsAre("bank/pay@1.0.0 2 1"));
  EXPECT_TRUE(Apply(
      2, {Made(Kind::kRemoved, "1.0.0"), Made(Kind::kInstalled, "1.1.0")}));
  EXPECT_THAT(Shown(), ElementsAre("bank/pay@1.0.0 1 1", "bank/pay@1.1.0 1 0"));
}

TEST_F(RolloutStoreTest, AnOrderThatIsTurnedRoundGivesTheSame) {
  Apply(1, {Made(Kind::kRemoved, "1.0.0")});
  Apply(2, {Made(Kind::kInstalled, "1.0.0"), Made(Kind::kInstalled, "1.0.0")});
  EXPECT_THAT(Shown(), ElementsAre("bank/pay@1.0.0 1 0"));
}

TEST_F(RolloutStoreTest, WhatIsNobodysOfOursIsLeftOut) {
  EXPECT_TRUE(Apply(1, {Made(Kind::kInstalled, "1.0.0", "other"),
                        Made(Kind::kInstalled, "1.0.0", "pay", "stranger"),
                        Made(Kind::kInstalled, "1.0.0", "PAY"),
                        Made(Kind::kRefused, "", "", "stranger"),
                        Made(Kind::kFailed, "", "", "bank")}));
  EXPECT_THAT(Shown(), IsEmpty());
}

TEST_F(RolloutStoreTest, AUuidIsTheApplicationAsItWasFirstWritten) {
  Apply(1, {Made(Kind::kInstalled, "1.0.0", kSameUuid)});
  EXPECT_THAT(Shown(), ElementsAre(absl::StrCat("bank/", kUuid, "@1.0.0 1 0")));
}

TEST_F(RolloutStoreTest, AListShowsWhatIsVisibleAndGoesOnWhereItEnded) {
  Apply(1, {Made(Kind::kInstalled, "1.0.0"), Made(Kind::kInstalled, "1.1.0"),
            Made(Kind::kInstalled, "1.0.0", kSameUuid),
            Made(Kind::kInstalled, "1.0.0", "pay", "shop")});
  const std::string uuid = absl::StrCat("bank/", kUuid, "@1.0.0 1 0");
  EXPECT_THAT(Shown(), ElementsAre(uuid, "bank/pay@1.0.0 1 0",
                                   "bank/pay@1.1.0 1 0", "shop/pay@1.0.0 1 0"));
  EXPECT_THAT(Shown({}, "", {"bank", "pay", "1.0.0"}),
              ElementsAre("bank/pay@1.1.0 1 0", "shop/pay@1.0.0 1 0"));
  EXPECT_THAT(Shown({"shop", {}, {}}), ElementsAre("shop/pay@1.0.0 1 0"));
  EXPECT_THAT(Shown({"bank", {}, {}}, "pay"),
              ElementsAre("bank/pay@1.0.0 1 0", "bank/pay@1.1.0 1 0"));
  EXPECT_THAT(Shown({}, "pay", {"bank", "pay", "1.0.0"}),
              ElementsAre("bank/pay@1.1.0 1 0", "shop/pay@1.0.0 1 0"));
  EXPECT_THAT(Shown({"bank", {}, {}}, "", {"bank", "pay", "1.0.0"}),
              ElementsAre("bank/pay@1.1.0 1 0"));
  EXPECT_THAT(Shown({"bank", {kSameUuid}, {kSameUuid}}), ElementsAre(uuid));
}

TEST_F(RolloutStoreTest, WebhooksHearOfProgressNowAndThen) {
  AddWebhook({"otrp.rollout.progress"});
  Apply(1, {Made(Kind::kInstalled, "1.0.0"), Made(Kind::kInstalled, "1.0.0"),
            Made(Kind::kInstalled, "1.0.0", "pay", "shop")});
  EXPECT_THAT(rollouts_.TellProgress(now_, 10), IsOkAndHolds(2));
  EXPECT_THAT(rollouts_.TellProgress(now_, 10), IsOkAndHolds(0));
  EXPECT_THAT(Told(), ElementsAre("otrp.rollout.progress"));
  Apply(2, {Made(Kind::kInstalled, "1.0.0")});
  EXPECT_THAT(rollouts_.TellProgress(now_ + kProgressPause, 10),
              IsOkAndHolds(0));
  EXPECT_THAT(
      rollouts_.TellProgress(now_ + kProgressPause + absl::Seconds(1), 10),
      IsOkAndHolds(1));
  EXPECT_THAT(Told(), SizeIs(2));
}

TEST_F(RolloutStoreTest, AFleetThatFailsDoesntFloodWebhooks) {
  AddWebhook({kAllEvents});
  const std::vector<DeviceOutcome> many(static_cast<size_t>(kMaxDeviceNotices),
                                        Made(Kind::kFailed, "1.0.0"));
  Apply(1, {Made(Kind::kRefused, "", "")});
  EXPECT_THAT(Told(), ElementsAre("otrp.device.refused"));
  Apply(2, many);
  Apply(3, many);
  EXPECT_THAT(Told(), SizeIs(kMaxDeviceNotices));
  // Each counts all the same.
  EXPECT_THAT(Shown(), ElementsAre(absl::StrCat("bank/pay@1.0.0 0 ",
                                                2 * kMaxDeviceNotices)));
  OTRP_ASSERT_OK(rollouts_.Apply(
      {"00000000-0000-4000-8000-000000000009", {Made(Kind::kFailed, "1.0.0")}},
      now_ + absl::Minutes(1)));
  EXPECT_THAT(Told(), SizeIs(kMaxDeviceNotices + 1));
}

TEST_F(RolloutStoreTest, BatchesAtOnceAreAllCounted) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 10; ++j) {
        Apply(100 * i + j,
              {Made(Kind::kInstalled, i % 2 == 0 ? "1.0.0" : "1.1.0"),
               Made(Kind::kInstalled, i % 2 == 0 ? "1.1.0" : "1.0.0"),
               Made(Kind::kFailed, "1.0.0")});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Shown(),
              ElementsAre("bank/pay@1.0.0 80 80", "bank/pay@1.1.0 80 0"));
}

TEST_F(RolloutStoreTest, IdsOfOldBatchesAreForgotten) {
  Apply(1, {Made(Kind::kInstalled, "1.0.0")});
  OTRP_ASSERT_OK(
      rollouts_.ForgetBatches(absl::InfinitePast(), absl::Seconds(1)));
  EXPECT_FALSE(Apply(1, {Made(Kind::kInstalled, "1.0.0")}));
  OTRP_ASSERT_OK(
      rollouts_.ForgetBatches(absl::Now() + absl::Hours(1), absl::Seconds(1)));
  EXPECT_TRUE(Apply(1, {Made(Kind::kInstalled, "1.0.0")}));
}

}  // namespace
}  // namespace portal
}  // namespace otrp
