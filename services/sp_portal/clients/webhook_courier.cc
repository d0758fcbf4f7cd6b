#include "services/sp_portal/clients/webhook_courier.h"

#include <cstdint>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/printable.h"
#include "libs/base/status_macros.h"
#include "libs/http/client.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"

namespace otrp {
namespace portal {
namespace {

constexpr int kGone = 410;
// Periods: a database that is away says so to everybody who asks.
constexpr int kAfterError = 5;

bool IsSuccess(int status) { return status >= 200 && status < 300; }

std::vector<http::Header> Headers(const DueDelivery& due,
                                  const std::string& body, absl::Time now) {
  return {{"Content-Type", "application/cloudevents+json"},
          {"User-Agent", "otrp-webhooks"},
          {"webhook-id", due.event_id},
          {"webhook-timestamp", absl::StrCat(absl::ToUnixSeconds(now))},
          {"webhook-signature", WebhookSignature(due, body, now)}};
}

const char* Name(const DeliveryResult& result) {
  if (result.delivered) return "delivered";
  return result.retry_at.has_value() ? "failed" : "dead";
}

}  // namespace

absl::StatusOr<absl::optional<DueDelivery>> WebhookCourier::Take() {
  return store_.Take(clock_.Now());
}

absl::Status WebhookCourier::Deliver(const DueDelivery& due) {
  const absl::Time now = clock_.Now();
  DeliveryResult result = Post(due, now);
  if (!result.delivered && !result.gone) {
    const absl::optional<absl::Duration> pause =
        RetryPause(due.attempts + 1, Jitter());
    if (pause.has_value()) result.retry_at = now + *pause;
  }
  telemetry::kWebhookDeliveries.With(Name(result)).Increment();
  return store_.Finish(due, result);
}

absl::StatusOr<bool> WebhookCourier::DeliverNext() {
  OTRP_ASSIGN_OR_RETURN(const absl::optional<DueDelivery> due, Take());
  if (!due.has_value()) return false;
  OTRP_RETURN_IF_ERROR(Deliver(*due));
  return true;
}

DeliveryResult WebhookCourier::Post(const DueDelivery& due,
                                    absl::Time now) const {
  http::Client::Options options;
  options.timeout = options_.timeout;
  options.ca_file = options_.ca_file;
  options.max_body_bytes = kMaxWebhookAnswerBytes;
  options.public_only = !options_.any_host;
  http::Client client(options);
  const std::string body = WebhookBody(due);
  const absl::StatusOr<http::Response> answer =
      client.Post(due.url, Headers(due, body, now), body);
  DeliveryResult result;
  result.at = now;
  if (!answer.ok()) {
    result.error = Printable(answer.status().message(), kMaxWebhookErrorBytes);
    return result;
  }
  result.status = answer->status;
  result.delivered = IsSuccess(answer->status);
  result.gone = answer->status == kGone;
  if (!result.delivered) {
    result.error = absl::StrCat("the endpoint answered ", answer->status);
  }
  return result;
}

double WebhookCourier::Jitter() {
  std::uint16_t number = 0;
  const std::string octets = random_.Bytes(sizeof(number));
  std::memcpy(&number, octets.data(), sizeof(number));
  return number / 65535.0;
}

WebhookCouriers::WebhookCouriers(WebhookCourier& courier, int threads,
                                 absl::Duration period)
    : courier_(courier), period_(period) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { Loop(); });
  }
}

WebhookCouriers::~WebhookCouriers() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WebhookCouriers::Loop() {
  for (;;) {
    const absl::optional<DueDelivery> due = Wait();
    if (!due.has_value()) return;
    const absl::Status status = courier_.Deliver(*due);
    if (!status.ok()) {
      OTRP_LOG(WARNING, "webhook delivery not written down",
               {{"webhook", due->webhook_id},
                {"event", due->event_id},
                {"error", status.ToString()}});
    }
  }
}

absl::optional<DueDelivery> WebhookCouriers::Wait() {
  std::lock_guard<std::mutex> turn(turn_);
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stop_) {
    lock.unlock();
    absl::StatusOr<absl::optional<DueDelivery>> due = courier_.Take();
    if (due.ok() && due->has_value()) return *std::move(due);
    if (!due.ok()) {
      OTRP_LOG(WARNING, "webhook deliveries can't be read",
               {{"error", due.status().ToString()}});
    }
    lock.lock();
    const absl::Duration pause = due.ok() ? period_ : kAfterError * period_;
    wake_.wait_for(lock, absl::ToChronoMilliseconds(pause),
                   [this] { return stop_; });
  }
  return absl::nullopt;
}

}  // namespace portal
}  // namespace otrp
