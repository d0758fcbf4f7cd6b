#include "services/tsm/handlers/catalog.h"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "libs/base/ids.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/channel.h"
#include "libs/service/names.h"
#include "libs/service/paging.h"
#include "services/tsm/domain/words.h"
#include "services/tsm/errors.h"
#include "services/tsm/handlers/validate.h"
#include "services/tsm/limits.h"

namespace otrp {
namespace tsm {
namespace handlers {
namespace {

// An event, checked, with what its audit record says.
struct CheckedEvent {
  CatalogEvent event;
  // Constant; part of the audit action.
  const char* action;
  std::string subject;
};

absl::Status CheckIds(absl::string_view kind, absl::string_view spid,
                      absl::string_view taid) {
  OTRP_RETURN_IF_ERROR(service::CheckName(absl::StrCat(kind, ".spid"), spid));
  return service::CheckName(absl::StrCat(kind, ".taid"), taid);
}

absl::StatusOr<CheckedEvent> Check(const v1::SpCertificateEnrolled& event) {
  OTRP_RETURN_IF_ERROR(
      service::CheckName("sp_certificate_enrolled.spid", event.spid()));
  OTRP_RETURN_IF_ERROR(
      CheckSize("sp_certificate_enrolled.name", event.name(), 0, 800));
  SpCertificate certificate;
  certificate.spid = event.spid();
  certificate.name = event.name();
  certificate.certificate = event.certificate_der();
  OTRP_ASSIGN_OR_RETURN(
      certificate.fingerprint,
      CheckCertificate("sp_certificate_enrolled.certificate_der",
                       event.certificate_der()));
  return CheckedEvent{std::move(certificate), "catalog.certificate",
                      event.spid()};
}

absl::StatusOr<CheckedEvent> Check(const v1::SpCertificateRevoked& event) {
  OTRP_RETURN_IF_ERROR(
      service::CheckName("sp_certificate_revoked.spid", event.spid()));
  OTRP_RETURN_IF_ERROR(CheckSize("sp_certificate_revoked.fingerprint",
                                 event.fingerprint(), crypto::kSha256Size,
                                 crypto::kSha256Size));
  // A reason that isn't known here is no reason to go on with the certificate.
  return CheckedEvent{
      SpRevocation{event.spid(), HexEncode(event.fingerprint()),
                   rpc::FromProto(event.revoked_at()), event.reason()},
      "catalog.revoke-certificate",
      absl::StrCat(event.spid(), " ", HexEncode(event.fingerprint()))};
}

absl::StatusOr<CheckedEvent> Check(const v1::VersionReleased& event) {
  OTRP_RETURN_IF_ERROR(
      CheckIds("version_released", event.spid(), event.taid()));
  OTRP_RETURN_IF_ERROR(
      service::Version::Parse(event.version(), "version_released.version")
          .status());
  OTRP_RETURN_IF_ERROR(CheckSize("version_released.image", event.image(),
                                 event.pull() ? 0 : 1,
                                 event.pull() ? 0 : kMaxTaImageBytes));
  OTRP_RETURN_IF_ERROR(CheckSize("version_released.personalization_data",
                                 event.personalization_data(), 0,
                                 kMaxPersonalizationBytes));
  Release release;
  release.spid = event.spid();
  release.taid = event.taid();
  release.version = event.version();
  release.pull = event.pull();
  release.image = event.image();
  release.personalization = event.personalization_data();
  OTRP_ASSIGN_OR_RETURN(
      release.channel,
      service::ParseChannel(event.channel(), "version_released.channel"));
  if (event.has_pushed_at()) {
    release.pushed_at = rpc::FromProto(event.pushed_at());
  }
  release.signer_certificate = event.signer_certificate_der();
  OTRP_ASSIGN_OR_RETURN(
      release.signer_fingerprint,
      CheckCertificate("version_released.signer_certificate_der",
                       event.signer_certificate_der()));
  return CheckedEvent{
      std::move(release), "catalog.release",
      absl::StrCat(event.spid(), "/", event.taid(), "@", event.version())};
}

absl::StatusOr<CheckedEvent> Check(const v1::VersionYanked& event) {
  OTRP_RETURN_IF_ERROR(CheckIds("version_yanked", event.spid(), event.taid()));
  OTRP_RETURN_IF_ERROR(
      service::Version::Parse(event.version(), "version_yanked.version")
          .status());
  return CheckedEvent{
      Yank{event.spid(), event.taid(), event.version()}, "catalog.yank",
      absl::StrCat(event.spid(), "/", event.taid(), "@", event.version())};
}

absl::StatusOr<CheckedEvent> Check(const v1::ApplicationWithdrawn& event) {
  OTRP_RETURN_IF_ERROR(
      CheckIds("application_withdrawn", event.spid(), event.taid()));
  return CheckedEvent{Withdrawal{event.spid(), event.taid()},
                      "catalog.withdraw",
                      absl::StrCat(event.spid(), "/", event.taid())};
}

absl::StatusOr<CheckedEvent> Check(const v1::AssignmentChanged& event) {
  OTRP_RETURN_IF_ERROR(
      CheckIds("assignment_changed", event.spid(), event.taid()));
  Assignment assignment;
  assignment.spid = event.spid();
  assignment.taid = event.taid();
  assignment.assigned = event.assigned();
  OTRP_ASSIGN_OR_RETURN(
      assignment.channel,
      service::ParseChannel(event.channel(), "assignment_changed.channel"));
  switch (event.target_case()) {
    case v1::AssignmentChanged::kAllDevices:
      if (!event.all_devices()) return errors::NoTarget();
      assignment.target = AllDevices();
      break;
    case v1::AssignmentChanged::kDid:
      OTRP_RETURN_IF_ERROR(
          service::CheckDid("assignment_changed.did", event.did()));
      assignment.target = OneDevice{event.did()};
      break;
    case v1::AssignmentChanged::kGroup:
      OTRP_RETURN_IF_ERROR(
          service::CheckGroupName("assignment_changed.group", event.group()));
      assignment.target = DeviceGroup{event.group()};
      break;
    case v1::AssignmentChanged::kDevices: {
      OTRP_ASSIGN_OR_RETURN(service::DeviceConditions conditions,
                            service::DeviceConditions::FromProto(
                                event.devices(), "assignment_changed.devices"));
      assignment.target = DevicesThat{std::move(conditions)};
      break;
    }
    case v1::AssignmentChanged::TARGET_NOT_SET: return errors::NoTarget();
  }
  const std::string subject = absl::StrCat(event.spid(), "/", event.taid(), " ",
                                           WordOfTarget(assignment.target));
  return CheckedEvent{std::move(assignment),
                      event.assigned() ? "catalog.assign" : "catalog.unassign",
                      subject};
}

absl::StatusOr<CheckedEvent> Check(const v1::PullEndpointChanged& event) {
  OTRP_RETURN_IF_ERROR(
      CheckIds("pull_endpoint_changed", event.spid(), event.taid()));
  OTRP_RETURN_IF_ERROR(
      CheckSize("pull_endpoint_changed.url", event.url(), 0, 2000));
  OTRP_RETURN_IF_ERROR(CheckSize("pull_endpoint_changed.roots_pem",
                                 event.roots_pem(), 0, 64 * 1024));
  OTRP_RETURN_IF_ERROR(
      CheckSize("pull_endpoint_changed.key_id", event.key_id(), 0, 64));
  return CheckedEvent{PullEndpoint{event.spid(), event.taid(), event.url(),
                                   event.roots_pem(), event.key_id()},
                      "catalog.pull-endpoint",
                      absl::StrCat(event.spid(), "/", event.taid())};
}

absl::StatusOr<CheckedEvent> Check(Env& env,
                                   const v1::PersonalizationChanged& event) {
  OTRP_RETURN_IF_ERROR(
      CheckIds("personalization_changed", event.spid(), event.taid()));
  OTRP_RETURN_IF_ERROR(
      service::CheckDid("personalization_changed.did", event.did()));
  OTRP_RETURN_IF_ERROR(CheckSize("personalization_changed.data", event.data(),
                                 0, kMaxPersonalizationBytes));
  Personalization own;
  own.spid = event.spid();
  own.taid = event.taid();
  own.did = event.did();
  if (!event.data().empty()) {
    OTRP_ASSIGN_OR_RETURN(
        own.sealed,
        env.sealer.Seal({own.spid, own.taid, own.did}, event.data()));
  }
  const std::string subject = absl::StrCat(own.spid, "/", own.taid, " ",
                                           WordOfTarget(OneDevice{own.did}));
  return CheckedEvent{std::move(own), "catalog.personalization", subject};
}

absl::StatusOr<CheckedEvent> CheckEvent(Env& env,
                                        const v1::ApplyRequest& request) {
  switch (request.event_case()) {
    case v1::ApplyRequest::kSpCertificateEnrolled:
      return Check(request.sp_certificate_enrolled());
    case v1::ApplyRequest::kVersionReleased:
      return Check(request.version_released());
    case v1::ApplyRequest::kApplicationWithdrawn:
      return Check(request.application_withdrawn());
    case v1::ApplyRequest::kVersionYanked:
      return Check(request.version_yanked());
    case v1::ApplyRequest::kPullEndpointChanged:
      return Check(request.pull_endpoint_changed());
    case v1::ApplyRequest::kPersonalizationChanged:
      return Check(env, request.personalization_changed());
    case v1::ApplyRequest::kAssignmentChanged:
      return Check(request.assignment_changed());
    case v1::ApplyRequest::kChannelVersionReleased:
      return Check(request.channel_version_released());
    case v1::ApplyRequest::kChannelAssignmentChanged:
      return Check(request.channel_assignment_changed());
    case v1::ApplyRequest::kSpCertificateRevoked:
      return Check(request.sp_certificate_revoked());
    case v1::ApplyRequest::EVENT_NOT_SET: break;
  }
  const bool newer =
      !request.GetReflection()->GetUnknownFields(request).empty();
  return newer ? errors::UnknownEvent() : errors::NoEvent();
}

}  // namespace

absl::Status Apply(const rpc::CallContext& call, Env& env,
                   const v1::ApplyRequest& request, v1::ApplyResponse&) {
  if (!IsUuid(request.event_id())) return errors::BadEventId();
  OTRP_ASSIGN_OR_RETURN(CheckedEvent checked, CheckEvent(env, request));
  OTRP_ASSIGN_OR_RETURN(
      bool first, env.store.ApplyEvent(
                      request.event_id(), checked.event,
                      service::AuditOf(call, checked.action, checked.subject)));
  // Else it was delivered before, and recorded then.
  call.Changed(first);
  return absl::OkStatus();
}

absl::Status GetPullLog(const rpc::CallContext&, Env& env,
                        const v1::GetPullLogRequest& request,
                        v1::GetPullLogResponse& response) {
  OTRP_RETURN_IF_ERROR(service::CheckName("spid", request.spid()));
  OTRP_RETURN_IF_ERROR(service::CheckName("taid", request.taid()));
  if (request.limit() < 1 || request.limit() > service::kMaxPageSize + 1) {
    return errors::BadBatch("limit", service::kMaxPageSize + 1);
  }
  const int64_t before = request.before() > 0
                             ? request.before()
                             : std::numeric_limits<int64_t>::max();
  OTRP_ASSIGN_OR_RETURN(const std::vector<PullAttempt> attempts,
                        env.store.ListPulls(request.spid(), request.taid(),
                                            before, request.limit()));
  for (const PullAttempt& attempt : attempts) {
    v1::PullAttempt& out = *response.add_attempts();
    out.set_id(attempt.id);
    out.set_version(attempt.version);
    out.set_did(attempt.did);
    *out.mutable_at() = rpc::ToProto(attempt.at);
    out.set_outcome(attempt.outcome);
    out.set_error(attempt.error);
    out.set_took_ms(
        static_cast<int32_t>(absl::ToInt64Milliseconds(attempt.took)));
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace tsm
}  // namespace otrp
