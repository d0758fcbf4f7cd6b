#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "otrp/portal/v1/webhooks.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::portal::v1;

constexpr char kStatePrefix[] = "WEBHOOK_DELIVERY_STATE_";

json::Value Value(const v1::Webhook& webhook) {
  json::Value value = json::Value::Object();
  value.Set("webhook_id", json::Value::String(webhook.webhook_id()));
  value.Set("spid", json::Value::String(webhook.spid()));
  value.Set("url", json::Value::String(webhook.url()));
  value.Set("event_types", Strings({webhook.event_types().begin(),
                                    webhook.event_types().end()}));
  value.Set("enabled", json::Value::Bool(webhook.enabled()));
  value.Set("disabled_reason", json::Value::String(webhook.disabled_reason()));
  value.Set("failing_since",
            Time(webhook.failing_since(), webhook.has_failing_since()));
  value.Set("old_secret_until",
            Time(webhook.old_secret_until(), webhook.has_old_secret_until()));
  value.Set("created_at", Time(webhook.created_at(), webhook.has_created_at()));
  return value;
}

// "pending".
std::string StateName(v1::WebhookDeliveryState state) {
  const std::string name = v1::WebhookDeliveryState_Name(state);
  return absl::AsciiStrToLower(name.substr(sizeof(kStatePrefix) - 1));
}

absl::StatusOr<v1::WebhookDeliveryState> ParseState(const std::string& word) {
  v1::WebhookDeliveryState state = v1::WEBHOOK_DELIVERY_STATE_UNSPECIFIED;
  if (word == absl::AsciiStrToLower(word) && word != "unspecified" &&
      v1::WebhookDeliveryState_Parse(
          absl::StrCat(kStatePrefix, absl::AsciiStrToUpper(word)), &state)) {
    return state;
  }
  return cli::UsageError(absl::StrCat(
      "--state ", word, " can't be: it takes pending, ", "delivered or dead"));
}

json::Value Value(const v1::WebhookDelivery& delivery) {
  json::Value value = json::Value::Object();
  value.Set("event_id", json::Value::String(delivery.event_id()));
  value.Set("event_type", json::Value::String(delivery.event_type()));
  value.Set("subject", json::Value::String(delivery.subject()));
  value.Set("spid", json::Value::String(delivery.spid()));
  value.Set("webhook_id", json::Value::String(delivery.webhook_id()));
  value.Set("state", json::Value::String(StateName(delivery.state())));
  value.Set("attempts", json::Value::Integer(delivery.attempts()));
  value.Set("last_status", json::Value::Integer(delivery.last_status()));
  value.Set("last_error", json::Value::String(delivery.last_error()));
  value.Set("created_at",
            Time(delivery.created_at(), delivery.has_created_at()));
  value.Set("last_attempt_at",
            Time(delivery.last_attempt_at(), delivery.has_last_attempt_at()));
  value.Set("next_attempt_at",
            Time(delivery.next_attempt_at(), delivery.has_next_attempt_at()));
  return value;
}

// The secret comes first, so that nobody overlooks it.
template <typename Response>
Result WithSecret(const Response& response) {
  Result result;
  result.value = json::Value::Object();
  result.value.Set("secret", json::Value::String(response.secret()));
  const json::Value webhook = Value(response.webhook());
  for (const json::Value::Member& member : webhook.members()) {
    result.value.Set(member.first, member.second);
  }
  result.name = {"webhook_id"};
  result.notes.push_back("keep the secret: it isn't shown again");
  return result;
}

template <typename Request>
Request About(const cli::Args& args) {
  Request request;
  request.set_spid(args.Get("spid"));
  request.set_webhook_id(args.Get("webhook"));
  return request;
}

// "otrp.version.pushed,otrp.version.released".
template <typename Request>
void SetEvents(const cli::Args& args, Request* request) {
  for (absl::string_view type :
       absl::StrSplit(args.Get("events"), ',', absl::SkipWhitespace())) {
    request->add_event_types(std::string(absl::StripAsciiWhitespace(type)));
  }
}

absl::StatusOr<Result> WebhookCreate(const cli::Args& args,
                                     Connections& connections) {
  v1::CreateWebhookRequest request;
  request.set_spid(args.Get("spid"));
  request.set_url(args.Get("url"));
  SetEvents(args, &request);
  if (!args.Has("events")) request.add_event_types("*");
  OTRP_ASSIGN_OR_RETURN(
      const v1::CreateWebhookResponse response,
      connections.Call<v1::Webhooks>(
          Service::kPortal, &v1::Webhooks::Stub::CreateWebhook, request));
  return WithSecret(response);
}

absl::StatusOr<Result> WebhookList(const cli::Args& args,
                                   Connections& connections) {
  v1::ListWebhooksRequest request;
  request.set_spid(args.Get("spid"));
  ListShape shape;
  shape.list = "webhooks";
  shape.columns = {{"WEBHOOK", "webhook_id"},
                   {"SPID", "spid"},
                   {"URL", "url"},
                   {"ENABLED", "enabled"},
                   {"FAILING SINCE", "failing_since"}};
  shape.time = "created_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::Webhooks>(
      connections, Service::kPortal, &v1::Webhooks::Stub::ListWebhooks, request,
      [](const v1::ListWebhooksResponse& response) -> const auto& {
        return response.webhooks();
      },
      [](const v1::Webhook& webhook) { return Value(webhook); }, &selection));
  return selection.ToResult();
}

absl::StatusOr<Result> WebhookShow(const cli::Args& args,
                                   Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const v1::GetWebhookResponse response,
                        connections.Call<v1::Webhooks>(
                            Service::kPortal, &v1::Webhooks::Stub::GetWebhook,
                            About<v1::GetWebhookRequest>(args)));
  Result result;
  result.value = Value(response.webhook());
  return result;
}

absl::StatusOr<Result> WebhookUpdate(const cli::Args& args,
                                     Connections& connections) {
  auto request = About<v1::UpdateWebhookRequest>(args);
  request.set_url(args.Get("url"));
  SetEvents(args, &request);
  if (args.Has("enabled")) {
    const std::string word = args.Get("enabled");
    if (word != "true" && word != "false") {
      return cli::UsageError(absl::StrCat(
          "--enabled ", word, " can't be: it takes true or ", "false"));
    }
    request.set_enabled(word == "true");
  }
  OTRP_ASSIGN_OR_RETURN(
      const v1::UpdateWebhookResponse response,
      connections.Call<v1::Webhooks>(
          Service::kPortal, &v1::Webhooks::Stub::UpdateWebhook, request));
  Result result;
  result.value = Value(response.webhook());
  return result;
}

absl::StatusOr<Result> WebhookRotate(const cli::Args& args,
                                     Connections& connections) {
  auto request = About<v1::RotateWebhookSecretRequest>(args);
  if (args.Has("overlap")) {
    absl::Duration overlap;
    if (!absl::ParseDuration(args.Get("overlap"), &overlap) ||
        overlap == absl::InfiniteDuration() ||
        overlap == -absl::InfiniteDuration()) {
      return cli::UsageError(absl::StrCat("--overlap ", args.Get("overlap"),
                                          " can't be: it takes a time such as ",
                                          "24h, or 0"));
    }
    request.mutable_overlap()->set_seconds(absl::ToInt64Seconds(overlap));
  }
  OTRP_ASSIGN_OR_RETURN(
      const v1::RotateWebhookSecretResponse response,
      connections.Call<v1::Webhooks>(
          Service::kPortal, &v1::Webhooks::Stub::RotateWebhookSecret, request));
  return WithSecret(response);
}

absl::StatusOr<Result> WebhookRm(const cli::Args& args,
                                 Connections& connections) {
  OTRP_RETURN_IF_ERROR(
      connections
          .Call<v1::Webhooks>(Service::kPortal,
                              &v1::Webhooks::Stub::DeleteWebhook,
                              About<v1::DeleteWebhookRequest>(args))
          .status());
  Result result;
  result.value.Set("webhook_id", json::Value::String(args.Get("webhook")));
  result.value.Set("deleted", json::Value::Bool(true));
  return result;
}

absl::StatusOr<Result> WebhookDeliveries(const cli::Args& args,
                                         Connections& connections) {
  auto request = About<v1::ListWebhookDeliveriesRequest>(args);
  if (args.Has("state")) {
    OTRP_ASSIGN_OR_RETURN(const v1::WebhookDeliveryState state,
                          ParseState(args.Get("state")));
    request.set_state(state);
  }
  ListShape shape;
  shape.list = "deliveries";
  shape.columns = {{"EVENT", "event_id"},      {"TYPE", "event_type"},
                   {"SUBJECT", "subject"},     {"STATE", "state"},
                   {"ATTEMPTS", "attempts"},   {"STATUS", "last_status"},
                   {"HAPPENED", "created_at"}, {"ERROR", "last_error"}};
  shape.time = "created_at";
  shape.newest_first = true;
  shape.default_limit = kDefaultRows;
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::Webhooks>(
      connections, Service::kPortal, &v1::Webhooks::Stub::ListWebhookDeliveries,
      request,
      [](const v1::ListWebhookDeliveriesResponse& response) -> const auto& {
        return response.deliveries();
      },
      [](const v1::WebhookDelivery& delivery) { return Value(delivery); },
      &selection));
  return selection.ToResult();
}

absl::StatusOr<Result> WebhookReplay(const cli::Args& args,
                                     Connections& connections) {
  auto request = About<v1::ReplayWebhookDeliveryRequest>(args);
  request.set_event_id(args.Get("event"));
  OTRP_RETURN_IF_ERROR(
      connections
          .Call<v1::Webhooks>(Service::kPortal,
                              &v1::Webhooks::Stub::ReplayWebhookDelivery,
                              request)
          .status());
  Result result;
  result.value.Set("event_id", json::Value::String(args.Get("event")));
  result.value.Set("replayed", json::Value::Bool(true));
  return result;
}

absl::StatusOr<Result> WebhookTest(const cli::Args& args,
                                   Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(
      const v1::SendTestWebhookEventResponse response,
      connections.Call<v1::Webhooks>(
          Service::kPortal, &v1::Webhooks::Stub::SendTestWebhookEvent,
          About<v1::SendTestWebhookEventRequest>(args)));
  Result result;
  result.value.Set("event_id", json::Value::String(response.event_id()));
  result.notes.push_back("webhook deliveries tells what becomes of it");
  return result;
}

}  // namespace

std::vector<Command> WebhookCommands() {
  const cli::Flag spid = {"spid", "S", true, "id of the service provider",
                          "spid"};
  const cli::Flag any_spid = {"spid", "S", false,
                              "only this service provider's", "spid"};
  const cli::Flag webhook = {"webhook", "ID", true, "as webhook list shows it",
                             "webhook_id"};
  const cli::Flag any_webhook = {"webhook", "ID", false, "only this one's",
                                 "webhook_id"};
  const cli::Flag events = {"events", "TYPE,..", false,
                            "e.g. otrp.version.released, or * for all",
                            "event_types"};
  const cli::Flag new_url = {"url", "URL", false, "another endpoint", "url"};
  return {
      {{"webhook",
        "create",
        {},
        {spid,
         {"url", "URL", true, "https endpoint that events are posted to",
          "url"},
         events},
        "Has an endpoint told of events, all by default; shows its secret."},
       WebhookCreate},
      {{"webhook",
        "list",
        {},
        With({any_spid}, SelectionFlags("made")),
        "Lists webhooks."},
       WebhookList},
      {{"webhook", "show", {}, {spid, webhook}, "Shows one webhook."},
       WebhookShow},
      {{"webhook",
        "update",
        {},
        {spid,
         webhook,
         new_url,
         events,
         {"enabled", "true|false", false, "whether it gets events", "enabled"}},
        "Changes what is given; what waits for one that is disabled is given "
        "up."},
       WebhookUpdate},
      {{"webhook",
        "rotate",
        {},
        {spid,
         webhook,
         {"overlap", "TIME", false,
          "how long the secret before signs too, up to 168h; 24h by default",
          "overlap"}},
        "Makes a new secret, and shows it."},
       WebhookRotate},
      Asking({{"webhook",
               "rm",
               {},
               {spid, webhook},
               "Takes a webhook away, with all that waits for it."},
              WebhookRm}),
      {{"webhook",
        "deliveries",
        {},
        With(
            {any_spid,
             any_webhook,
             {"state", "pending|delivered|dead", false, "only these", "state"}},
            SelectionFlags("happened")),
        "Lists what was and is to be delivered, newest first."},
       WebhookDeliveries},
      {{"webhook",
        "replay",
        {},
        {spid,
         webhook,
         {"event", "ID", true, "as webhook deliveries shows it", "event_id"}},
        "Delivers an event once more."},
       WebhookReplay},
      {{"webhook",
        "test",
        {},
        {spid, webhook},
        "Sends an event otrp.webhook.test."},
       WebhookTest},
  };
}

}  // namespace otrp::ctl
