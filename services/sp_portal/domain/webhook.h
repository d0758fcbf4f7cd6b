// Webhooks as values, and what is done with them without any I/O: events, the
// message of one, its signature, when it is sent again.
//
// Sources: CloudEvents 1.0.2 (structured content mode, JSON format); Standard
// Webhooks 1.0.0.
//
// Thread-safety: values; functions without state.

#ifndef OTRP_SERVICES_SP_PORTAL_DOMAIN_WEBHOOK_H_
#define OTRP_SERVICES_SP_PORTAL_DOMAIN_WEBHOOK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/base/secret.h"
#include "services/sp_portal/domain/model.h"
#include "services/sp_portal/domain/rollout.h"

namespace otrp {
namespace portal {

// Stands for every type of event, alone.
inline constexpr char kAllEvents[] = "*";

struct Webhook {
  // UUID in lower case.
  std::string id;
  std::string spid;
  std::string url;
  std::vector<std::string> event_types;
  bool enabled = true;
  // Empty while it is enabled.
  std::string disabled_reason;
  absl::optional<absl::Time> failing_since;
  absl::optional<absl::Time> old_secret_until;
  absl::Time created_at;
};

// Something that happened to what is an SP's.
struct WebhookEvent {
  std::string spid;
  // "otrp.version.released".
  std::string type;
  // Within what is the SP's: "applications/pay/versions/1.0.0".
  std::string subject;
  // An object of JSON.
  std::string data;
};

enum class DeliveryState { kPending, kDelivered, kDead };

struct WebhookDelivery {
  std::string spid;
  std::string webhook_id;
  // UUIDs in lower case.
  std::string event_id;
  std::string event_type;
  std::string subject;
  DeliveryState state = DeliveryState::kPending;
  int32_t attempts = 0;
  // 0: there was no answer.
  int32_t last_status = 0;
  std::string last_error;
  absl::Time created_at;
  absl::optional<absl::Time> last_attempt_at;
  absl::optional<absl::Time> next_attempt_at;
};

// A delivery that is somebody's turn, with all that it takes.
struct DueDelivery {
  std::string webhook_id;
  std::string url;
  // The one in use, and the one before while that is good.
  SecretBytes secret;
  absl::optional<SecretBytes> old_secret;
  std::string event_id;
  WebhookEvent event;
  absl::Time at;
  // Before this one.
  int32_t attempts = 0;
  // Others leave it alone until then.
  absl::Time busy_until;
};

// What came of an attempt.
struct DeliveryResult {
  absl::Time at;
  bool delivered = false;
  // The endpoint wants nothing any more.
  bool gone = false;
  // 0: there was no answer.
  int32_t status = 0;
  std::string error;
  // Nothing: it is delivered, or given up.
  absl::optional<absl::Time> retry_at;
};

// --- Events
// -------------------------------------------------------------------

// All types but the test event's.
const std::vector<std::string>& WebhookEventTypes();

WebhookEvent CertificateEnrolled(const std::string& spid,
                                 const SpCertificate& certificate);
// `days` before the end of its validity, or fewer.
WebhookEvent CertificateExpiring(const std::string& spid,
                                 const SpCertificate& certificate, int days);
// `certificate.revoked` must be set.
WebhookEvent CertificateRevoked(const std::string& spid,
                                const SpCertificate& certificate);
WebhookEvent VersionPushed(const AppVersion& version);
WebhookEvent VersionReleased(const std::string& spid, const std::string& taid,
                             const std::string& version,
                             service::Channel channel);
// Deprecated: with the message, which is empty where it was taken back.
WebhookEvent VersionDeprecated(const AppVersion& version,
                               const std::string& message);
WebhookEvent VersionYanked(const AppVersion& version,
                           const std::string& reason);
WebhookEvent VersionDeleted(const AppVersion& version);
WebhookEvent ApplicationDeleted(const std::string& spid,
                                const std::string& taid);
// Submitted, approved or rejected, as its state says.
WebhookEvent VersionReviewed(const Review& review);
WebhookEvent ApplicationWithdrawn(const std::string& spid,
                                  const std::string& taid);
// Made, or removed.
WebhookEvent AssignmentChanged(const Assignment& assignment, bool made);
// How many devices have a version by now.
WebhookEvent RolloutProgress(const Rollout& rollout);
// Something failed on a device, for the first time or for good.
WebhookEvent DeviceFailed(const DeviceOutcome& outcome);
// A device isn't trusted any more.
WebhookEvent DeviceRefused(const DeviceOutcome& outcome);
WebhookEvent WebhookTest(const std::string& spid,
                         const std::string& webhook_id);

// --- Checks
// -------------------------------------------------------------------

// INVALID_ARGUMENT.
absl::Status CheckEventTypes(const std::vector<std::string>& types);

// --- Messages
// -----------------------------------------------------------------

// "whsec_" and base64, as Standard Webhooks writes secrets.
std::string SecretText(const SecretBytes& secret);

// The CloudEvent, the same octets each time.
std::string WebhookBody(const DueDelivery& due);

// The value of webhook-signature, for a message that is sent now.
std::string WebhookSignature(const DueDelivery& due, absl::string_view body,
                             absl::Time now);

// How long to wait after so many attempts (1 or more); nothing: no further one.
// `jitter`: 0 to 1, so that what failed together doesn't come together again.
absl::optional<absl::Duration> RetryPause(int32_t attempts, double jitter);

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_DOMAIN_WEBHOOK_H_
