#include "services/sp_portal/domain/webhook.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "libs/advice/advice.h"
#include "libs/base/base64.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/json/json.h"
#include "libs/service/revoked_signer.h"
#include "services/sp_portal/errors.h"

namespace otrp {
namespace portal {
namespace {

constexpr char kEnrolled[] = "otrp.certificate.enrolled";
constexpr char kExpiring[] = "otrp.certificate.expiring";
constexpr char kRevoked[] = "otrp.certificate.revoked";
constexpr char kPushed[] = "otrp.version.pushed";
constexpr char kSubmitted[] = "otrp.version.submitted";
constexpr char kApproved[] = "otrp.version.approved";
constexpr char kRejected[] = "otrp.version.rejected";
constexpr char kReleased[] = "otrp.version.released";
constexpr char kDeprecated[] = "otrp.version.deprecated";
constexpr char kYanked[] = "otrp.version.yanked";
constexpr char kDeleted[] = "otrp.version.deleted";
constexpr char kWithdrawn[] = "otrp.application.withdrawn";
constexpr char kAppDeleted[] = "otrp.application.deleted";
constexpr char kAssigned[] = "otrp.assignment.made";
constexpr char kUnassigned[] = "otrp.assignment.removed";
constexpr char kProgress[] = "otrp.rollout.progress";
constexpr char kDeviceFailed[] = "otrp.device.failed";
constexpr char kDeviceRefused[] = "otrp.device.refused";
constexpr char kTest[] = "otrp.webhook.test";

// Standard Webhooks' example of a schedule.
const std::array<absl::Duration, 9>& Pauses() {
  static const auto* const pauses = new std::array<absl::Duration, 9>{
      absl::Seconds(5), absl::Minutes(5), absl::Minutes(30),
      absl::Hours(2),   absl::Hours(5),   absl::Hours(10),
      absl::Hours(14),  absl::Hours(20),  absl::Hours(24)};
  return *pauses;
}

// Of a pause, at most, in either direction.
constexpr double kJitter = 0.1;

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

std::string AppSubject(const std::string& taid) {
  return absl::StrCat("applications/", taid);
}

std::string VersionSubject(const std::string& taid,
                           const std::string& version) {
  return absl::StrCat(AppSubject(taid), "/versions/", version);
}

// The data of an event, put together.
class Data {
 public:
  Data& Set(absl::string_view name, const std::string& value) {
    object_.AddNew(std::string(name), json::Value::String(value));
    return *this;
  }
  Data& SetBool(absl::string_view name, bool value) {
    object_.AddNew(std::string(name), json::Value::Bool(value));
    return *this;
  }
  Data& Set(absl::string_view name, int64_t value) {
    object_.AddNew(std::string(name), json::Value::Integer(value));
    return *this;
  }
  std::string ToJson() const { return object_.Serialize(); }

 private:
  json::Value object_ = json::Value::Object();
};

Data VersionData(const std::string& spid, const std::string& taid,
                 const std::string& version) {
  return Data().Set("spid", spid).Set("taid", taid).Set("version", version);
}

std::string DeviceSubject(const DeviceOutcome& outcome) {
  return absl::StrCat("devices/", absl::BytesToHexString(outcome.did));
}

Data DeviceData(const DeviceOutcome& outcome) {
  return Data()
      .Set("spid", outcome.spid)
      .Set("did", absl::BytesToHexString(outcome.did));
}

const char* TypeOf(ReviewState state) {
  switch (state) {
    case ReviewState::kApproved: return kApproved;
    case ReviewState::kRejected: return kRejected;
    default: return kSubmitted;
  }
}

Data CertificateData(const std::string& spid, const SpCertificate& c) {
  return Data()
      .Set("spid", spid)
      .Set("serial", c.serial)
      .Set("sha256", absl::BytesToHexString(c.fingerprint))
      .Set("not_after", TimeText(c.not_after));
}

std::string SignedBy(const SecretBytes& secret, absl::string_view content) {
  return absl::StrCat("v1,",
                      Base64Encode(crypto::HmacSha256(secret.view(), content)));
}

}  // namespace

const std::vector<std::string>& WebhookEventTypes() {
  static const auto* const types = new std::vector<std::string>{
      kEnrolled,     kExpiring,      kPushed,     kSubmitted,  kApproved,
      kRejected,     kReleased,      kDeprecated, kYanked,     kWithdrawn,
      kAssigned,     kDeleted,       kAppDeleted, kUnassigned, kProgress,
      kDeviceFailed, kDeviceRefused, kRevoked};
  return *types;
}

WebhookEvent CertificateEnrolled(const std::string& spid,
                                 const SpCertificate& certificate) {
  return {spid, kEnrolled, absl::StrCat("certificates/", certificate.serial),
          CertificateData(spid, certificate).ToJson()};
}

WebhookEvent CertificateExpiring(const std::string& spid,
                                 const SpCertificate& certificate, int days) {
  return {spid, kExpiring, absl::StrCat("certificates/", certificate.serial),
          CertificateData(spid, certificate).Set("days", days).ToJson()};
}

WebhookEvent CertificateRevoked(const std::string& spid,
                                const SpCertificate& certificate) {
  const Revocation& revocation = *certificate.revoked;
  return {spid, kRevoked, absl::StrCat("certificates/", certificate.serial),
          CertificateData(spid, certificate)
              .Set("revoked_at", TimeText(revocation.at))
              .Set("reason", std::string(ReasonWord(revocation.reason)))
              .SetBool("earlier_versions_count",
                       service::WhatRevocationLeaves(revocation.reason) ==
                           service::Leaves::kWhatWasSignedBefore)
              .ToJson()};
}

WebhookEvent VersionPushed(const AppVersion& version) {
  return {version.spid, kPushed, VersionSubject(version.taid, version.version),
          VersionData(version.spid, version.taid, version.version)
              .Set("format",
                   std::string(protocol::TaImageFormatName(version.format)))
              .Set("image_sha256", absl::BytesToHexString(version.image_sha256))
              .Set("image_bytes", version.image_bytes)
              .ToJson()};
}

WebhookEvent VersionReleased(const std::string& spid, const std::string& taid,
                             const std::string& version,
                             service::Channel channel) {
  return {spid, kReleased, VersionSubject(taid, version),
          VersionData(spid, taid, version)
              .Set("channel", service::ChannelName(channel))
              .ToJson()};
}

WebhookEvent VersionDeprecated(const AppVersion& version,
                               const std::string& message) {
  return {version.spid, kDeprecated,
          VersionSubject(version.taid, version.version),
          VersionData(version.spid, version.taid, version.version)
              .Set("message", message)
              .ToJson()};
}

WebhookEvent VersionYanked(const AppVersion& version,
                           const std::string& reason) {
  return {version.spid, kYanked, VersionSubject(version.taid, version.version),
          VersionData(version.spid, version.taid, version.version)
              .Set("reason", reason)
              .ToJson()};
}

WebhookEvent VersionDeleted(const AppVersion& version) {
  return {version.spid, kDeleted, VersionSubject(version.taid, version.version),
          VersionData(version.spid, version.taid, version.version).ToJson()};
}

WebhookEvent ApplicationDeleted(const std::string& spid,
                                const std::string& taid) {
  return {spid, kAppDeleted, AppSubject(taid),
          Data().Set("spid", spid).Set("taid", taid).ToJson()};
}

WebhookEvent VersionReviewed(const Review& review) {
  Data data = VersionData(review.spid, review.taid, review.version);
  data.Set("state", WordOf(review.state));
  if (review.state != ReviewState::kSubmitted) {
    data.Set("reason", review.reason);
  }
  return {review.spid, TypeOf(review.state),
          VersionSubject(review.taid, review.version), data.ToJson()};
}

WebhookEvent ApplicationWithdrawn(const std::string& spid,
                                  const std::string& taid) {
  return {spid, kWithdrawn, AppSubject(taid),
          Data().Set("spid", spid).Set("taid", taid).ToJson()};
}

WebhookEvent AssignmentChanged(const Assignment& assignment, bool made) {
  const TargetWords words = WordsOf(assignment.target);
  Data data;
  data.Set("spid", assignment.spid)
      .Set("taid", assignment.taid)
      .Set("kind", words.kind)
      .Set("target", words.target);
  if (made) data.Set("channel", service::ChannelName(assignment.channel));
  return {assignment.spid, made ? kAssigned : kUnassigned,
          AppSubject(assignment.taid), data.ToJson()};
}

WebhookEvent RolloutProgress(const Rollout& rollout) {
  return {rollout.spid, kProgress,
          VersionSubject(rollout.taid, rollout.version),
          VersionData(rollout.spid, rollout.taid, rollout.version)
              .Set("devices", rollout.devices)
              .Set("failures", rollout.failures)
              .Set("changed_at", TimeText(rollout.changed_at))
              .ToJson()};
}

WebhookEvent DeviceFailed(const DeviceOutcome& outcome) {
  Data data = DeviceData(outcome);
  if (!outcome.taid.empty()) data.Set("taid", outcome.taid);
  if (!outcome.version.empty()) data.Set("version", outcome.version);
  return {outcome.spid, kDeviceFailed, DeviceSubject(outcome),
          data.Set("action", outcome.action)
              .Set("code", outcome.code)
              .Set("detail", outcome.detail)
              .Set("advice", std::string(advice::OfError(outcome.code)))
              .SetBool("given_up", outcome.given_up)
              .ToJson()};
}

WebhookEvent DeviceRefused(const DeviceOutcome& outcome) {
  return {outcome.spid, kDeviceRefused, DeviceSubject(outcome),
          DeviceData(outcome)
              .Set("code", outcome.code)
              .Set("detail", outcome.detail)
              .Set("meaning", std::string(advice::Of(outcome.code)))
              .ToJson()};
}

WebhookEvent WebhookTest(const std::string& spid,
                         const std::string& webhook_id) {
  return {spid, kTest, absl::StrCat("webhooks/", webhook_id),
          Data().Set("spid", spid).Set("webhook_id", webhook_id).ToJson()};
}

absl::Status CheckEventTypes(const std::vector<std::string>& types) {
  if (types == std::vector<std::string>{kAllEvents}) return absl::OkStatus();
  const std::vector<std::string>& known = WebhookEventTypes();
  std::set<std::string> seen;
  for (const std::string& type : types) {
    if (std::find(known.begin(), known.end(), type) == known.end() ||
        !seen.insert(type).second) {
      return errors::BadEventTypes();
    }
  }
  return types.empty() ? errors::BadEventTypes() : absl::OkStatus();
}

std::string SecretText(const SecretBytes& secret) {
  return absl::StrCat("whsec_", Base64Encode(secret.view()));
}

std::string WebhookBody(const DueDelivery& due) {
  json::Value event = json::Value::Object();
  event.AddNew("specversion", json::Value::String("1.0"));
  event.AddNew("id", json::Value::String(due.event_id));
  event.AddNew("source", json::Value::String(absl::StrCat(
                             "/v1/service-providers/", due.event.spid)));
  event.AddNew("type", json::Value::String(due.event.type));
  event.AddNew("subject", json::Value::String(due.event.subject));
  event.AddNew("time", json::Value::String(TimeText(due.at)));
  event.AddNew("datacontenttype", json::Value::String("application/json"));
  std::string text = event.Serialize();
  // It is JSON already.
  text.pop_back();
  return absl::StrCat(text, ",\"data\":", due.event.data, "}");
}

std::string WebhookSignature(const DueDelivery& due, absl::string_view body,
                             absl::Time now) {
  const std::string content =
      absl::StrCat(due.event_id, ".", absl::ToUnixSeconds(now), ".", body);
  const std::string signature = SignedBy(due.secret, content);
  if (!due.old_secret.has_value()) return signature;
  return absl::StrCat(signature, " ", SignedBy(*due.old_secret, content));
}

absl::optional<absl::Duration> RetryPause(int32_t attempts, double jitter) {
  const size_t at = static_cast<size_t>(std::max(attempts, 1)) - 1;
  if (at >= Pauses().size()) return absl::nullopt;
  return Pauses()[at] * (1 - kJitter + 2 * kJitter * jitter);
}

}  // namespace portal
}  // namespace otrp
