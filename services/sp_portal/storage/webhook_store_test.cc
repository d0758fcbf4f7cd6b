// Webhooks in the database; who delivers: clients/webhook_courier_test.cc.

#include "services/sp_portal/storage/webhook_store.h"

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/fake_random.h"
#include "libs/crypto/hash.h"
#include "libs/service/names.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/storage/portal_store.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::ServiceDatabase;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr absl::StatusCode kNotFound = absl::StatusCode::kNotFound;

class WebhookStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* spid : {"bank", "shop"}) {
      Sp sp;
      sp.spid = spid;
      sp.name = spid;
      sp.created_at = now_;
      OTRP_ASSERT_OK(store_.CreateSp(sp, Audit()));
    }
  }

  static store::AuditEvent Audit() {
    store::AuditEvent audit;
    audit.actor = "otrp://operator/alice";
    audit.action = "test";
    return audit;
  }
  store::OutboxMessage Message() {
    store::OutboxMessage message;
    message.event_id = absl::StrCat(++messages_);
    message.topic = "tsm.catalog";
    message.key = "bank";
    return message;
  }
  static std::string Id(int number) {
    return absl::StrCat("00000000-0000-4000-8000-", 100000000000 + number);
  }
  static SecretBytes Secret() { return SecretBytes(std::string(32, 's')); }

  absl::Status Add(const std::string& spid, int number,
                   std::vector<std::string> types = {kAllEvents}) {
    Webhook webhook;
    webhook.id = Id(number);
    webhook.spid = spid;
    webhook.url = "https://example.com/hook";
    webhook.event_types = std::move(types);
    webhook.created_at = now_;
    return webhooks_.Create(webhook, Secret(), Audit());
  }

  absl::Status Enroll(const std::string& spid, const std::string& der,
                      absl::Time not_after) {
    SpCertificate certificate;
    certificate.der = der;
    certificate.fingerprint = crypto::Sha256(der);
    certificate.serial = "0a";
    certificate.not_after = not_after;
    certificate.enrolled_at = now_;
    return store_.AddCertificate(spid, certificate, Message(), Audit())
        .status();
  }
  absl::Status Push(const std::string& version) {
    AppVersion v;
    v.spid = "bank";
    v.taid = "pay";
    v.version = version;
    v.image_sha256 = crypto::Sha256("image");
    v.pdata_sha256 = crypto::Sha256("");
    v.signer_fingerprint = crypto::Sha256("first");
    v.pushed_at = now_;
    return store_
        .AddVersion(v, *service::Version::Parse(version),
                    {*blobs_.Seal("image"), absl::nullopt, /*upload_id=*/""},
                    Quotas(), Audit())
        .status();
  }
  absl::Status Release(const std::string& version) {
    return store_
        .Release("bank", "pay", *service::Version::Parse(version),
                 service::Channel::kStable, /*needs_approval=*/false, Message(),
                 Audit())
        .status();
  }

  static AppVersion Named(const std::string& version) {
    AppVersion named;
    named.spid = "bank";
    named.taid = "pay";
    named.version = version;
    return named;
  }
  Review ReviewOf(ReviewState state) const {
    Review review;
    review.spid = "bank";
    review.taid = "pay";
    review.version = "1.0";
    review.state = state;
    review.submitted_by = "otrp://sp/bank/member/dev";
    review.submitted_at = now_;
    review.reviewed_by = "otrp://operator/alice";
    review.reviewed_at = now_;
    return review;
  }

  // Types of what is to be delivered to the webhook, oldest first.
  std::vector<std::string> Types(int number) {
    WebhookStore::Filter filter;
    filter.webhook_id = Id(number);
    filter.limit = 100;
    std::vector<std::string> types;
    auto deliveries = webhooks_.ListDeliveries(filter);
    EXPECT_THAT(deliveries, IsOk());
    if (!deliveries.ok()) return types;
    for (const WebhookDelivery& delivery : *deliveries) {
      types.insert(types.begin(), delivery.event_type);
    }
    return types;
  }

  int64_t messages_ = 0;
  // Events are due by the database's clock.
  const absl::Time now_ =
      absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()) + 10);
  FakeRandom random_{1};
  ServiceDatabase database_{
      {"portal", "services/sp_portal/storage/migrations"}};
  PortalStore store_{database_.pool()};
  BlobStore blobs_{database_.pool(), SecretBytes(std::string(32, 'k')),
                   random_};
  WebhookStore webhooks_{database_.pool(), blobs_};
};

TEST_F(WebhookStoreTest, EachChangeTellsWhoeverWantsItOnceAndNobodyElse) {
  OTRP_ASSERT_OK(Add("bank", 1));
  OTRP_ASSERT_OK(Add("bank", 2, {"otrp.version.released"}));
  OTRP_ASSERT_OK(Add("shop", 3));
  OTRP_ASSERT_OK(Add("bank", 4));
  WebhookStore::Update off;
  off.enabled = false;
  EXPECT_THAT(webhooks_.Change("bank", Id(4), off, Audit()),
              IsOkAndHolds(true));
  const Assignment all = [] {
    Assignment assignment;
    assignment.spid = "bank";
    assignment.taid = "pay";
    assignment.target = AllDevices();
    return assignment;
  }();
  // The second time nothing changes.
  for (int i = 0; i < 2; ++i) {
    OTRP_ASSERT_OK(Enroll("bank", "first", now_ + absl::Hours(24 * 365)));
    OTRP_ASSERT_OK(Push("1.0"));
    OTRP_ASSERT_OK(store_.Submit(ReviewOf(ReviewState::kSubmitted), Audit()));
    OTRP_ASSERT_OK(store_.Decide(ReviewOf(ReviewState::kApproved), Audit()));
    OTRP_ASSERT_OK(Release("1.0"));
    OTRP_ASSERT_OK(
        store_.Assign(all, PortalStore::By::kOperator, Message(), Audit()));
  }
  for (int i = 0; i < 2; ++i) {
    OTRP_ASSERT_OK(store_.Deprecate(Named("1.0"), "old", Audit()));
    OTRP_ASSERT_OK(store_.Yank(Named("1.0"), "bad", Message(), Audit()));
    OTRP_ASSERT_OK(store_.Unassign(all, Message(), Audit()));
    OTRP_ASSERT_OK(store_.Withdraw("bank", "pay", Message(), Audit()));
  }
  EXPECT_THAT(
      Types(1),
      ElementsAre("otrp.certificate.enrolled", "otrp.version.pushed",
                  "otrp.version.submitted", "otrp.version.approved",
                  "otrp.version.released", "otrp.assignment.made",
                  "otrp.version.deprecated", "otrp.version.yanked",
                  "otrp.assignment.removed", "otrp.application.withdrawn"));
  EXPECT_THAT(Types(2), ElementsAre("otrp.version.released"));
  EXPECT_THAT(Types(3), IsEmpty());
  EXPECT_THAT(Types(4), IsEmpty());
  EXPECT_FALSE(Release("9").ok());
  EXPECT_THAT(Types(2), SizeIs(1));
}

TEST_F(WebhookStoreTest, WithoutAWebhookNoEventIsKept) {
  OTRP_ASSERT_OK(Enroll("bank", "first", now_ + absl::Hours(24 * 365)));
  OTRP_ASSERT_OK(Add("shop", 1));
  OTRP_ASSERT_OK(Push("1.0"));
  OTRP_ASSERT_OK_AND_ASSIGN(
      auto row,
      database_.superuser().Query1("SELECT count(*) FROM webhook_event"));
  int64_t events = -1;
  OTRP_ASSERT_OK(row.Scan(&events));
  EXPECT_EQ(events, 0);
}

TEST_F(WebhookStoreTest, ADumpOfTheDatabaseShowsNoSecret) {
  OTRP_ASSERT_OK(Add("bank", 1));
  OTRP_ASSERT_OK(Add("bank", 2));
  OTRP_ASSERT_OK(webhooks_.Rotate("bank", Id(1), Secret(), now_,
                                  now_ + absl::Hours(1), Audit()));
  OTRP_ASSERT_OK_AND_ASSIGN(
      auto rows,
      database_.superuser().Query("SELECT row_to_json(webhook)::text || "
                                  "secret::text || old_secret::text "
                                  "FROM webhook WHERE old_secret IS NOT NULL"));
  ASSERT_THAT(rows, SizeIs(1));
  std::string dump;
  OTRP_ASSERT_OK(rows[0].Scan(&dump));
  // Of 32 times 's', in PostgreSQL's hex.
  EXPECT_THAT(dump, Not(HasSubstr("73737373")));
  for (const store::AuditEvent& event : database_.AuditEvents()) {
    EXPECT_THAT(event.details_json, Not(HasSubstr("ssss")));
  }
  // Nor is one good in another webhook's row.
  OTRP_ASSERT_OK(database_.superuser().ExecOnce(
      "UPDATE webhook AS w SET secret = o.secret FROM webhook AS o "
      "WHERE w.id <> o.id"));
  OTRP_ASSERT_OK(webhooks_.SendTest("bank", Id(2), Audit()));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto taken, webhooks_.Take(now_));
  EXPECT_FALSE(taken.has_value());
  OTRP_ASSERT_OK_AND_ASSIGN(const Webhook moved, webhooks_.Get("bank", Id(2)));
  EXPECT_THAT(moved.disabled_reason, HasSubstr("secret can't be read"));
}

TEST_F(WebhookStoreTest, AnotherSpsWebhookDoesNotExist) {
  OTRP_ASSERT_OK(Add("bank", 1));
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string event,
                            webhooks_.SendTest("bank", Id(1), Audit()));
  const size_t audits = database_.AuditActions().size();
  EXPECT_THAT(webhooks_.Get("shop", Id(1)), StatusIs(kNotFound));
  EXPECT_THAT(webhooks_.Change("shop", Id(1), {}, Audit()),
              StatusIs(kNotFound));
  EXPECT_THAT(webhooks_.Rotate("shop", Id(1), Secret(), now_, now_, Audit()),
              StatusIs(kNotFound));
  EXPECT_THAT(webhooks_.Delete("shop", Id(1), Audit()), StatusIs(kNotFound));
  EXPECT_THAT(webhooks_.Replay("shop", Id(1), event, now_, Audit()),
              StatusIs(kNotFound));
  EXPECT_THAT(webhooks_.SendTest("shop", Id(1), Audit()), StatusIs(kNotFound));
  EXPECT_THAT(webhooks_.List("shop", Id(0), 10), IsOkAndHolds(IsEmpty()));
  WebhookStore::Filter filter;
  filter.spid = "shop";
  filter.limit = 10;
  EXPECT_THAT(webhooks_.ListDeliveries(filter), IsOkAndHolds(IsEmpty()));
  filter.webhook_id = Id(1);
  EXPECT_THAT(webhooks_.ListDeliveries(filter), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(database_.AuditActions(), SizeIs(audits));
  EXPECT_THAT(webhooks_.Get("bank", Id(1)), IsOk());
}

TEST_F(WebhookStoreTest, AnSpHasNoMoreThanSixteenEvenAtOnce) {
  for (int i = 1; i < kMaxWebhooksPerSp; ++i) OTRP_ASSERT_OK(Add("bank", i));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this, i] { (void)Add("bank", 50 + i).ok(); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Add("bank", 60), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(webhooks_.List("bank", Id(0), 100),
              IsOkAndHolds(SizeIs(kMaxWebhooksPerSp)));
  OTRP_EXPECT_OK(webhooks_.Delete("bank", Id(1), Audit()));
  OTRP_EXPECT_OK(Add("bank", 60));
  EXPECT_THAT(Add("nobody", 61), StatusIs(kNotFound, HasSubstr("spid:")));
}

TEST_F(WebhookStoreTest, WhatIsChangedIsChangedOnceAndTheRestStays) {
  OTRP_ASSERT_OK(Add("bank", 1));
  WebhookStore::Update update;
  update.url = "https://example.com/other";
  EXPECT_THAT(webhooks_.Change("bank", Id(1), update, Audit()),
              IsOkAndHolds(true));
  const size_t audits = database_.AuditActions().size();
  EXPECT_THAT(webhooks_.Change("bank", Id(1), update, Audit()),
              IsOkAndHolds(false));
  EXPECT_THAT(database_.AuditActions(), SizeIs(audits));
  OTRP_ASSERT_OK_AND_ASSIGN(Webhook webhook, webhooks_.Get("bank", Id(1)));
  EXPECT_EQ(webhook.url, update.url);
  EXPECT_THAT(webhook.event_types, ElementsAre("*"));
  EXPECT_TRUE(webhook.enabled);
  update = {};
  update.event_types = {"otrp.version.pushed", "otrp.version.released"};
  update.enabled = false;
  EXPECT_THAT(webhooks_.Change("bank", Id(1), update, Audit()),
              IsOkAndHolds(true));
  OTRP_ASSERT_OK_AND_ASSIGN(webhook, webhooks_.Get("bank", Id(1)));
  EXPECT_EQ(webhook.event_types, update.event_types);
  EXPECT_FALSE(webhook.enabled);
  EXPECT_NE(webhook.disabled_reason, "");
  update = {};
  update.enabled = true;
  EXPECT_THAT(webhooks_.Change("bank", Id(1), update, Audit()),
              IsOkAndHolds(true));
  OTRP_ASSERT_OK_AND_ASSIGN(webhook, webhooks_.Get("bank", Id(1)));
  EXPECT_EQ(webhook.disabled_reason, "");
}

TEST_F(WebhookStoreTest, WhatWaitsForADisabledWebhookIsGivenUpAndReplayed) {
  OTRP_ASSERT_OK(Add("bank", 1));
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string event,
                            webhooks_.SendTest("bank", Id(1), Audit()));
  WebhookStore::Update update;
  update.enabled = false;
  OTRP_ASSERT_OK(webhooks_.Change("bank", Id(1), update, Audit()));
  OTRP_ASSERT_OK_AND_ASSIGN(auto taken, webhooks_.Take(now_));
  EXPECT_FALSE(taken.has_value());
  EXPECT_THAT(webhooks_.Replay("bank", Id(1), event, now_, Audit()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  update.enabled = true;
  OTRP_ASSERT_OK(webhooks_.Change("bank", Id(1), update, Audit()));
  OTRP_ASSERT_OK_AND_ASSIGN(taken, webhooks_.Take(now_));
  EXPECT_FALSE(taken.has_value());
  EXPECT_THAT(webhooks_.Replay("bank", Id(1), Id(9), now_, Audit()),
              StatusIs(kNotFound, HasSubstr("event_id:")));
  OTRP_ASSERT_OK(webhooks_.Replay("bank", Id(1), event, now_, Audit()));
  OTRP_ASSERT_OK_AND_ASSIGN(taken, webhooks_.Take(now_));
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->event_id, event);
}

// A disabled or deleted one keeps no release from happening, nor gets it.
TEST_F(WebhookStoreTest, ADeletedWebhookTakesItsDeliveriesAndNoChangeWithIt) {
  OTRP_ASSERT_OK(Enroll("bank", "first", now_ + absl::Hours(24 * 365)));
  std::thread changes([this] {
    for (int i = 1; i <= 20; ++i) OTRP_EXPECT_OK(Push(absl::StrCat(i)));
  });
  for (int i = 0; i < 20; ++i) {
    OTRP_EXPECT_OK(Add("bank", i));
    OTRP_EXPECT_OK(webhooks_.Delete("bank", Id(i), Audit()));
  }
  changes.join();
  OTRP_ASSERT_OK_AND_ASSIGN(const auto backlog, webhooks_.GetBacklog(now_));
  EXPECT_EQ(backlog.pending, 0);
}

TEST_F(WebhookStoreTest, DeliveriesAreListedNewestFirstInPagesAndByState) {
  OTRP_ASSERT_OK(Add("bank", 1));
  OTRP_ASSERT_OK(Add("bank", 2));
  OTRP_ASSERT_OK(Add("shop", 3));
  std::vector<std::string> events;
  for (int i = 0; i < 7; ++i) {
    OTRP_ASSERT_OK_AND_ASSIGN(
        events.emplace_back(),
        webhooks_.SendTest("bank", Id(1 + i % 2), Audit()));
  }
  OTRP_ASSERT_OK(webhooks_.SendTest("shop", Id(3), Audit()));
  for (const char* spid : {"bank", ""}) {
    WebhookStore::Filter filter;
    filter.spid = spid;
    filter.limit = 3;
    std::vector<std::string> seen;
    for (;;) {
      OTRP_ASSERT_OK_AND_ASSIGN(const auto page,
                                webhooks_.ListDeliveries(filter));
      if (page.empty()) break;
      for (const WebhookDelivery& delivery : page) {
        if (delivery.spid == "bank") {
          seen.insert(seen.begin(), delivery.event_id);
        }
      }
      filter.before = page.back().created_at;
      filter.before_event = page.back().event_id;
      filter.before_webhook = page.back().webhook_id;
    }
    EXPECT_EQ(seen, events) << spid;
  }
  OTRP_ASSERT_OK_AND_ASSIGN(const auto due, webhooks_.Take(now_));
  ASSERT_TRUE(due.has_value());
  EXPECT_EQ(due->event_id, events[0]);
  DeliveryResult delivered;
  delivered.at = now_;
  delivered.delivered = true;
  OTRP_ASSERT_OK(webhooks_.Finish(*due, delivered));
  for (const char* spid : {"bank", ""}) {
    WebhookStore::Filter filter;
    filter.spid = spid;
    filter.limit = 100;
    filter.state = DeliveryState::kDelivered;
    EXPECT_THAT(webhooks_.ListDeliveries(filter), IsOkAndHolds(SizeIs(1)));
    filter.state = DeliveryState::kDead;
    EXPECT_THAT(webhooks_.ListDeliveries(filter), IsOkAndHolds(IsEmpty()));
  }
}

TEST_F(WebhookStoreTest, AnExpiryIsToldOnceForEachOfItsDays) {
  OTRP_ASSERT_OK(Add("bank", 1, {"otrp.certificate.expiring"}));
  OTRP_ASSERT_OK(Add("shop", 2, {"otrp.certificate.expiring"}));
  const absl::Time end = now_ + absl::Hours(24 * 40);
  OTRP_ASSERT_OK(Enroll("bank", "replaced", now_ + absl::Hours(24 * 20)));
  OTRP_ASSERT_OK(Enroll("bank", "first", end));
  // Found late: told of its last day alone.
  OTRP_ASSERT_OK(Enroll("shop", "late", now_ + absl::Hours(12)));
  const auto tell = [this](absl::Time now) {
    auto told = webhooks_.TellOfExpiry(now, 10);
    EXPECT_THAT(told, IsOk());
    return told.value_or(-1);
  };
  EXPECT_EQ(tell(now_), 1);
  EXPECT_THAT(Types(2), SizeIs(1));
  EXPECT_THAT(Types(1), IsEmpty());
  for (const int days : {30, 7, 1}) {
    EXPECT_EQ(tell(end - absl::Hours(24 * days) - absl::Seconds(1)), 0);
    EXPECT_EQ(tell(end - absl::Hours(24 * days) + absl::Seconds(1)), 1);
    EXPECT_EQ(tell(end - absl::Hours(24 * days) + absl::Seconds(2)), 0);
  }
  EXPECT_EQ(tell(end + absl::Seconds(1)), 0);
  EXPECT_THAT(Types(1), SizeIs(3));
  OTRP_ASSERT_OK_AND_ASSIGN(
      auto rows,
      database_.superuser().Query(
          "SELECT (data::jsonb)->>'days' FROM webhook_event ORDER BY at, id"));
  std::vector<std::string> days;
  for (store::Row row : rows) OTRP_ASSERT_OK(row.Scan(&days.emplace_back()));
  EXPECT_THAT(days, ElementsAre("1", "30", "7", "1"));
}

TEST_F(WebhookStoreTest, TheBacklogTellsWhatIsLate) {
  OTRP_ASSERT_OK_AND_ASSIGN(auto backlog, webhooks_.GetBacklog(now_));
  EXPECT_EQ(backlog.pending, 0);
  EXPECT_EQ(backlog.lateness, absl::ZeroDuration());
  OTRP_ASSERT_OK(Add("bank", 1));
  OTRP_ASSERT_OK(webhooks_.SendTest("bank", Id(1), Audit()));
  OTRP_ASSERT_OK_AND_ASSIGN(backlog,
                            webhooks_.GetBacklog(now_ + absl::Hours(1)));
  EXPECT_EQ(backlog.pending, 1);
  EXPECT_GT(backlog.lateness, absl::Hours(1));
  EXPECT_LT(backlog.lateness, absl::Hours(2));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto due, webhooks_.Take(now_));
  DeliveryResult failed;
  failed.at = now_;
  failed.retry_at = now_ + absl::Hours(2);
  OTRP_ASSERT_OK(webhooks_.Finish(*due, failed));
  OTRP_ASSERT_OK_AND_ASSIGN(backlog,
                            webhooks_.GetBacklog(now_ + absl::Hours(1)));
  EXPECT_EQ(backlog.pending, 1);
  EXPECT_EQ(backlog.lateness, absl::ZeroDuration());
}

}  // namespace
}  // namespace portal
}  // namespace otrp
