// What is attached to versions: provenance and bills of materials.

#include <utility>

#include "libs/base/status_macros.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/storage/blob_store.h"
#include "services/sp_portal/storage/portal_store.h"
#include "services/sp_portal/storage/steps.h"

namespace otrp {
namespace portal {
namespace {

using store::Bytes;
using store::BytesOut;
using store::Row;
using store::Rows;
using store::Tx;

constexpr char kThere[] = R"sql(
    SELECT sha256
    FROM version_evidence
    WHERE spid = $1 AND taid = $2 AND version = $3 AND kind = $4
    )sql";

constexpr char kInsert[] = R"sql(
    INSERT INTO version_evidence (spid, taid, version, kind, blob_id, sha256,
                                  bytes, format, signer_fingerprint,
                                  attached_at)
    VALUES ($1, $2, $3, $4, $5::uuid, $6, $7, $8, $9, $10)
    )sql";

constexpr char kList[] = R"sql(
    SELECT kind, blob_id::text, sha256, bytes, format, signer_fingerprint,
           attached_at
    FROM version_evidence
    WHERE spid = $1 AND taid = $2 AND version = $3
    ORDER BY kind
    )sql";

}  // namespace

absl::StatusOr<Change> PortalStore::Attach(const AppVersion& version,
                                           const Evidence& evidence,
                                           const SealedBlob& document,
                                           absl::string_view field,
                                           const store::AuditEvent& audit) {
  const std::string kind = WordOf(evidence.kind);
  absl::optional<Bytes> signer;
  if (evidence.signer_fingerprint.has_value()) {
    signer = Bytes(*evidence.signer_fingerprint);
  }
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_RETURN_IF_ERROR(steps::LockApp(tx, version.spid, version.taid));
    OTRP_ASSIGN_OR_RETURN(
        Rows there,
        tx.Exec(kThere, version.spid, version.taid, version.version, kind));
    if (!there.empty()) {
      std::string sha256;
      OTRP_RETURN_IF_ERROR(there[0].Scan(BytesOut(&sha256)));
      return sha256 == evidence.sha256 ? absl::OkStatus()
                                       : errors::EvidenceTaken(field);
    }
    OTRP_RETURN_IF_ERROR(steps::WriteBlob(tx, document, evidence.attached_at));
    OTRP_RETURN_IF_ERROR(steps::KeepBlob(tx, document.id));
    OTRP_RETURN_IF_ERROR(tx.Exec(kInsert, version.spid, version.taid,
                                 version.version, kind, document.id,
                                 Bytes(evidence.sha256), evidence.bytes,
                                 evidence.format, signer, evidence.attached_at)
                             .status());
    change.changed = true;
    return store::AppendAudit(tx, audit);
  }));
  return change;
}

absl::StatusOr<std::vector<Evidence>> PortalStore::ListEvidence(
    const AppVersion& version) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, pool_.Query(kList, version.spid,
                                               version.taid, version.version));
  std::vector<Evidence> all;
  for (Row row : rows) {
    Evidence& one = all.emplace_back();
    std::string kind;
    OTRP_RETURN_IF_ERROR(row.Scan(
        &kind, &one.blob_id, BytesOut(&one.sha256), &one.bytes, &one.format,
        BytesOut(&one.signer_fingerprint), &one.attached_at));
    one.kind = kind == WordOf(EvidenceKind::kSbom) ? EvidenceKind::kSbom
                                                   : EvidenceKind::kProvenance;
  }
  return all;
}

}  // namespace portal
}  // namespace otrp
