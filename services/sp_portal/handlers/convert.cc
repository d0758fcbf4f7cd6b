#include "services/sp_portal/handlers/convert.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/protocol/ta_image.h"
#include "libs/rpc/time.h"
#include "libs/service/names.h"
#include "libs/service/revoked_signer.h"
#include "services/sp_portal/errors.h"

namespace otrp {
namespace portal {
namespace handlers {
namespace {

// For both protos that have these members.
template <typename Message>
struct SetTarget {
  Message& out;

  void operator()(AllDevices) const { out.set_all_devices(true); }
  void operator()(const OneDevice& device) const { out.set_did(device.did); }
  void operator()(const DeviceGroup& group) const { out.set_group(group.name); }
  void operator()(const DevicesThat& devices) const {
    devices.meet.ToProto(*out.mutable_devices());
  }
};

struct ReasonRow {
  int rfc;
  ca::v1::RevocationReason proto;
};
constexpr ReasonRow kReasons[] = {
    {0, ca::v1::REVOCATION_REASON_UNSPECIFIED},
    {1, ca::v1::REVOCATION_REASON_KEY_COMPROMISE},
    {3, ca::v1::REVOCATION_REASON_AFFILIATION_CHANGED},
    {4, ca::v1::REVOCATION_REASON_SUPERSEDED},
    {5, ca::v1::REVOCATION_REASON_CESSATION_OF_OPERATION},
    {9, ca::v1::REVOCATION_REASON_PRIVILEGE_WITHDRAWN},
};

ca::v1::RevocationReason ReasonOf(int rfc) {
  for (const ReasonRow& row : kReasons) {
    if (row.rfc == rfc) return row.proto;
  }
  return ca::v1::REVOCATION_REASON_UNSPECIFIED;
}

// As the TSM decides (services/tsm/domain/signers.h). Answers for a version
// that is pulled are signed anew.
std::string WithheldWhy(const AppVersion& version) {
  const absl::optional<Revocation>& revoked = version.signer_revoked;
  if (version.pull || !revoked.has_value() ||
      service::SignatureCounts(version.pushed_at, revoked->at,
                               revoked->reason)) {
    return "";
  }
  return absl::StrCat("signer revoked: ", ReasonWord(revoked->reason));
}

v1::ReviewState ToProto(ReviewState state) {
  switch (state) {
    case ReviewState::kDraft: return v1::REVIEW_STATE_DRAFT;
    case ReviewState::kSubmitted: return v1::REVIEW_STATE_SUBMITTED;
    case ReviewState::kApproved: return v1::REVIEW_STATE_APPROVED;
    case ReviewState::kRejected: return v1::REVIEW_STATE_REJECTED;
  }
  return v1::REVIEW_STATE_UNSPECIFIED;
}

}  // namespace

absl::optional<int> RfcReason(ca::v1::RevocationReason reason) {
  for (const ReasonRow& row : kReasons) {
    if (row.proto == reason) return row.rfc;
  }
  return absl::nullopt;
}

void ToProto(const SpCertificate& certificate, v1::SpCertificate& out) {
  out.set_serial(certificate.serial);
  out.set_fingerprint(certificate.fingerprint);
  *out.mutable_not_after() = rpc::ToProto(certificate.not_after);
  out.set_current(certificate.current);
  if (!certificate.revoked.has_value()) return;
  *out.mutable_revoked_at() = rpc::ToProto(certificate.revoked->at);
  out.set_revocation_reason(ReasonOf(certificate.revoked->reason));
}

void ToProto(const AppVersion& version, v1::ApplicationVersion& out) {
  out.set_version(version.version);
  out.set_format(std::string(protocol::TaImageFormatName(version.format)));
  out.set_image_sha256(version.image_sha256);
  out.set_image_bytes(version.image_bytes);
  *out.mutable_pushed_at() = rpc::ToProto(version.pushed_at);
  out.set_review_state(ToProto(version.review_state));
  out.set_deprecation(version.deprecation);
  out.set_yanked(!version.yank_reason.empty());
  out.set_yank_reason(version.yank_reason);
  if (version.deleted_at.has_value()) {
    *out.mutable_deleted_at() = rpc::ToProto(*version.deleted_at);
  }
  out.set_pull(version.pull);
  out.set_withheld(WithheldWhy(version));
}

void ToProto(const Review& review, const rpc::Identity& reader,
             v1::Review& out) {
  out.set_review_id(review.id);
  out.set_spid(review.spid);
  out.set_taid(review.taid);
  out.set_version(review.version);
  out.set_state(ToProto(review.state));
  out.set_submitted_by(review.submitted_by);
  *out.mutable_submitted_at() = rpc::ToProto(review.submitted_at);
  if (reader.kind != rpc::CallerKind::kSp) {
    out.set_reviewed_by(review.reviewed_by);
  }
  if (review.reviewed_at.has_value()) {
    *out.mutable_reviewed_at() = rpc::ToProto(*review.reviewed_at);
  }
  out.set_reason(review.reason);
  for (const std::string& check : review.checks) out.add_checks(check);
}

void ToProto(const Sp& sp, v1::ServiceProvider& out) {
  out.set_spid(sp.spid);
  out.set_name(sp.name);
  *out.mutable_created_at() = rpc::ToProto(sp.created_at);
  out.set_state(sp.state);
  for (const SpCertificate& certificate : sp.certificates) {
    ToProto(certificate, *out.add_certificates());
  }
}

void ToProto(const App& app, v1::Application& out) {
  out.set_spid(app.spid);
  out.set_taid(app.taid);
  out.set_released_version(app.released_version);
  out.set_beta_version(app.beta_version);
  out.set_withdrawn(app.withdrawn);
  for (const AppVersion& version : app.versions) {
    ToProto(version, *out.add_versions());
  }
}

void ToProto(const Entitlement& entitlement, v1::Entitlement& out) {
  out.set_entitlement_id(entitlement.id);
  out.set_spid(entitlement.spid);
  absl::visit(SetTarget<v1::Target>{*out.mutable_target()}, entitlement.target);
  out.set_granted_by(entitlement.granted_by);
  *out.mutable_granted_at() = rpc::ToProto(entitlement.granted_at);
}

void ToProto(const Assignment& assignment, v1::Assignment& out) {
  out.set_spid(assignment.spid);
  out.set_taid(assignment.taid);
  absl::visit(SetTarget<v1::Target>{*out.mutable_target()}, assignment.target);
  *out.mutable_assigned_at() = rpc::ToProto(assignment.assigned_at);
  out.set_channel(service::ChannelName(assignment.channel));
}

void ToProto(const Target& target, tsm::v1::AssignmentChanged& out) {
  absl::visit(SetTarget<tsm::v1::AssignmentChanged>{out}, target);
}

absl::StatusOr<absl::optional<ReviewState>> FromProto(v1::ReviewState state) {
  if (state == v1::REVIEW_STATE_UNSPECIFIED) {
    return absl::optional<ReviewState>();
  }
  for (const ReviewState one :
       {ReviewState::kDraft, ReviewState::kSubmitted, ReviewState::kApproved,
        ReviewState::kRejected}) {
    if (ToProto(one) == state) return absl::optional<ReviewState>(one);
  }
  return errors::BadReviewState();
}

absl::StatusOr<Target> FromProto(const v1::Target& target) {
  switch (target.kind_case()) {
    case v1::Target::kAllDevices:
      if (!target.all_devices()) break;
      return Target(AllDevices());
    case v1::Target::kDid:
      if (!service::CheckDid("did", target.did()).ok()) break;
      return Target(OneDevice{target.did()});
    case v1::Target::kGroup:
      if (!service::CheckGroupName("group", target.group()).ok()) break;
      return Target(DeviceGroup{target.group()});
    case v1::Target::kDevices: {
      OTRP_ASSIGN_OR_RETURN(service::DeviceConditions conditions,
                            service::DeviceConditions::FromProto(
                                target.devices(), "target.devices"));
      // The same devices in fewer words.
      if (!conditions.only_group().empty()) {
        return Target(DeviceGroup{conditions.only_group()});
      }
      return Target(DevicesThat{std::move(conditions)});
    }
    case v1::Target::KIND_NOT_SET: break;
  }
  return errors::BadTarget();
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp
