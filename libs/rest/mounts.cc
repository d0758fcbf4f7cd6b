#include "libs/rest/mounts.h"

#include "libs/base/status_macros.h"
#include "otrp/ca/v1/audit_recovery.pb.h"
#include "otrp/ca/v1/authorities.pb.h"
#include "otrp/ca/v1/batch.pb.h"
#include "otrp/ca/v1/ca.pb.h"
#include "otrp/ca/v1/crl_shards.pb.h"
#include "otrp/ca/v1/issuance.pb.h"
#include "otrp/ca/v1/market.pb.h"
#include "otrp/ca/v1/recovery.pb.h"
#include "otrp/ca/v1/renewal.pb.h"
#include "otrp/ca/v1/tsm_ids.pb.h"
#include "otrp/common/v1/common.pb.h"
#include "otrp/common/v1/key_encryption.pb.h"
#include "otrp/common/v1/outbox.pb.h"
#include "otrp/common/v1/usage.pb.h"
#include "otrp/portal/v1/access.pb.h"
#include "otrp/portal/v1/console_sessions.pb.h"
#include "otrp/portal/v1/entitlements.pb.h"
#include "otrp/portal/v1/personalizations.pb.h"
#include "otrp/portal/v1/pipeline.pb.h"
#include "otrp/portal/v1/portal.pb.h"
#include "otrp/portal/v1/publishers.pb.h"
#include "otrp/portal/v1/pull.pb.h"
#include "otrp/portal/v1/rollouts.pb.h"
#include "otrp/portal/v1/uploads.pb.h"
#include "otrp/portal/v1/webhooks.pb.h"
#include "otrp/tsm/v1/fleet.pb.h"
#include "otrp/tsm/v1/identities.pb.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "otrp/verifier/v1/evidence.pb.h"
#include "otrp/verifier/v1/policies.pb.h"
#include "otrp/verifier/v1/policy_drafts.pb.h"
#include "otrp/verifier/v1/reference_imports.pb.h"
#include "otrp/verifier/v1/reference_values.pb.h"
#include "otrp/verifier/v1/result_status.pb.h"
#include "otrp/verifier/v1/results.pb.h"
#include "otrp/verifier/v1/revocation_sources.pb.h"
#include "otrp/verifier/v1/verifier.pb.h"

namespace otrp {
namespace rest {
namespace {

std::vector<Mount> MakeMounts() {
  // Asking for a descriptor links the generated code.
  const auto* common = common::v1::AuditEvent::descriptor()->file();
  const auto* usage = common::v1::UsageEvent::descriptor()->file();
  return {
      {"sp_portal", portal::v1::ServiceProvider::descriptor()->file(), ""},
      {"sp_portal", portal::v1::Upload::descriptor()->file(), ""},
      {"sp_portal", portal::v1::Review::descriptor()->file(), ""},
      {"sp_portal", portal::v1::Principal::descriptor()->file(), ""},
      {"sp_portal", portal::v1::Publisher::descriptor()->file(), ""},
      {"sp_portal", portal::v1::Entitlement::descriptor()->file(), ""},
      {"sp_portal", portal::v1::Webhook::descriptor()->file(), ""},
      {"sp_portal", portal::v1::Rollout::descriptor()->file(), ""},
      {"sp_portal", portal::v1::ConsoleSession::descriptor()->file(), ""},
      {"sp_portal", portal::v1::PullEndpoint::descriptor()->file(), ""},
      {"sp_portal", portal::v1::Personalization::descriptor()->file(), ""},
      {"sp_portal", common, "portal"},
      {"sp_portal", common::v1::OutboxMessage::descriptor()->file(), "portal"},
      {"ca", ca::v1::Certificate::descriptor()->file(), ""},
      {"ca", ca::v1::TsmId::descriptor()->file(), ""},
      {"ca", ca::v1::BatchItem::descriptor()->file(), ""},
      {"ca", ca::v1::IssuanceRequest::descriptor()->file(), ""},
      {"ca", ca::v1::CreateAuthorityRequest::descriptor()->file(), ""},
      {"ca", ca::v1::ReconcileCrlRequest::descriptor()->file(), ""},
      {"ca", ca::v1::RenewCertificateRequest::descriptor()->file(), ""},
      {"ca", ca::v1::LiveCertificates::descriptor()->file(), ""},
      {"ca", ca::v1::SetCrlShardsRequest::descriptor()->file(), ""},
      {"ca", ca::v1::LoggedRevocation::descriptor()->file(), ""},
      {"ca", common, "ca"},
      {"ca", common::v1::SealedRows::descriptor()->file(), "ca"},
      {"ca", usage, "ca"},
      {"tsm", tsm::v1::Device::descriptor()->file(), ""},
      {"tsm", tsm::v1::TsmIdentity::descriptor()->file(), ""},
      {"tsm", tsm::v1::RemovalBrake::descriptor()->file(), ""},
      {"tsm", common, "tsm"},
      {"tsm", usage, "tsm"},
      {"attestation_verifier", verifier::v1::Policy::descriptor()->file(), ""},
      {"attestation_verifier", verifier::v1::ResultKey::descriptor()->file(),
       ""},
      {"attestation_verifier",
       verifier::v1::RevocationSource::descriptor()->file(), ""},
      {"attestation_verifier",
       verifier::v1::IntrospectResultRequest::descriptor()->file(), ""},
      {"attestation_verifier",
       verifier::v1::PolicyVersion::descriptor()->file(), ""},
      {"attestation_verifier", verifier::v1::PolicyDraft::descriptor()->file(),
       ""},
      {"attestation_verifier",
       verifier::v1::ReferenceValue::descriptor()->file(), ""},
      {"attestation_verifier", verifier::v1::EvidenceKey::descriptor()->file(),
       ""},
      {"attestation_verifier",
       verifier::v1::ImportedValue::descriptor()->file(), ""},
      {"attestation_verifier", common, "attestation"},
      {"attestation_verifier", usage, "attestation"},
  };
}

}  // namespace

const std::vector<Mount>& Mounts() {
  static const auto* const mounts = new std::vector<Mount>(MakeMounts());
  return *mounts;
}

absl::StatusOr<RouteTable> NewRouteTable() {
  RouteTable table;
  for (const Mount& mount : Mounts()) {
    for (int i = 0; i < mount.file->service_count(); ++i) {
      OTRP_RETURN_IF_ERROR(
          table.Add(*mount.file->service(i), mount.backend, mount.under));
    }
  }
  return table;
}

}  // namespace rest
}  // namespace otrp
