// Deliveries on a real database to real receivers.

#include "services/sp_portal/clients/webhook_courier.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/fake_random.h"
#include "libs/http/server.h"
#include "libs/json/json.h"
#include "services/sp_portal/clients/webhook_url.h"
#include "services/sp_portal/storage/portal_store.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"
#include "tests/support/subprocess.h"
#include "tests/support/tls.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::RunProgram;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// An endpoint that keeps what it gets and answers as it is told.
class Receiver {
 public:
  explicit Receiver(http::Server::Options options = {}) {
    http::Router router;
    router.Add("POST", "/hook", "hook", [this](const http::Request& request) {
      std::unique_lock<std::mutex> lock(mutex_);
      requests_.push_back(request);
      changed_.notify_all();
      changed_.wait(lock, [this] { return !held_; });
      http::Response response;
      response.status = status_;
      response.body = body_;
      if (status_ == 302) response.headers.emplace_back("Location", "/hook");
      return response;
    });
    options.listen = "127.0.0.1:0";
    auto server = http::Server::Start(options, std::move(router));
    EXPECT_THAT(server, IsOk());
    server_ = *std::move(server);
  }
  ~Receiver() {
    Hold(false);
    server_->Shutdown(absl::Seconds(1));
  }

  std::string Url(const std::string& scheme = "http",
                  const std::string& host = "127.0.0.1") const {
    return absl::StrCat(scheme, "://", host, ":", server_->port(),
                        "/hook?key=in-the-query");
  }
  void Answer(int status, std::string body = "") {
    std::lock_guard<std::mutex> lock(mutex_);
    status_ = status;
    body_ = std::move(body);
  }
  // Answers nothing until it is let go.
  void Hold(bool held) {
    std::lock_guard<std::mutex> lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  std::vector<http::Request> requests() {
    std::lock_guard<std::mutex> lock(mutex_);
    return requests_;
  }
  bool WaitFor(size_t requests, absl::Duration timeout) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, absl::ToChronoMilliseconds(timeout),
                             [&] { return requests_.size() >= requests; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  int status_ = 204;
  std::string body_;
  std::vector<http::Request> requests_;
  std::unique_ptr<http::Server> server_;
};

class WebhookCourierTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* spid : {"bank", "shop"}) {
      Sp sp;
      sp.spid = spid;
      sp.name = spid;
      sp.created_at = clock_.Now();
      OTRP_ASSERT_OK(store_.CreateSp(sp, store::AuditEvent()));
    }
  }

  static std::string Id(char digit) {
    return absl::StrCat(std::string(8, digit), "-0000-4000-8000-000000000000");
  }
  static SecretBytes Secret(char c) { return SecretBytes(std::string(32, c)); }

  void Add(const std::string& spid, char digit, const std::string& url) {
    Webhook webhook;
    webhook.id = Id(digit);
    webhook.spid = spid;
    webhook.url = url;
    webhook.event_types = {kAllEvents};
    webhook.created_at = clock_.Now();
    OTRP_ASSERT_OK(
        webhooks_.Create(webhook, Secret(digit), store::AuditEvent()));
  }
  // An event for it; the event's id.
  std::string Send(const std::string& spid, char digit) {
    auto id = webhooks_.SendTest(spid, Id(digit), store::AuditEvent());
    EXPECT_THAT(id, IsOk());
    return id.value_or("");
  }

  std::vector<WebhookDelivery> Deliveries() {
    WebhookStore::Filter filter;
    filter.limit = 100;
    auto deliveries = webhooks_.ListDeliveries(filter);
    EXPECT_THAT(deliveries, IsOk());
    return deliveries.value_or(std::vector<WebhookDelivery>());
  }
  WebhookDelivery Only() {
    const std::vector<WebhookDelivery> all = Deliveries();
    EXPECT_THAT(all, SizeIs(1));
    return all.empty() ? WebhookDelivery() : all[0];
  }
  Webhook Get(const std::string& spid, char digit) {
    auto webhook = webhooks_.Get(spid, Id(digit));
    EXPECT_THAT(webhook, IsOk());
    return webhook.value_or(Webhook());
  }

  // Whether Python's hmac takes the request for one that these secrets signed.
  absl::Status Verify(const http::Request& request,
                      const std::string& secrets) {
    const std::string dir = *testing::MakeTempDir();
    const std::string body = dir + "/body";
    OTRP_EXPECT_OK(testing::WriteWholeFile(body, request.body));
    const absl::Status status =
        RunProgram({"python3", "services/sp_portal/clients/webhook_verifier.py",
                    secrets, body, std::string(request.header("webhook-id")),
                    std::string(request.header("webhook-timestamp")),
                    std::string(request.header("webhook-signature"))});
    testing::RemoveTree(dir);
    return status;
  }

  static WebhookCourier::Options AnyHost() {
    WebhookCourier::Options options;
    options.any_host = true;
    options.timeout = absl::Seconds(2);
    return options;
  }

  // Events are due by the database's clock.
  FakeClock clock_{absl::Now() + absl::Seconds(10)};
  FakeRandom random_{1};
  ::otrp::testing::ServiceDatabase database_{
      {"portal", "services/sp_portal/storage/migrations"}};
  PortalStore store_{database_.pool()};
  BlobStore blobs_{database_.pool(), SecretBytes(std::string(32, 'k')),
                   random_};
  WebhookStore webhooks_{database_.pool(), blobs_};
  WebhookCourier courier_{webhooks_, clock_, random_, AnyHost()};
};

TEST_F(WebhookCourierTest, AnEventComesSignedAsACloudEvent) {
  Receiver receiver;
  Add("bank", 'a', receiver.Url());
  const std::string id = Send("bank", 'a');
  EXPECT_THAT(courier_.DeliverNext(), IsOkAndHolds(true));
  EXPECT_THAT(courier_.DeliverNext(), IsOkAndHolds(false));
  const auto requests = receiver.requests();
  ASSERT_THAT(requests, SizeIs(1));
  const http::Request& request = requests[0];
  EXPECT_EQ(request.target, "/hook?key=in-the-query");
  EXPECT_EQ(request.header("Content-Type"), "application/cloudevents+json");
  EXPECT_EQ(request.header("webhook-id"), id);
  EXPECT_EQ(request.header("webhook-timestamp"),
            absl::StrCat(absl::ToUnixSeconds(clock_.Now())));
  OTRP_ASSERT_OK_AND_ASSIGN(const json::Value event,
                            json::Parse(request.body, json::kStrangers));
  EXPECT_EQ(*event.GetString("id"), id);
  EXPECT_EQ(*event.GetString("type"), "otrp.webhook.test");
  EXPECT_THAT(Verify(request, SecretText(Secret('a'))), IsOk());
  EXPECT_FALSE(Verify(request, SecretText(Secret('b'))).ok());
  http::Request changed = request;
  changed.body.back() = ' ';
  EXPECT_FALSE(Verify(changed, SecretText(Secret('a'))).ok());
  const WebhookDelivery delivery = Only();
  EXPECT_EQ(delivery.state, DeliveryState::kDelivered);
  EXPECT_EQ(delivery.attempts, 1);
  EXPECT_EQ(delivery.last_status, 204);
  EXPECT_EQ(delivery.last_error, "");
}

TEST_F(WebhookCourierTest, ByHttpsTheEndpointsCertificateIsChecked) {
  OTRP_ASSERT_OK_AND_ASSIGN(auto tls, testing::TestTls::Create());
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string dir,
                            tls->Issue("otrp://service/receiver"));
  http::Server::Options server;
  server.tls_cert_file = dir + "/cert.pem";
  server.tls_key_file = dir + "/key.pem";
  Receiver receiver(server);
  Add("bank", 'a', receiver.Url("https", "localhost"));
  Send("bank", 'a');
  // Nobody we know signed for it.
  EXPECT_THAT(courier_.DeliverNext(), IsOkAndHolds(true));
  EXPECT_THAT(Only().last_error, HasSubstr("TLS handshake"));
  EXPECT_THAT(receiver.requests(), IsEmpty());
  WebhookCourier::Options options = AnyHost();
  options.ca_file = dir + "/ca.pem";
  WebhookCourier courier(webhooks_, clock_, random_, options);
  clock_.Advance(absl::Seconds(6));
  EXPECT_THAT(courier.DeliverNext(), IsOkAndHolds(true));
  EXPECT_EQ(Only().state, DeliveryState::kDelivered);
}

TEST_F(WebhookCourierTest, WhileASecretIsReplacedTwoSignaturesCome) {
  Receiver receiver;
  Add("bank", 'a', receiver.Url());
  OTRP_ASSERT_OK(webhooks_.Rotate("bank", Id('a'), Secret('n'), clock_.Now(),
                                  clock_.Now() + absl::Hours(24),
                                  store::AuditEvent()));
  Send("bank", 'a');
  OTRP_ASSERT_OK(courier_.DeliverNext());
  clock_.Advance(absl::Hours(24) + absl::Seconds(1));
  Send("bank", 'a');
  OTRP_ASSERT_OK(courier_.DeliverNext());
  const auto requests = receiver.requests();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_THAT(Verify(requests[0], absl::StrCat(SecretText(Secret('n')), ",",
                                               SecretText(Secret('a')))),
              IsOk());
  EXPECT_THAT(Verify(requests[1], SecretText(Secret('n'))), IsOk());
}

TEST_F(WebhookCourierTest, AFailureIsTriedTenTimesAndThenIsDead) {
  Receiver receiver;
  receiver.Answer(503, "an answer that is nobody's to see");
  Add("bank", 'a', receiver.Url());
  const std::string id = Send("bank", 'a');
  for (int attempt = 1; attempt <= 10; ++attempt) {
    EXPECT_THAT(courier_.DeliverNext(), IsOkAndHolds(true));
    EXPECT_THAT(courier_.DeliverNext(), IsOkAndHolds(false));
    const WebhookDelivery delivery = Only();
    EXPECT_EQ(delivery.attempts, attempt);
    EXPECT_EQ(delivery.last_status, 503);
    EXPECT_EQ(delivery.last_error, "the endpoint answered 503");
    EXPECT_EQ(delivery.state,
              attempt < 10 ? DeliveryState::kPending : DeliveryState::kDead);
    if (attempt == 10) break;
    const absl::Duration pause = *delivery.next_attempt_at - clock_.Now();
    EXPECT_GE(pause, *RetryPause(attempt, 0) - absl::Milliseconds(1));
    EXPECT_LE(pause, *RetryPause(attempt, 1));
    clock_.Advance(pause + absl::Milliseconds(1));
  }
  EXPECT_TRUE(Get("bank", 'a').enabled);
  for (const http::Request& request : receiver.requests()) {
    EXPECT_EQ(request.header("webhook-id"), id);
  }

  receiver.Answer(200);
  OTRP_ASSERT_OK(
      webhooks_.Replay("bank", Id('a'), id, clock_.Now(), store::AuditEvent()));
  EXPECT_THAT(courier_.DeliverNext(), IsOkAndHolds(true));
  EXPECT_EQ(Only().state, DeliveryState::kDelivered);
  EXPECT_EQ(receiver.requests().back().header("webhook-id"), id);
  EXPECT_FALSE(Get("bank", 'a').failing_since.has_value());
}

TEST_F(WebhookCourierTest, RedirectsAndAnswersWithoutEndAreFailures) {
  Receiver receiver;
  receiver.Answer(302);
  Add("bank", 'a', receiver.Url());
  Send("bank", 'a');
  OTRP_ASSERT_OK(courier_.DeliverNext());
  EXPECT_EQ(Only().last_status, 302);
  EXPECT_EQ(Only().state, DeliveryState::kPending);
  EXPECT_THAT(receiver.requests(), SizeIs(1));
  receiver.Answer(200, std::string(kMaxWebhookAnswerBytes + 1, 'x'));
  clock_.Advance(absl::Seconds(6));
  OTRP_ASSERT_OK(courier_.DeliverNext());
  EXPECT_EQ(Only().last_status, 0);
  EXPECT_EQ(Only().state, DeliveryState::kPending);
}

TEST_F(WebhookCourierTest, WhoIsGoneIsDisabledAtOnce) {
  Receiver receiver;
  receiver.Answer(410);
  Add("bank", 'a', receiver.Url());
  Send("bank", 'a');
  Send("bank", 'a');
  OTRP_ASSERT_OK(courier_.DeliverNext());
  EXPECT_THAT(courier_.DeliverNext(), IsOkAndHolds(false));
  EXPECT_FALSE(Get("bank", 'a').enabled);
  EXPECT_THAT(Get("bank", 'a').disabled_reason, HasSubstr("410"));
  for (const WebhookDelivery& delivery : Deliveries()) {
    EXPECT_EQ(delivery.state, DeliveryState::kDead);
  }
  EXPECT_THAT(webhooks_.SendTest("bank", Id('a'), store::AuditEvent()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(database_.AuditActions().back(), "webhook.disable");
}

TEST_F(WebhookCourierTest, WhoFailsForFiveDaysIsDisabledAndSaysWhy) {
  Receiver receiver;
  receiver.Answer(500);
  Add("bank", 'a', receiver.Url());
  Send("bank", 'a');
  OTRP_ASSERT_OK(courier_.DeliverNext());
  const absl::Time since = *Get("bank", 'a').failing_since;
  // A success in between counts.
  receiver.Answer(200);
  clock_.Advance(absl::Seconds(6));
  OTRP_ASSERT_OK(courier_.DeliverNext());
  receiver.Answer(500);
  const absl::Time start = clock_.Now();
  while (Get("bank", 'a').enabled) {
    if (clock_.Now() - start > absl::Hours(24 * 10)) FAIL() << "never";
    Send("bank", 'a');
    clock_.Advance(absl::Hours(6));
    for (bool more = true; more;) {
      OTRP_ASSERT_OK_AND_ASSIGN(more, courier_.DeliverNext());
    }
  }
  EXPECT_GT(*Get("bank", 'a').failing_since, since);
  EXPECT_GE(clock_.Now() - start, absl::Hours(24 * 5));
  EXPECT_LT(clock_.Now() - start, absl::Hours(24 * 6));
  EXPECT_THAT(Get("bank", 'a').disabled_reason, HasSubstr("has failed since"));
}

TEST_F(WebhookCourierTest, TheFirstFailureAfterALongSilenceDisablesNothing) {
  Receiver receiver;
  receiver.Answer(500);
  Add("bank", 'a', receiver.Url());
  Send("bank", 'a');
  OTRP_ASSERT_OK(courier_.DeliverNext());
  clock_.Advance(absl::Hours(24 * 20));
  Send("bank", 'a');
  OTRP_ASSERT_OK(courier_.DeliverNext());
  OTRP_ASSERT_OK(courier_.DeliverNext());
  EXPECT_TRUE(Get("bank", 'a').enabled);
}

TEST_F(WebhookCourierTest, ASlowEndpointHoldsUpNoOther) {
  Receiver slow;
  slow.Hold(true);
  Receiver quick;
  for (const char digit : {'a', 'b', 'c', 'd'}) {
    Add("bank", digit, slow.Url());
    for (int i = 0; i < 3; ++i) Send("bank", digit);
  }
  Add("shop", 'e', quick.Url());
  for (int i = 0; i < 3; ++i) Send("shop", 'e');
  WebhookCouriers couriers(courier_, 3, absl::Milliseconds(10));
  // Before the slow one's time is over.
  EXPECT_TRUE(quick.WaitFor(3, absl::Seconds(1.5)));
  // One for each of its webhooks that are somebody's turn.
  EXPECT_THAT(slow.requests(), SizeIs(kMaxBusyWebhooksPerSp));
  slow.Hold(false);
}

// One after the other, whoever else works at it.
TEST_F(WebhookCourierTest, OneWebhookGetsOneEventAtATime) {
  Receiver receiver;
  receiver.Hold(true);
  Add("bank", 'a', receiver.Url());
  for (int i = 0; i < 3; ++i) Send("bank", 'a');
  {
    WebhookCouriers couriers(courier_, 3, absl::Milliseconds(10));
    WebhookCouriers replica(courier_, 3, absl::Milliseconds(10));
    EXPECT_TRUE(receiver.WaitFor(1, absl::Seconds(5)));
    absl::SleepFor(absl::Milliseconds(200));
    EXPECT_THAT(receiver.requests(), SizeIs(1));
    receiver.Hold(false);
    EXPECT_TRUE(receiver.WaitFor(3, absl::Seconds(5)));
  }
  EXPECT_THAT(receiver.requests(), SizeIs(3));
}

TEST_F(WebhookCourierTest, WhatACrashLeftIsDeliveredAgainUnderTheSameId) {
  Receiver receiver;
  Add("bank", 'a', receiver.Url());
  const std::string id = Send("bank", 'a');
  OTRP_ASSERT_OK_AND_ASSIGN(const auto lost, courier_.Take());
  ASSERT_TRUE(lost.has_value());
  EXPECT_THAT(courier_.DeliverNext(), IsOkAndHolds(false));
  clock_.Advance(kWebhookLease + absl::Seconds(1));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto again, courier_.Take());
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->event_id, id);
  // The first one wasn't dead, only late: it says nothing any more.
  receiver.Answer(500);
  OTRP_ASSERT_OK(courier_.Deliver(*lost));
  EXPECT_EQ(Only().attempts, 0);
  receiver.Answer(200);
  OTRP_ASSERT_OK(courier_.Deliver(*again));
  EXPECT_EQ(Only().state, DeliveryState::kDelivered);
  const auto requests = receiver.requests();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(requests[0].header("webhook-id"), id);
  EXPECT_EQ(requests[1].header("webhook-id"), id);
  EXPECT_EQ(requests[0].body, requests[1].body);
}

TEST_F(WebhookCourierTest, NoNameOrAddressLeadsIntoOurNetwork) {
  Receiver receiver;
  WebhookCourier courier(webhooks_, clock_, random_, WebhookCourier::Options());
  const std::vector<std::string> hosts = {
      "127.0.0.1",          "localhost",       "10.1.2.3",  "[::1]",
      "[::ffff:127.0.0.1]", "169.254.169.254", "2130706433"};
  char digit = '1';
  for (const std::string& host : hosts) {
    // As if it had been taken in spite of all checks.
    Add(digit < '4' ? "bank" : "shop", digit, receiver.Url("https", host));
    Send(digit < '4' ? "bank" : "shop", digit);
    OTRP_ASSERT_OK(courier.DeliverNext());
    ++digit;
  }
  const std::vector<WebhookDelivery> deliveries = Deliveries();
  EXPECT_THAT(deliveries, SizeIs(hosts.size()));
  for (const WebhookDelivery& delivery : deliveries) {
    EXPECT_THAT(delivery.last_error, HasSubstr("public Internet"));
    EXPECT_EQ(delivery.last_error.find("in-the-query"), std::string::npos);
  }
  EXPECT_THAT(receiver.requests(), IsEmpty());
}

TEST(WebhookUrlTest, OnlyHttpsToThePublicInternetIsTaken) {
  for (const char* good :
       {"https://example.com", "https://example.com:8443/a?b=c",
        "https://8.8.8.8/", "https://[2606:4700::1111]:443/x"}) {
    EXPECT_THAT(CheckWebhookUrl(good, false), IsOk()) << good;
  }
  for (const char* bad :
       {"", "example.com", "http://example.com/", "ftp://example.com/",
        "https://", "https:///path", "https://u:p@example.com/",
        "https://example.com/#x", "https://example.com/a b",
        "https://example.com/\r\nHost: x", "https://example.com/\xc3\xa9",
        "https://127.0.0.1/", "https://10.0.0.1:8443/", "https://[::1]/",
        "https://[::ffff:10.0.0.1]/", "https://192.168.1.1",
        "https://169.254.169.254/latest", "https://0.0.0.0/"}) {
    EXPECT_THAT(
        CheckWebhookUrl(bad, false),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("url: must ")))
        << bad;
  }
  const std::string longest =
      absl::StrCat("https://example.com/", std::string(1980, 'x'));
  EXPECT_THAT(CheckWebhookUrl(longest, false), IsOk());
  EXPECT_FALSE(CheckWebhookUrl(longest + "x", false).ok());
  EXPECT_THAT(CheckWebhookUrl("http://127.0.0.1:8080/x", true), IsOk());
  EXPECT_FALSE(CheckWebhookUrl("http://u@127.0.0.1/", true).ok());
  EXPECT_EQ(HostOf("https://example.com:8443/a?secret=1"), "example.com:8443");
}

}  // namespace
}  // namespace portal
}  // namespace otrp
