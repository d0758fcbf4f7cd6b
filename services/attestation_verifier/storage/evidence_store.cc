#include "services/attestation_verifier/storage/evidence_store.h"

#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/base/status_macros.h"
#include "libs/store/purge.h"
#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/limits.h"
#include "services/attestation_verifier/storage/json_columns.h"
#include "services/attestation_verifier/storage/withdrawals.h"

namespace otrp {
namespace verifier {
namespace {

constexpr char kVersion[] = "SELECT version FROM evidence_anchor_version";

constexpr char kGrow[] =
    "UPDATE evidence_anchor_version SET version = version + 1";

constexpr char kLoadAnchors[] = R"sql(
    SELECT name, schemes, changed_at, changed_by
    FROM evidence_anchor
    ORDER BY name COLLATE "C"
    )sql";

constexpr char kPutAnchor[] = R"sql(
    INSERT INTO evidence_anchor (name, schemes, changed_at, changed_by)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (name) DO UPDATE
    SET schemes = EXCLUDED.schemes, changed_at = EXCLUDED.changed_at,
        changed_by = EXCLUDED.changed_by
    )sql";

constexpr char kFindKey[] = R"sql(
    SELECT key_id, anchor, spki, did, added_at, added_by
    FROM evidence_key
    WHERE key_id = $1
    )sql";

constexpr char kAddKey[] = R"sql(
    INSERT INTO evidence_key (key_id, anchor, spki, did, added_at, added_by)
    VALUES ($1, $2, $3, $4, $5, $6)
    )sql";

constexpr char kListKeys[] = R"sql(
    SELECT key_id, anchor, spki, did, added_at, added_by
    FROM evidence_key
    WHERE anchor = $3 AND key_id > $1
    ORDER BY key_id
    LIMIT $2::integer
    )sql";

constexpr char kAnyKeyOf[] = R"sql(
    SELECT 1
    FROM evidence_key
    WHERE anchor = $1
    ORDER BY key_id
    LIMIT 1
    )sql";

constexpr char kGetKept[] = R"sql(
    SELECT appraisal_id, at, did, accepted, media_type, octets, challenge
    FROM appraisal_evidence
    WHERE appraisal_id = $1
    )sql";

constexpr char kListKept[] = R"sql(
    SELECT appraisal_id, at, did, accepted, media_type, octets, challenge
    FROM appraisal_evidence
    WHERE appraisal_id > $1
    ORDER BY appraisal_id
    LIMIT $2::integer
    )sql";

constexpr char kOtherSchemes[] = R"sql(
    SELECT did
    FROM appraised_device
    WHERE accepted AND tee_anchor = $1
      AND NOT claims->>'scheme' = ANY ($2::text[])
    LIMIT $3::integer
    )sql";

constexpr char kRefuse[] = R"sql(
    WITH chosen AS (
      SELECT did
      FROM appraised_device
      WHERE did = ANY ($1::bytea[]) AND accepted AND at <= $2
      ORDER BY did
      FOR UPDATE
    ), refused AS (
      UPDATE appraised_device
      SET accepted = false, reasons = $3::jsonb, policy_version = $4::bigint
      WHERE did IN (SELECT did FROM chosen)
      RETURNING did
    ), noted AS (
      INSERT INTO appraisal (at, tid, did, accepted, reasons, policy_version)
      SELECT $5::timestamptz, '', did, false, $3::jsonb, $4::bigint
      FROM refused
    )
    INSERT INTO withdrawal (did, at, code, detail)
    SELECT did, $5::timestamptz, $6, $7
    FROM refused
    )sql";

constexpr store::PurgeRule kOldEvidence = {"appraisal_evidence", "at"};

absl::StatusOr<EvidenceKey> KeyOf(const store::Row& row) {
  EvidenceKey key;
  OTRP_RETURN_IF_ERROR(row.Scan(
      store::BytesOut(&key.key_id), &key.anchor, store::BytesOut(&key.spki),
      store::BytesOut(&key.did), &key.added_at, &key.added_by));
  return key;
}

absl::StatusOr<KeptEvidence> KeptOf(const store::Row& row) {
  KeptEvidence kept;
  OTRP_RETURN_IF_ERROR(row.Scan(
      &kept.appraisal_id, &kept.at, store::BytesOut(&kept.did), &kept.accepted,
      &kept.evidence.media_type, store::BytesOut(&kept.evidence.octets),
      store::BytesOut(&kept.evidence.challenge)));
  return kept;
}

absl::Status AddKey(store::Tx& tx, const EvidenceKey& key, bool dry_run) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows,
                        tx.Exec(kFindKey, store::Bytes(key.key_id)));
  if (!rows.empty()) {
    OTRP_ASSIGN_OR_RETURN(const EvidenceKey held, KeyOf(rows[0]));
    return held.anchor == key.anchor && held.spki == key.spki
               ? absl::OkStatus()
               : errors::EvidenceKeyIsAnother();
  }
  if (dry_run) return absl::OkStatus();
  // Two who add one id at once: the second one's is taken.
  const absl::Status added =
      tx.Exec(kAddKey, store::Bytes(key.key_id), key.anchor,
              store::Bytes(key.spki), store::Bytes(key.did), key.added_at,
              key.added_by)
          .status();
  return absl::IsAlreadyExists(added) ? errors::EvidenceKeyIsAnother() : added;
}

}  // namespace

absl::Status AddKeysIn(store::Tx& tx, const std::vector<EvidenceKey>& keys,
                       bool dry_run) {
  for (const EvidenceKey& key : keys) {
    OTRP_ASSIGN_OR_RETURN(
        const store::Rows anchor,
        tx.Exec("SELECT 1 FROM evidence_anchor WHERE name = $1", key.anchor));
    if (anchor.empty()) return errors::NoEvidenceAnchor("anchor", key.anchor);
    OTRP_RETURN_IF_ERROR(AddKey(tx, key, dry_run));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> EvidenceStore::AnchorsVersion() {
  OTRP_ASSIGN_OR_RETURN(const store::Row row, pool_.Query1(kVersion));
  int64_t version = 0;
  OTRP_RETURN_IF_ERROR(row.Scan(&version));
  return version;
}

absl::StatusOr<EvidenceAnchorList> EvidenceStore::LoadAnchors() {
  EvidenceAnchorList list;
  store::TxOptions options;
  options.isolation = store::Isolation::kRepeatableRead;
  options.read_only = true;
  OTRP_RETURN_IF_ERROR(pool_.Run(
      [&](store::Tx& tx) -> absl::Status {
        list = EvidenceAnchorList();
        OTRP_ASSIGN_OR_RETURN(const store::Row version, tx.Exec1(kVersion));
        OTRP_RETURN_IF_ERROR(version.Scan(&list.version));
        OTRP_ASSIGN_OR_RETURN(const store::Rows rows, tx.Exec(kLoadAnchors));
        for (const store::Row row : rows) {
          EvidenceAnchor anchor;
          std::string schemes;
          OTRP_RETURN_IF_ERROR(row.Scan(
              &anchor.name, &schemes, &anchor.changed_at, &anchor.changed_by));
          anchor.schemes = absl::StrSplit(schemes, ',', absl::SkipEmpty());
          list.anchors.push_back(std::move(anchor));
        }
        return absl::OkStatus();
      },
      options));
  return list;
}

absl::Status EvidenceStore::PutAnchor(const EvidenceAnchor& anchor,
                                      const store::AuditEvent& audit) {
  return pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(tx.Exec(kGrow).status());
    OTRP_RETURN_IF_ERROR(tx.Exec(kPutAnchor, anchor.name,
                                 absl::StrJoin(anchor.schemes, ","),
                                 anchor.changed_at, anchor.changed_by)
                             .status());
    OTRP_ASSIGN_OR_RETURN(const store::Row row,
                          tx.Exec1("SELECT count(*) FROM evidence_anchor"));
    int64_t count = 0;
    OTRP_RETURN_IF_ERROR(row.Scan(&count));
    if (count > kMaxEvidenceAnchors) return errors::TooManyEvidenceAnchors();
    return store::AppendAudit(tx, audit);
  });
}

absl::Status EvidenceStore::DeleteAnchor(const std::string& name,
                                         const store::AuditEvent& audit) {
  return pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(tx.Exec(kGrow).status());
    OTRP_ASSIGN_OR_RETURN(const store::Rows keys, tx.Exec(kAnyKeyOf, name));
    if (!keys.empty()) return errors::EvidenceAnchorHasKeys();
    OTRP_ASSIGN_OR_RETURN(
        const int64_t removed,
        tx.ExecCount("DELETE FROM evidence_anchor WHERE name = $1", name));
    if (removed == 0) return errors::NoEvidenceAnchor("name", name);
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<absl::optional<EvidenceKey>> EvidenceStore::FindKey(
    const std::string& key_id) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows,
                        pool_.Query(kFindKey, store::Bytes(key_id)));
  if (rows.empty()) return absl::optional<EvidenceKey>();
  OTRP_ASSIGN_OR_RETURN(EvidenceKey key, KeyOf(rows[0]));
  return absl::make_optional(std::move(key));
}

absl::Status EvidenceStore::AddKeys(const std::vector<EvidenceKey>& keys,
                                    const store::AuditEvent& audit) {
  return pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(AddKeysIn(tx, keys, /*dry_run=*/false));
    return store::AppendAudit(tx, audit);
  });
}

absl::Status EvidenceStore::RemoveKey(const std::string& key_id,
                                      const store::AuditEvent& audit) {
  return pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(
        const int64_t removed,
        tx.ExecCount("DELETE FROM evidence_key WHERE key_id = $1",
                     store::Bytes(key_id)));
    if (removed == 0) return errors::NoEvidenceKey();
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<std::vector<EvidenceKey>> EvidenceStore::ListKeys(
    const std::string& after, int limit, const std::string& anchor) {
  OTRP_ASSIGN_OR_RETURN(
      const store::Rows rows,
      pool_.Query(kListKeys, store::Bytes(after), limit, anchor));
  std::vector<EvidenceKey> keys;
  for (const store::Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(EvidenceKey key, KeyOf(row));
    keys.push_back(std::move(key));
  }
  return keys;
}

absl::StatusOr<KeptEvidence> EvidenceStore::GetKept(int64_t appraisal_id) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows,
                        pool_.Query(kGetKept, appraisal_id));
  if (rows.empty()) return errors::EvidenceNotKept();
  return KeptOf(rows[0]);
}

absl::StatusOr<std::vector<KeptEvidence>> EvidenceStore::ListKept(
    int64_t after_id, int limit) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows,
                        pool_.Query(kListKept, after_id, limit));
  std::vector<KeptEvidence> kept;
  for (const store::Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(KeptEvidence one, KeptOf(row));
    kept.push_back(std::move(one));
  }
  return kept;
}

absl::StatusOr<int64_t> EvidenceStore::PurgeKept(absl::Time cutoff,
                                                 absl::Duration budget) {
  return store::Purge(pool_, kOldEvidence, cutoff, budget);
}

absl::StatusOr<std::vector<std::string>> EvidenceStore::DevicesByOtherSchemes(
    const std::string& anchor, const std::vector<std::string>& schemes,
    int limit) {
  OTRP_ASSIGN_OR_RETURN(
      const store::Rows rows,
      pool_.Query(kOtherSchemes, anchor, store::TextArray(schemes), limit));
  std::vector<std::string> dids;
  for (const store::Row row : rows) {
    std::string did;
    OTRP_RETURN_IF_ERROR(row.Scan(store::BytesOut(&did)));
    dids.push_back(std::move(did));
  }
  return dids;
}

absl::StatusOr<int64_t> EvidenceStore::RefuseDevices(
    const std::vector<std::string>& dids, absl::Time until,
    const std::vector<attest::Reason>& reasons, int64_t policy_version,
    absl::Time now) {
  int64_t refused = 0;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(LockWithdrawals(tx));
    OTRP_ASSIGN_OR_RETURN(
        refused, tx.ExecCount(kRefuse, store::BytesArray(dids), until,
                              ReasonsToJson(reasons), policy_version, now,
                              reasons[0].code, reasons[0].detail));
    return absl::OkStatus();
  }));
  return refused;
}

}  // namespace verifier
}  // namespace otrp
