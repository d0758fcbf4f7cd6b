#include "services/attestation_verifier/storage/reference_store.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/limits.h"
#include "services/attestation_verifier/storage/evidence_store.h"
#include "services/attestation_verifier/storage/json_columns.h"
#include "services/attestation_verifier/storage/withdrawals.h"

namespace otrp {
namespace verifier {
namespace {

constexpr char kVersion[] = "SELECT version FROM reference_version";

constexpr char kLoad[] = R"sql(
    SELECT name, state, anchor, tee_name, tee_version, changed_at, changed_by,
           reason
    FROM reference_value
    WHERE state <> 'submitted'
    ORDER BY name COLLATE "C"
    )sql";

constexpr char kList[] = R"sql(
    SELECT name, state, anchor, tee_name, tee_version, changed_at, changed_by,
           reason
    FROM reference_value
    WHERE name > $1 COLLATE "C"
    ORDER BY name COLLATE "C"
    LIMIT $2::integer
    )sql";

constexpr char kGet[] = R"sql(
    SELECT name, state, anchor, tee_name, tee_version, changed_at, changed_by,
           reason
    FROM reference_value
    WHERE name = $1
    )sql";

constexpr char kHistory[] = R"sql(
    SELECT name, state, anchor, tee_name, tee_version, changed_at, changed_by,
           reason
    FROM reference_value_history
    WHERE name = $1
    ORDER BY id DESC
    LIMIT 100
    )sql";

constexpr char kPut[] = R"sql(
    INSERT INTO reference_value (name, state, anchor, tee_name, tee_version,
                                 changed_at, changed_by, reason)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (name) DO UPDATE
    SET state = EXCLUDED.state, anchor = EXCLUDED.anchor,
        tee_name = EXCLUDED.tee_name, tee_version = EXCLUDED.tee_version,
        changed_at = EXCLUDED.changed_at, changed_by = EXCLUDED.changed_by,
        reason = EXCLUDED.reason
    )sql";

constexpr char kNote[] = R"sql(
    INSERT INTO reference_value_history (name, state, anchor, tee_name,
                                         tee_version, changed_at, changed_by,
                                         reason)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    )sql";

// From one TEE to the next by the index: devices are many, TEEs few.
constexpr char kAcceptedTees[] = R"sql(
    WITH RECURSIVE tee AS (
      (SELECT tee_anchor, tee_name, tee_version
       FROM appraised_device
       WHERE accepted AND (tee_anchor, tee_name, tee_version) > ($1, $2, $3)
       ORDER BY tee_anchor, tee_name, tee_version
       LIMIT 1)
      UNION ALL
      SELECT following.tee_anchor, following.tee_name, following.tee_version
      FROM tee, LATERAL (
        SELECT device.tee_anchor, device.tee_name, device.tee_version
        FROM appraised_device AS device
        WHERE device.accepted
          AND (device.tee_anchor, device.tee_name, device.tee_version) >
              (tee.tee_anchor, tee.tee_name, tee.tee_version)
        ORDER BY device.tee_anchor, device.tee_name, device.tee_version
        LIMIT 1) AS following
    )
    SELECT tee_anchor, tee_name, tee_version
    FROM tee
    LIMIT $4::integer
    )sql";

constexpr char kCountAccepted[] = R"sql(
    SELECT count(*)
    FROM appraised_device
    WHERE accepted AND tee_anchor = $1 AND tee_name = $2 AND tee_version = $3
    )sql";

// By where the rows are, which the locks keep: a join would read all devices.
constexpr char kRefuse[] = R"sql(
    WITH chosen AS (
      SELECT ctid
      FROM appraised_device
      WHERE accepted AND tee_anchor = $1 AND tee_name = $2 AND tee_version = $3
      LIMIT $9::integer
      FOR UPDATE SKIP LOCKED
    ), refused AS (
      UPDATE appraised_device
      SET accepted = false, reasons = $4::jsonb, policy_version = $5::bigint
      WHERE ctid = ANY (ARRAY(SELECT ctid FROM chosen))
      RETURNING did
    ), noted AS (
      INSERT INTO appraisal (at, tid, did, accepted, reasons, policy_version)
      SELECT $6::timestamptz, '', did, false, $4::jsonb, $5::bigint
      FROM refused
    )
    INSERT INTO withdrawal (did, at, code, detail)
    SELECT did, $6::timestamptz, $7, $8
    FROM refused
    )sql";

constexpr char kWithdrawals[] = R"sql(
    SELECT id, did, at, code, detail
    FROM withdrawal
    WHERE id > $1
    ORDER BY id
    LIMIT $2::integer
    )sql";

absl::StatusOr<StoredReference> ReferenceOf(const store::Row& row) {
  StoredReference value;
  std::string state;
  OTRP_RETURN_IF_ERROR(row.Scan(&value.name, &state, &value.tee.anchor,
                                &value.tee.tee_name, &value.tee.tee_version,
                                &value.changed_at, &value.changed_by,
                                &value.reason));
  OTRP_ASSIGN_OR_RETURN(value.state, ReferenceStateOf(state));
  return value;
}

absl::StatusOr<std::vector<StoredReference>> ReferencesOf(
    const store::Rows& rows) {
  std::vector<StoredReference> values;
  for (const store::Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(StoredReference value, ReferenceOf(row));
    values.push_back(std::move(value));
  }
  return values;
}

absl::Status Write(store::Tx& tx, const char* statement,
                   const StoredReference& value) {
  return tx
      .Exec(statement, value.name, WordOf(value.state), value.tee.anchor,
            value.tee.tee_name, value.tee.tee_version, value.changed_at,
            value.changed_by, value.reason)
      .status();
}

bool SameTee(const TeeOfDevices& a, const TeeOfDevices& b) {
  return a.anchor == b.anchor && a.tee_name == b.tee_name &&
         a.tee_version == b.tee_version;
}

absl::Status Submit(store::Tx& tx, const StoredReference& value, bool dry_run) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows, tx.Exec(kGet, value.name));
  if (!rows.empty()) {
    OTRP_ASSIGN_OR_RETURN(const StoredReference held, ReferenceOf(rows[0]));
    if (held.state != ReferenceState::kSubmitted) {
      return SameTee(held.tee, value.tee)
                 ? absl::OkStatus()
                 : errors::ReferenceValueIs(WordOf(held.state),
                                            "import under another name");
    }
  }
  if (dry_run) return absl::OkStatus();
  OTRP_RETURN_IF_ERROR(Write(tx, kPut, value));
  return Write(tx, kNote, value);
}

absl::Status CheckCount(store::Tx& tx) {
  OTRP_ASSIGN_OR_RETURN(const store::Row row,
                        tx.Exec1("SELECT count(*) FROM reference_value"));
  int64_t count = 0;
  OTRP_RETURN_IF_ERROR(row.Scan(&count));
  return count > kMaxReferenceValues ? errors::TooManyReferenceValues()
                                     : absl::OkStatus();
}

}  // namespace

absl::StatusOr<int64_t> ReferenceStore::Version() {
  OTRP_ASSIGN_OR_RETURN(const store::Row row, pool_.Query1(kVersion));
  int64_t version = 0;
  OTRP_RETURN_IF_ERROR(row.Scan(&version));
  return version;
}

absl::StatusOr<ReferenceList> ReferenceStore::Load() {
  ReferenceList list;
  store::TxOptions options;
  options.isolation = store::Isolation::kRepeatableRead;
  options.read_only = true;
  OTRP_RETURN_IF_ERROR(pool_.Run(
      [&](store::Tx& tx) -> absl::Status {
        OTRP_ASSIGN_OR_RETURN(const store::Row version, tx.Exec1(kVersion));
        OTRP_RETURN_IF_ERROR(version.Scan(&list.version));
        OTRP_ASSIGN_OR_RETURN(const store::Rows rows, tx.Exec(kLoad));
        OTRP_ASSIGN_OR_RETURN(list.values, ReferencesOf(rows));
        return absl::OkStatus();
      },
      options));
  return list;
}

absl::StatusOr<std::vector<StoredReference>> ReferenceStore::List(
    const std::string& after, int limit) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows,
                        pool_.Query(kList, after, limit));
  return ReferencesOf(rows);
}

absl::StatusOr<StoredReference> ReferenceStore::Get(const std::string& name) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows, pool_.Query(kGet, name));
  if (rows.empty()) return errors::NoReferenceValue(name);
  return ReferenceOf(rows[0]);
}

absl::StatusOr<std::vector<StoredReference>> ReferenceStore::History(
    const std::string& name) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows, pool_.Query(kHistory, name));
  return ReferencesOf(rows);
}

absl::Status ReferenceStore::Change(const std::string& name,
                                    const ChangeOf& change,
                                    const store::AuditEvent& audit) {
  return pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(
        tx.Exec("UPDATE reference_version SET version = version + 1").status());
    OTRP_ASSIGN_OR_RETURN(const store::Rows rows, tx.Exec(kGet, name));
    absl::optional<StoredReference> held;
    if (!rows.empty()) {
      OTRP_ASSIGN_OR_RETURN(held, ReferenceOf(rows[0]));
    }
    OTRP_ASSIGN_OR_RETURN(const absl::optional<StoredReference> wanted,
                          change(held));
    if (wanted.has_value()) {
      OTRP_RETURN_IF_ERROR(Write(tx, kPut, *wanted));
      OTRP_RETURN_IF_ERROR(Write(tx, kNote, *wanted));
      OTRP_RETURN_IF_ERROR(CheckCount(tx));
    } else {
      OTRP_RETURN_IF_ERROR(
          tx.Exec("DELETE FROM reference_value WHERE name = $1", name)
              .status());
    }
    return store::AppendAudit(tx, audit);
  });
}

absl::Status ReferenceStore::Import(const std::vector<StoredReference>& values,
                                    const std::vector<EvidenceKey>& keys,
                                    bool dry_run,
                                    const store::AuditEvent& audit) {
  return pool_.Run([&](store::Tx& tx) -> absl::Status {
    for (const StoredReference& value : values) {
      OTRP_RETURN_IF_ERROR(Submit(tx, value, dry_run));
    }
    OTRP_RETURN_IF_ERROR(AddKeysIn(tx, keys, dry_run));
    if (dry_run) return absl::OkStatus();
    OTRP_RETURN_IF_ERROR(CheckCount(tx));
    OTRP_RETURN_IF_ERROR(
        tx.Exec("UPDATE reference_version SET version = version + 1").status());
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<std::vector<TeeOfDevices>> ReferenceStore::AcceptedTees(
    const TeeOfDevices& after, int limit) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows,
                        pool_.Query(kAcceptedTees, after.anchor, after.tee_name,
                                    after.tee_version, limit));
  std::vector<TeeOfDevices> tees;
  for (const store::Row row : rows) {
    TeeOfDevices tee;
    OTRP_RETURN_IF_ERROR(
        row.Scan(&tee.anchor, &tee.tee_name, &tee.tee_version));
    tees.push_back(std::move(tee));
  }
  return tees;
}

absl::StatusOr<int64_t> ReferenceStore::CountAccepted(const TeeOfDevices& tee) {
  OTRP_ASSIGN_OR_RETURN(
      const store::Row row,
      pool_.Query1(kCountAccepted, tee.anchor, tee.tee_name, tee.tee_version));
  int64_t count = 0;
  OTRP_RETURN_IF_ERROR(row.Scan(&count));
  return count;
}

absl::StatusOr<int64_t> ReferenceStore::Refuse(
    const TeeOfDevices& tee, const std::vector<attest::Reason>& reasons,
    int64_t policy_version, absl::Time now, int limit) {
  int64_t refused = 0;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(LockWithdrawals(tx));
    OTRP_ASSIGN_OR_RETURN(
        refused,
        tx.ExecCount(kRefuse, tee.anchor, tee.tee_name, tee.tee_version,
                     ReasonsToJson(reasons), policy_version, now,
                     reasons[0].code, reasons[0].detail, limit));
    return absl::OkStatus();
  }));
  return refused;
}

absl::StatusOr<std::vector<StoredWithdrawal>> ReferenceStore::Withdrawals(
    int64_t after_id, int limit) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows,
                        pool_.Query(kWithdrawals, after_id, limit));
  std::vector<StoredWithdrawal> withdrawals;
  for (const store::Row row : rows) {
    StoredWithdrawal withdrawal;
    OTRP_RETURN_IF_ERROR(
        row.Scan(&withdrawal.id, store::BytesOut(&withdrawal.did),
                 &withdrawal.at, &withdrawal.code, &withdrawal.detail));
    withdrawals.push_back(std::move(withdrawal));
  }
  return withdrawals;
}

}  // namespace verifier
}  // namespace otrp
