#include "services/sp_portal/handlers/webhooks.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "libs/base/ids.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "libs/service/paging.h"
#include "services/sp_portal/clients/webhook_url.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/handlers/tenancy.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace handlers {
namespace {

constexpr char kFirstUuid[] = "00000000-0000-0000-0000-000000000000";

absl::Status CheckScope(const rpc::CallContext& call) {
  return call.caller().taids.empty() ? absl::OkStatus()
                                     : errors::AboutAllApplications();
}

// Whether the caller may do something about webhooks of `spid`.
absl::Status CheckSp(const rpc::CallContext& call, const std::string& spid) {
  OTRP_RETURN_IF_ERROR(service::CheckName("spid", spid));
  OTRP_RETURN_IF_ERROR(CheckTenant(call, spid));
  return CheckScope(call);
}

// The same, and the id as the store has it. Another's webhook is answered as
// none: the store looks for it among those of `spid`.
absl::StatusOr<std::string> IdFor(const rpc::CallContext& call,
                                  const std::string& spid,
                                  const std::string& id) {
  OTRP_RETURN_IF_ERROR(CheckSp(call, spid));
  if (!IsUuid(id)) return errors::WebhookNotFound(id);
  return absl::AsciiStrToLower(id);
}

std::string SubjectOf(const std::string& spid, const std::string& id) {
  return absl::StrCat(spid, "/", id);
}

SecretBytes NewSecret(Env& env) {
  SecretBytes secret = SecretBytes::OfSize(kWebhookSecretBytes);
  env.random.Fill(secret.data(), secret.size());
  return secret;
}

void ToProto(const Webhook& webhook, absl::Time now, v1::Webhook& out) {
  out.set_webhook_id(webhook.id);
  out.set_spid(webhook.spid);
  out.set_url(webhook.url);
  for (const std::string& type : webhook.event_types) out.add_event_types(type);
  out.set_enabled(webhook.enabled);
  out.set_disabled_reason(webhook.disabled_reason);
  if (webhook.failing_since.has_value()) {
    *out.mutable_failing_since() = rpc::ToProto(*webhook.failing_since);
  }
  if (webhook.old_secret_until.has_value() && *webhook.old_secret_until > now) {
    *out.mutable_old_secret_until() = rpc::ToProto(*webhook.old_secret_until);
  }
  *out.mutable_created_at() = rpc::ToProto(webhook.created_at);
}

v1::WebhookDeliveryState ToProto(DeliveryState state) {
  switch (state) {
    case DeliveryState::kPending: return v1::WEBHOOK_DELIVERY_STATE_PENDING;
    case DeliveryState::kDelivered: return v1::WEBHOOK_DELIVERY_STATE_DELIVERED;
    case DeliveryState::kDead: return v1::WEBHOOK_DELIVERY_STATE_DEAD;
  }
  return v1::WEBHOOK_DELIVERY_STATE_UNSPECIFIED;
}

// Nothing: all.
absl::StatusOr<absl::optional<DeliveryState>> FromProto(
    v1::WebhookDeliveryState state) {
  if (state == v1::WEBHOOK_DELIVERY_STATE_UNSPECIFIED) return absl::nullopt;
  for (const DeliveryState one :
       {DeliveryState::kPending, DeliveryState::kDelivered,
        DeliveryState::kDead}) {
    if (ToProto(one) == state) return absl::make_optional(one);
  }
  return errors::BadDeliveryState();
}

void ToProto(const WebhookDelivery& delivery, v1::WebhookDelivery& out) {
  out.set_spid(delivery.spid);
  out.set_webhook_id(delivery.webhook_id);
  out.set_event_id(delivery.event_id);
  out.set_event_type(delivery.event_type);
  out.set_subject(delivery.subject);
  out.set_state(ToProto(delivery.state));
  out.set_attempts(delivery.attempts);
  out.set_last_status(delivery.last_status);
  out.set_last_error(delivery.last_error);
  *out.mutable_created_at() = rpc::ToProto(delivery.created_at);
  if (delivery.last_attempt_at.has_value()) {
    *out.mutable_last_attempt_at() = rpc::ToProto(*delivery.last_attempt_at);
  }
  if (delivery.next_attempt_at.has_value()) {
    *out.mutable_next_attempt_at() = rpc::ToProto(*delivery.next_attempt_at);
  }
}

std::vector<std::string> Strings(
    const google::protobuf::RepeatedPtrField<std::string>& values) {
  return {values.begin(), values.end()};
}

absl::StatusOr<absl::Duration> OverlapOf(
    const v1::RotateWebhookSecretRequest& request) {
  if (!request.has_overlap()) return kDefaultSecretOverlap;
  const absl::Duration overlap = absl::Seconds(request.overlap().seconds()) +
                                 absl::Nanoseconds(request.overlap().nanos());
  if (overlap < absl::ZeroDuration() || overlap > kMaxSecretOverlap) {
    return errors::BadOverlap();
  }
  return overlap;
}

std::string PageKey(const WebhookDelivery& last) {
  return absl::StrCat(absl::ToUnixMicros(last.created_at), "/", last.event_id,
                      "/", last.webhook_id);
}

// Where the page begins that comes after PageKey().
absl::Status SetBefore(const std::string& key, WebhookStore::Filter* filter) {
  if (key.empty()) return absl::OkStatus();
  const std::vector<std::string> parts = absl::StrSplit(key, '/');
  int64_t micros = 0;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &micros) || micros < 0 ||
      micros > absl::ToUnixMicros(absl::FromCivil(absl::CivilDay(9999, 1, 1),
                                                  absl::UTCTimeZone())) ||
      !IsUuid(parts[1]) || !IsUuid(parts[2])) {
    return service::BadPageToken();
  }
  filter->before = absl::FromUnixMicros(micros);
  filter->before_event = parts[1];
  filter->before_webhook = parts[2];
  return absl::OkStatus();
}

}  // namespace

absl::Status CreateWebhook(const rpc::CallContext& call, Env& env,
                           const v1::CreateWebhookRequest& request,
                           v1::CreateWebhookResponse& response) {
  OTRP_RETURN_IF_ERROR(CheckSp(call, request.spid()));
  OTRP_RETURN_IF_ERROR(CheckWebhookUrl(request.url(), env.any_webhook_host));
  OTRP_RETURN_IF_ERROR(CheckActive(env, request.spid()));
  Webhook webhook;
  webhook.event_types = Strings(request.event_types());
  OTRP_RETURN_IF_ERROR(CheckEventTypes(webhook.event_types));
  // As PostgreSQL writes it.
  webhook.id = absl::AsciiStrToLower(NewUuid(env.random));
  webhook.spid = request.spid();
  webhook.url = request.url();
  webhook.created_at = env.clock.Now();
  const SecretBytes secret = NewSecret(env);
  OTRP_RETURN_IF_ERROR(env.webhooks.Create(
      webhook, secret,
      service::AuditOf(call, "webhook.create",
                       SubjectOf(webhook.spid, webhook.id), store::kAuditOk,
                       service::AuditDetails()
                           .Set("host", HostOf(webhook.url))
                           .SetList("event_types", webhook.event_types))));
  ToProto(webhook, webhook.created_at, *response.mutable_webhook());
  response.set_secret(SecretText(secret));
  return absl::OkStatus();
}

absl::Status GetWebhook(const rpc::CallContext& call, Env& env,
                        const v1::GetWebhookRequest& request,
                        v1::GetWebhookResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const std::string id,
                        IdFor(call, request.spid(), request.webhook_id()));
  OTRP_ASSIGN_OR_RETURN(const Webhook webhook,
                        env.webhooks.Get(request.spid(), id));
  ToProto(webhook, env.clock.Now(), *response.mutable_webhook());
  return absl::OkStatus();
}

absl::Status ListWebhooks(const rpc::CallContext& call, Env& env,
                          const v1::ListWebhooksRequest& request,
                          v1::ListWebhooksResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  if (!request.spid().empty()) {
    OTRP_RETURN_IF_ERROR(service::CheckName("spid", request.spid()));
  }
  const std::string after = page.after().empty() ? kFirstUuid : page.after();
  if (!IsUuid(after)) return service::BadPageToken();
  OTRP_ASSIGN_OR_RETURN(const std::string visible,
                        VisibleSpid(call, request.spid()));
  OTRP_RETURN_IF_ERROR(CheckScope(call));
  OTRP_ASSIGN_OR_RETURN(std::vector<Webhook> webhooks,
                        env.webhooks.List(visible, after, page.limit()));
  page.Finish(webhooks, response,
              [](const Webhook& webhook) { return webhook.id; });
  for (const Webhook& webhook : webhooks) {
    ToProto(webhook, env.clock.Now(), *response.add_webhooks());
  }
  return absl::OkStatus();
}

absl::Status UpdateWebhook(const rpc::CallContext& call, Env& env,
                           const v1::UpdateWebhookRequest& request,
                           v1::UpdateWebhookResponse& response) {
  const std::string& spid = request.spid();
  OTRP_ASSIGN_OR_RETURN(const std::string id,
                        IdFor(call, spid, request.webhook_id()));
  WebhookStore::Update update;
  service::AuditDetails details;
  if (!request.url().empty()) {
    OTRP_RETURN_IF_ERROR(CheckWebhookUrl(request.url(), env.any_webhook_host));
    update.url = request.url();
    details.Set("host", HostOf(update.url));
  }
  if (request.event_types_size() > 0) {
    update.event_types = Strings(request.event_types());
    OTRP_RETURN_IF_ERROR(CheckEventTypes(update.event_types));
    details.SetList("event_types", update.event_types);
  }
  if (request.has_enabled()) {
    update.enabled = request.enabled();
    details.Set("enabled", json::Value::Bool(request.enabled()));
  }
  OTRP_ASSIGN_OR_RETURN(
      const bool changed,
      env.webhooks.Change(
          spid, id, update,
          service::AuditOf(call, "webhook.update", SubjectOf(spid, id),
                           store::kAuditOk, details)));
  call.Changed(changed);
  OTRP_ASSIGN_OR_RETURN(const Webhook webhook, env.webhooks.Get(spid, id));
  ToProto(webhook, env.clock.Now(), *response.mutable_webhook());
  return absl::OkStatus();
}

absl::Status RotateWebhookSecret(const rpc::CallContext& call, Env& env,
                                 const v1::RotateWebhookSecretRequest& request,
                                 v1::RotateWebhookSecretResponse& response) {
  const std::string& spid = request.spid();
  OTRP_ASSIGN_OR_RETURN(const std::string id,
                        IdFor(call, spid, request.webhook_id()));
  OTRP_ASSIGN_OR_RETURN(const absl::Duration overlap, OverlapOf(request));
  const absl::Time now = env.clock.Now();
  const SecretBytes secret = NewSecret(env);
  OTRP_RETURN_IF_ERROR(env.webhooks.Rotate(
      spid, id, secret, now, now + overlap,
      service::AuditOf(call, "webhook.rotate", SubjectOf(spid, id),
                       store::kAuditOk,
                       service::AuditDetails().Set(
                           "overlap_seconds", absl::ToInt64Seconds(overlap)))));
  OTRP_ASSIGN_OR_RETURN(const Webhook webhook, env.webhooks.Get(spid, id));
  ToProto(webhook, now, *response.mutable_webhook());
  response.set_secret(SecretText(secret));
  return absl::OkStatus();
}

absl::Status DeleteWebhook(const rpc::CallContext& call, Env& env,
                           const v1::DeleteWebhookRequest& request,
                           v1::DeleteWebhookResponse&) {
  const std::string& spid = request.spid();
  OTRP_ASSIGN_OR_RETURN(const std::string id,
                        IdFor(call, spid, request.webhook_id()));
  return env.webhooks.Delete(
      spid, id, service::AuditOf(call, "webhook.delete", SubjectOf(spid, id)));
}

absl::Status ListWebhookDeliveries(
    const rpc::CallContext& call, Env& env,
    const v1::ListWebhookDeliveriesRequest& request,
    v1::ListWebhookDeliveriesResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  if (!request.spid().empty()) {
    OTRP_RETURN_IF_ERROR(service::CheckName("spid", request.spid()));
  }
  WebhookStore::Filter filter;
  OTRP_ASSIGN_OR_RETURN(filter.spid, VisibleSpid(call, request.spid()));
  OTRP_RETURN_IF_ERROR(CheckScope(call));
  if (!request.webhook_id().empty()) {
    if (!IsUuid(request.webhook_id())) {
      return errors::WebhookNotFound(request.webhook_id());
    }
    filter.webhook_id = absl::AsciiStrToLower(request.webhook_id());
    if (!filter.spid.empty()) {
      OTRP_RETURN_IF_ERROR(
          env.webhooks.Get(filter.spid, filter.webhook_id).status());
    }
  }
  OTRP_ASSIGN_OR_RETURN(filter.state, FromProto(request.state()));
  OTRP_RETURN_IF_ERROR(SetBefore(page.after(), &filter));
  filter.limit = page.limit();
  OTRP_ASSIGN_OR_RETURN(std::vector<WebhookDelivery> deliveries,
                        env.webhooks.ListDeliveries(filter));
  page.Finish(deliveries, response, PageKey);
  for (const WebhookDelivery& delivery : deliveries) {
    ToProto(delivery, *response.add_deliveries());
  }
  return absl::OkStatus();
}

absl::Status ReplayWebhookDelivery(
    const rpc::CallContext& call, Env& env,
    const v1::ReplayWebhookDeliveryRequest& request,
    v1::ReplayWebhookDeliveryResponse&) {
  const std::string& spid = request.spid();
  OTRP_ASSIGN_OR_RETURN(const std::string id,
                        IdFor(call, spid, request.webhook_id()));
  if (!IsUuid(request.event_id())) {
    return errors::DeliveryNotFound(request.event_id());
  }
  return env.webhooks.Replay(
      spid, id, absl::AsciiStrToLower(request.event_id()), env.clock.Now(),
      service::AuditOf(
          call, "webhook.replay", SubjectOf(spid, id), store::kAuditOk,
          service::AuditDetails().Set(
              "event_id", absl::AsciiStrToLower(request.event_id()))));
}

absl::Status SendTestWebhookEvent(
    const rpc::CallContext& call, Env& env,
    const v1::SendTestWebhookEventRequest& request,
    v1::SendTestWebhookEventResponse& response) {
  const std::string& spid = request.spid();
  OTRP_ASSIGN_OR_RETURN(const std::string id,
                        IdFor(call, spid, request.webhook_id()));
  OTRP_ASSIGN_OR_RETURN(
      *response.mutable_event_id(),
      env.webhooks.SendTest(
          spid, id,
          service::AuditOf(call, "webhook.test", SubjectOf(spid, id))));
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp
