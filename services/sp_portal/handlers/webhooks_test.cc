// What callers of otrp.portal.v1.Webhooks may do, and what they get to see.

#include "services/sp_portal/handlers/webhooks.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "otrp/portal/v1/access.pb.h"
#include "services/sp_portal/handlers/accounts.h"
#include "services/sp_portal/testing/handlers_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kNotFound = absl::StatusCode::kNotFound;
constexpr absl::StatusCode kDenied = absl::StatusCode::kPermissionDenied;
constexpr char kUrl[] = "https://example.com/hook?token=in-the-query";

// The same for each of the RPCs.
template <typename Request, typename Response>
absl::StatusOr<Response> CallTo(absl::Status (*handler)(const rpc::CallContext&,
                                                        Env&, const Request&,
                                                        Response&),
                                const rpc::CallContext& call, Env& env,
                                const Request& request) {
  Response response;
  const absl::Status status = handler(call, env, request, response);
  if (!status.ok()) return status;
  return response;
}

class WebhooksTest : public HandlersFixture {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK(Create("bank", "Bank AG"));
    OTRP_ASSERT_OK(Create("shop", "Shop AG"));
  }

  static v1::CreateWebhookRequest Wanted() {
    v1::CreateWebhookRequest request;
    request.set_spid("bank");
    request.set_url(kUrl);
    request.add_event_types("*");
    return request;
  }

  absl::StatusOr<v1::CreateWebhookResponse> Make(
      const rpc::CallContext& call, const v1::CreateWebhookRequest& request) {
    return CallTo(handlers::CreateWebhook, call, env_, request);
  }

  // Of the bank's: one request of whatever type.
  template <typename Request>
  static Request About(const std::string& spid, const std::string& id) {
    Request request;
    request.set_spid(spid);
    request.set_webhook_id(id);
    return request;
  }

  // Everything that a caller can do with a webhook's id and that it may not.
  std::vector<absl::Status> All(const rpc::CallContext& call,
                                const std::string& spid, const std::string& id,
                                const std::string& event) {
    auto update = About<v1::UpdateWebhookRequest>(spid, id);
    update.set_enabled(false);
    auto replay = About<v1::ReplayWebhookDeliveryRequest>(spid, id);
    replay.set_event_id(event);
    return {
        CallTo(handlers::GetWebhook, call, env_,
               About<v1::GetWebhookRequest>(spid, id))
            .status(),
        CallTo(handlers::UpdateWebhook, call, env_, update).status(),
        CallTo(handlers::RotateWebhookSecret, call, env_,
               About<v1::RotateWebhookSecretRequest>(spid, id))
            .status(),
        CallTo(handlers::ListWebhookDeliveries, call, env_,
               About<v1::ListWebhookDeliveriesRequest>(spid, id))
            .status(),
        CallTo(handlers::ReplayWebhookDelivery, call, env_, replay).status(),
        CallTo(handlers::SendTestWebhookEvent, call, env_,
               About<v1::SendTestWebhookEventRequest>(spid, id))
            .status(),
        CallTo(handlers::DeleteWebhook, call, env_,
               About<v1::DeleteWebhookRequest>(spid, id))
            .status(),
    };
  }
};

TEST_F(WebhooksTest, ASecretIsShownOnceAndNeverWrittenDown) {
  OTRP_ASSERT_OK_AND_ASSIGN(const auto made, Make(bank_, Wanted()));
  EXPECT_EQ(bank_.audit_records(), 1);
  ASSERT_TRUE(absl::StartsWith(made.secret(), "whsec_"));
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string octets,
                            Base64Decode(made.secret().substr(6)));
  EXPECT_EQ(octets.size(), 32u);
  const std::string id = made.webhook().webhook_id();
  OTRP_ASSERT_OK_AND_ASSIGN(
      const auto rotated,
      CallTo(handlers::RotateWebhookSecret, bank_, env_,
             About<v1::RotateWebhookSecretRequest>("bank", id)));
  EXPECT_NE(rotated.secret(), made.secret());
  EXPECT_EQ(rotated.webhook().old_secret_until().seconds(),
            absl::ToUnixSeconds(clock_.Now() + absl::Hours(24)));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto got,
                            CallTo(handlers::GetWebhook, bank_, env_,
                                   About<v1::GetWebhookRequest>("bank", id)));
  OTRP_ASSERT_OK_AND_ASSIGN(
      const auto listed,
      CallTo(handlers::ListWebhooks, bank_, env_, v1::ListWebhooksRequest()));
  EXPECT_EQ(listed.webhooks_size(), 1);
  for (const std::string& text : {made.secret(), rotated.secret()}) {
    const std::string secret = text.substr(6);
    EXPECT_THAT(got.DebugString(), Not(HasSubstr(secret)));
    EXPECT_THAT(listed.DebugString(), Not(HasSubstr(secret)));
    for (const store::AuditEvent& event : database_.AuditEvents()) {
      EXPECT_THAT(event.details_json, Not(HasSubstr(secret)));
      // Where people put theirs.
      EXPECT_THAT(event.details_json, Not(HasSubstr("in-the-query")));
    }
  }
}

TEST_F(WebhooksTest, ASuspendedSpAddsNone) {
  v1::SuspendServiceProviderRequest request;
  request.set_spid("bank");
  request.set_reason("unpaid");
  OTRP_ASSERT_OK(
      CallTo(handlers::SuspendServiceProvider, operator_, env_, request));
  EXPECT_THAT(
      Make(bank_, Wanted()).status(),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("suspended")));
}

TEST_F(WebhooksTest, AnotherTenantsWebhookDoesNotExist) {
  OTRP_ASSERT_OK_AND_ASSIGN(const auto made, Make(bank_, Wanted()));
  const std::string id = made.webhook().webhook_id();
  OTRP_ASSERT_OK_AND_ASSIGN(
      const auto sent,
      CallTo(handlers::SendTestWebhookEvent, bank_, env_,
             About<v1::SendTestWebhookEventRequest>("bank", id)));
  // By its owner's name, and by the caller's own.
  for (const char* spid : {"bank", "shop"}) {
    for (const absl::Status& status : All(shop_, spid, id, sent.event_id())) {
      EXPECT_THAT(status, StatusIs(kNotFound)) << spid;
    }
  }
  EXPECT_THAT(Make(shop_, Wanted()), StatusIs(kNotFound));
  v1::ListWebhooksRequest list;
  OTRP_ASSERT_OK_AND_ASSIGN(const auto webhooks,
                            CallTo(handlers::ListWebhooks, shop_, env_, list));
  EXPECT_EQ(webhooks.webhooks_size(), 0);
  OTRP_ASSERT_OK_AND_ASSIGN(const auto deliveries,
                            CallTo(handlers::ListWebhookDeliveries, shop_, env_,
                                   v1::ListWebhookDeliveriesRequest()));
  EXPECT_EQ(deliveries.deliveries_size(), 0);
  list.set_spid("bank");
  EXPECT_THAT(CallTo(handlers::ListWebhooks, shop_, env_, list),
              StatusIs(kNotFound));
  EXPECT_THAT(CallTo(handlers::GetWebhook, bank_, env_,
                     About<v1::GetWebhookRequest>("bank", id)),
              IsOk());
}

// They would learn of the others'.
TEST_F(WebhooksTest, WhoIsForSomeApplicationsOnlyHasNoSayInWebhooks) {
  OTRP_ASSERT_OK_AND_ASSIGN(const auto made, Make(bank_, Wanted()));
  rpc::Identity scoped = bank_.caller();
  scoped.taids = {"pay"};
  const rpc::CallContext call(scoped, "test", "", absl::InfiniteFuture());
  EXPECT_THAT(Make(call, Wanted()), StatusIs(kDenied));
  for (const absl::Status& status :
       All(call, "bank", made.webhook().webhook_id(), "x")) {
    EXPECT_THAT(status, StatusIs(kDenied));
  }
  EXPECT_THAT(
      CallTo(handlers::ListWebhooks, call, env_, v1::ListWebhooksRequest()),
      StatusIs(kDenied));
}

TEST_F(WebhooksTest, TheOwnerDoesAllOfIt) {
  OTRP_ASSERT_OK_AND_ASSIGN(const auto made, Make(bank_, Wanted()));
  const std::string id = made.webhook().webhook_id();
  OTRP_ASSERT_OK_AND_ASSIGN(
      const auto sent,
      CallTo(handlers::SendTestWebhookEvent, bank_, env_,
             About<v1::SendTestWebhookEventRequest>("bank", id)));
  auto replay = About<v1::ReplayWebhookDeliveryRequest>("bank", id);
  replay.set_event_id(sent.event_id());
  OTRP_EXPECT_OK(CallTo(handlers::ReplayWebhookDelivery, bank_, env_, replay));
  auto list = About<v1::ListWebhookDeliveriesRequest>("bank", id);
  list.set_state(v1::WEBHOOK_DELIVERY_STATE_PENDING);
  OTRP_ASSERT_OK_AND_ASSIGN(
      auto deliveries,
      CallTo(handlers::ListWebhookDeliveries, bank_, env_, list));
  ASSERT_EQ(deliveries.deliveries_size(), 1);
  EXPECT_EQ(deliveries.deliveries(0).event_id(), sent.event_id());
  list.set_state(v1::WEBHOOK_DELIVERY_STATE_DEAD);
  OTRP_ASSERT_OK_AND_ASSIGN(
      deliveries, CallTo(handlers::ListWebhookDeliveries, bank_, env_, list));
  EXPECT_EQ(deliveries.deliveries_size(), 0);
  auto update = About<v1::UpdateWebhookRequest>("bank", id);
  update.set_enabled(false);
  OTRP_ASSERT_OK_AND_ASSIGN(
      auto updated, CallTo(handlers::UpdateWebhook, bank_, env_, update));
  EXPECT_FALSE(updated.webhook().enabled());
  EXPECT_EQ(updated.webhook().url(), kUrl);
  OTRP_ASSERT_OK_AND_ASSIGN(
      updated, CallTo(handlers::UpdateWebhook, bank_, env_, update));
  EXPECT_TRUE(bank_.nothing_changed());
  OTRP_EXPECT_OK(CallTo(handlers::DeleteWebhook, bank_, env_,
                        About<v1::DeleteWebhookRequest>("bank", id)));
  EXPECT_THAT(CallTo(handlers::GetWebhook, bank_, env_,
                     About<v1::GetWebhookRequest>("bank", id)),
              StatusIs(kNotFound));
}

TEST_F(WebhooksTest, DeliveriesComeInPages) {
  OTRP_ASSERT_OK_AND_ASSIGN(const auto made, Make(bank_, Wanted()));
  const std::string id = made.webhook().webhook_id();
  std::vector<std::string> sent;
  for (int i = 0; i < 5; ++i) {
    OTRP_ASSERT_OK_AND_ASSIGN(
        const auto one,
        CallTo(handlers::SendTestWebhookEvent, bank_, env_,
               About<v1::SendTestWebhookEventRequest>("bank", id)));
    sent.insert(sent.begin(), one.event_id());
  }
  v1::ListWebhookDeliveriesRequest request;
  request.set_page_size(2);
  std::vector<std::string> seen;
  do {
    OTRP_ASSERT_OK_AND_ASSIGN(
        const auto page,
        CallTo(handlers::ListWebhookDeliveries, operator_, env_, request));
    for (const auto& one : page.deliveries()) seen.push_back(one.event_id());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(seen, sent);
  for (const char* bad : {"1", "1/2/3", "-1/x/y", "x"}) {
    request.set_page_token(Base64UrlEncode(bad));
    EXPECT_THAT(
        CallTo(handlers::ListWebhookDeliveries, operator_, env_, request),
        StatusIs(kInvalid, HasSubstr("page_token")));
  }
}

TEST_F(WebhooksTest, WhatCannotBeIsRefusedByItsField) {
  auto request = Wanted();
  request.set_url("https://127.0.0.1/");
  EXPECT_THAT(Make(bank_, request), StatusIs(kInvalid, HasSubstr("url:")));
  request = Wanted();
  request.set_url("http://example.com/");
  EXPECT_THAT(Make(bank_, request), StatusIs(kInvalid, HasSubstr("url:")));
  request = Wanted();
  request.clear_event_types();
  EXPECT_THAT(Make(bank_, request),
              StatusIs(kInvalid, HasSubstr("event_types:")));
  request = Wanted();
  request.set_spid("nobody");
  EXPECT_THAT(Make(operator_, request),
              StatusIs(kNotFound, HasSubstr("spid:")));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto made, Make(operator_, Wanted()));
  auto update =
      About<v1::UpdateWebhookRequest>("bank", made.webhook().webhook_id());
  update.set_url("https://[::1]/");
  EXPECT_THAT(CallTo(handlers::UpdateWebhook, bank_, env_, update),
              StatusIs(kInvalid, HasSubstr("url:")));
  update.clear_url();
  update.add_event_types("otrp.everything");
  EXPECT_THAT(CallTo(handlers::UpdateWebhook, bank_, env_, update),
              StatusIs(kInvalid, HasSubstr("event_types:")));
  auto rotate = About<v1::RotateWebhookSecretRequest>(
      "bank", made.webhook().webhook_id());
  for (const int64_t seconds :
       {int64_t{-1}, int64_t{7 * 86400 + 1}, int64_t{1} << 62}) {
    rotate.mutable_overlap()->set_seconds(seconds);
    EXPECT_THAT(CallTo(handlers::RotateWebhookSecret, bank_, env_, rotate),
                StatusIs(kInvalid, HasSubstr("overlap:")));
  }
  rotate.mutable_overlap()->set_seconds(0);
  OTRP_ASSERT_OK_AND_ASSIGN(
      const auto rotated,
      CallTo(handlers::RotateWebhookSecret, bank_, env_, rotate));
  EXPECT_FALSE(rotated.webhook().has_old_secret_until());
  auto list = About<v1::ListWebhookDeliveriesRequest>("bank", "no-uuid");
  EXPECT_THAT(CallTo(handlers::ListWebhookDeliveries, bank_, env_, list),
              StatusIs(kNotFound, HasSubstr("webhook_id:")));
  list.clear_webhook_id();
  list.set_state(static_cast<v1::WebhookDeliveryState>(9));
  EXPECT_THAT(CallTo(handlers::ListWebhookDeliveries, bank_, env_, list),
              StatusIs(kInvalid, HasSubstr("state:")));
}

}  // namespace
}  // namespace portal
}  // namespace otrp
