#include "services/attestation_verifier/storage/verifier_store.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/service/usage_ledger.h"
#include "libs/store/purge.h"
#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/limits.h"
#include "services/attestation_verifier/storage/base_policy.h"
#include "services/attestation_verifier/storage/json_columns.h"

namespace otrp {
namespace verifier {
namespace {

constexpr char kListPolicies[] = R"sql(
    SELECT version, policy::text, set_by, set_at
    FROM policy_version
    WHERE $1::bigint = 0 OR version < $1::bigint
    ORDER BY version DESC
    LIMIT $2::integer
    )sql";

// The row is also the lock between replicas.
constexpr char kSaveTrustCopy[] = R"sql(
    INSERT INTO trust_copy (id, version, pulled_at)
    VALUES (1, $1, $2)
    ON CONFLICT (id) DO UPDATE
    SET version = EXCLUDED.version, pulled_at = EXCLUDED.pulled_at
    )sql";

constexpr char kInsertAnchor[] = R"sql(
    INSERT INTO trust_anchor (role, name, certificate_der, ekus)
    VALUES ($1, $2, $3, $4)
    )sql";

constexpr char kListAnchors[] = R"sql(
    SELECT role, name, certificate_der, ekus
    FROM trust_anchor
    ORDER BY role, name
    )sql";

// One statement for a batch, in its order. Of a device's the newest counts, and
// of two at once the refused one: accepted ones come here with a delay. Rows
// are locked in the order of their ids, so that replicas don't block each
// other.
constexpr char kRecords[] = R"sql(
    WITH record AS (
      SELECT nextval('appraisal_id_seq') AS id,
             given.at::timestamptz AS at, given.tid, given.did,
             given.accepted::boolean AS accepted,
             given.reasons::jsonb AS reasons, given.policy::bigint AS policy,
             given.proved::boolean AS proved, given.claims::jsonb AS claims,
             given.tsm_id, given.key, given.media_type, given.octets,
             given.challenge, given.number
      FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::text[],
                  $6::text[], $7::text[], $8::text[], $9::text[],
                  $10::text[], $11::text[], $12::bytea[], $13::bytea[])
           WITH ORDINALITY
           AS given (at, tid, did, accepted, reasons, policy, proved, claims,
                     tsm_id, key, media_type, octets, challenge, number)
    ), evidence AS (
      INSERT INTO appraisal_evidence (appraisal_id, at, did, accepted,
                                      media_type, octets, challenge)
      SELECT id, at, did, accepted, media_type, octets, challenge
      FROM record
      WHERE media_type <> ''
    ), device AS (
      INSERT INTO appraised_device (did, at, accepted, reasons, policy_version,
                                    claims, tee_anchor, tee_name, tee_version)
      SELECT DISTINCT ON (did) did, at, accepted, reasons, policy, claims,
             claims->>'tee_anchor', claims->>'tee_name', claims->>'tee_version'
      FROM record
      WHERE proved
      ORDER BY did, at DESC, accepted, number DESC
      ON CONFLICT (did) DO UPDATE
      SET at = EXCLUDED.at, accepted = EXCLUDED.accepted,
          reasons = EXCLUDED.reasons,
          policy_version = EXCLUDED.policy_version, claims = EXCLUDED.claims,
          tee_anchor = EXCLUDED.tee_anchor, tee_name = EXCLUDED.tee_name,
          tee_version = EXCLUDED.tee_version
      WHERE appraised_device.at < EXCLUDED.at
         OR (appraised_device.at = EXCLUDED.at AND NOT EXCLUDED.accepted)
    ), used AS (
      SELECT at, CASE WHEN accepted THEN 'appraisal-accepted'
                 ELSE 'appraisal-refused' END AS kind,
             vendor AS party, '' AS spid, '' AS authority, 0 AS generation,
             vendor AS tee_vendor, tsm_id, key AS item, 1 AS quantity
      FROM record
      CROSS JOIN LATERAL (
        SELECT CASE WHEN proved THEN claims->>'tee_anchor'
               ELSE '' END AS vendor) AS known
      ORDER BY number
    ), )sql";

constexpr char kInsertAppraisals[] = R"sql(
    INSERT INTO appraisal (id, at, tid, did, accepted, reasons, policy_version)
    SELECT id, at, tid, did, accepted, reasons, policy
    FROM record
    ORDER BY number
    )sql";

constexpr char kListAppraisals[] = R"sql(
    SELECT id, at, tid, did, accepted, reasons::text, policy_version,
           (SELECT true
            FROM appraisal_evidence AS evidence
            WHERE evidence.appraisal_id = appraisal.id
            LIMIT 1) IS NOT NULL
    FROM appraisal
    WHERE ($1::bigint = 0 OR id < $1::bigint)
      AND ($2::bytea = ''::bytea OR did = $2::bytea)
    ORDER BY id DESC
    LIMIT $3::integer
    )sql";

constexpr char kGetDevice[] = R"sql(
    SELECT at, did, accepted, reasons::text, policy_version, claims::text
    FROM appraised_device
    WHERE did = $1
    )sql";

// No further than the limit: of a large fleet that stays away nobody counts
// all.
constexpr char kCountOverdue[] = R"sql(
    SELECT count(*)
    FROM (SELECT 1
          FROM appraised_device
          WHERE at < $1 AND accepted
          ORDER BY at, did
          LIMIT $2::integer) AS overdue
    )sql";

// By when they attested last, the newest first.
constexpr char kNewestDevices[] = R"sql(
    SELECT at, did, accepted, reasons::text, policy_version, claims::text
    FROM appraised_device
    WHERE accepted
    ORDER BY at DESC, did DESC
    LIMIT $1::integer
    )sql";

constexpr char kListOverdue[] = R"sql(
    SELECT at, did, accepted, reasons::text, policy_version, claims::text
    FROM appraised_device
    WHERE at < $1 AND (at, did) > ($2, $3) AND accepted
    ORDER BY at, did
    LIMIT $4::integer
    )sql";

// Without locks on rows, which would take UPDATE on them: history isn't
// changed. Of two replicas at once, the second finds the rows gone.
constexpr store::PurgeRule kOldAppraisals = {"appraisal", "at"};
constexpr store::PurgeRule kOldDevices = {"appraised_device", "at"};
constexpr store::PurgeRule kOldWithdrawals = {"withdrawal", "at"};

std::string Timestamp(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%E6S+00", time, absl::UTCTimeZone());
}

absl::StatusOr<AppraisalRecord> DeviceOf(const store::Row& row) {
  AppraisalRecord record;
  record.proved = true;
  std::string reasons;
  std::string claims;
  OTRP_RETURN_IF_ERROR(row.Scan(&record.at, store::BytesOut(&record.did),
                                &record.accepted, &reasons,
                                &record.policy_version, &claims));
  OTRP_ASSIGN_OR_RETURN(record.reasons, ReasonsFromJson(reasons));
  OTRP_ASSIGN_OR_RETURN(record.claims, ClaimsFromJson(claims));
  return record;
}

// Only those that differ: a list may have some 10 MB.
absl::Status SaveCrls(store::Tx& tx, const std::vector<Crl>& crls) {
  std::map<std::string, const Crl*> changed;
  for (const Crl& crl : crls) changed.emplace(crl.authority, &crl);
  OTRP_ASSIGN_OR_RETURN(const store::Rows held,
                        tx.Exec("SELECT authority, sha256(crl_der) FROM crl"));
  for (const store::Row row : held) {
    std::string authority;
    std::string digest;
    OTRP_RETURN_IF_ERROR(row.Scan(&authority, store::BytesOut(&digest)));
    const auto found = changed.find(authority);
    if (found != changed.end() &&
        crypto::Sha256(found->second->der) == digest) {
      changed.erase(found);
      continue;
    }
    OTRP_RETURN_IF_ERROR(
        tx.Exec("DELETE FROM crl WHERE authority = $1", authority));
  }
  for (const auto& [authority, crl] : changed) {
    OTRP_RETURN_IF_ERROR(
        tx.Exec("INSERT INTO crl (authority, crl_der) VALUES ($1, $2)",
                authority, store::Bytes(crl->der)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<absl::optional<TrustCopy>> VerifierStore::LoadTrust() {
  absl::optional<TrustCopy> loaded;
  // One snapshot: another replica may be saving.
  store::TxOptions options;
  options.isolation = store::Isolation::kRepeatableRead;
  options.read_only = true;
  OTRP_RETURN_IF_ERROR(pool_.Run(
      [&](store::Tx& tx) -> absl::Status {
        loaded.reset();
        OTRP_ASSIGN_OR_RETURN(store::Rows head,
                              tx.Exec("SELECT version FROM trust_copy"));
        if (head.empty()) return absl::OkStatus();
        TrustCopy copy;
        OTRP_RETURN_IF_ERROR(head[0].Scan(&copy.version));
        OTRP_ASSIGN_OR_RETURN(store::Rows anchors, tx.Exec(kListAnchors));
        for (store::Row row : anchors) {
          Anchor anchor;
          std::string role;
          std::string ekus;
          OTRP_RETURN_IF_ERROR(
              row.Scan(&role, &anchor.name,
                       store::BytesOut(&anchor.certificate_der), &ekus));
          anchor.ekus = absl::StrSplit(ekus, ',', absl::SkipEmpty());
          OTRP_ASSIGN_OR_RETURN(anchor.role, AnchorRoleOf(role));
          copy.anchors.push_back(std::move(anchor));
        }
        OTRP_ASSIGN_OR_RETURN(
            store::Rows crls,
            tx.Exec("SELECT authority, crl_der FROM crl ORDER BY authority"));
        for (store::Row row : crls) {
          Crl crl;
          OTRP_RETURN_IF_ERROR(
              row.Scan(&crl.authority, store::BytesOut(&crl.der)));
          copy.crls.push_back(std::move(crl));
        }
        loaded = std::move(copy);
        return absl::OkStatus();
      },
      options));
  return loaded;
}

absl::Status VerifierStore::SaveTrust(const TrustCopy& copy, absl::Time now) {
  return pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(tx.Exec(kSaveTrustCopy, copy.version, now));
    OTRP_RETURN_IF_ERROR(tx.Exec("DELETE FROM trust_anchor"));
    for (const Anchor& anchor : copy.anchors) {
      OTRP_RETURN_IF_ERROR(tx.Exec(kInsertAnchor, WordOf(anchor.role),
                                   anchor.name,
                                   store::Bytes(anchor.certificate_der),
                                   absl::StrJoin(anchor.ekus, ",")));
    }
    return SaveCrls(tx, copy.crls);
  });
}

absl::StatusOr<VersionedPolicy> VerifierStore::LoadPolicy() {
  VersionedPolicy loaded;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(loaded, LoadBasePolicy(tx));
    return absl::OkStatus();
  }));
  return loaded;
}

absl::StatusOr<std::vector<SetPolicyVersion>> VerifierStore::ListPolicies(
    int64_t before, int limit) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows,
                        pool_.Query(kListPolicies, before, limit));
  std::vector<SetPolicyVersion> versions;
  for (const store::Row row : rows) {
    SetPolicyVersion version;
    std::string text;
    OTRP_RETURN_IF_ERROR(
        row.Scan(&version.version, &text, &version.set_by, &version.set_at));
    OTRP_ASSIGN_OR_RETURN(version.policy, PolicyFromJson(text));
    versions.push_back(std::move(version));
  }
  return versions;
}

absl::StatusOr<int64_t> VerifierStore::SetPolicy(
    const attest::Policy& policy, int64_t expected,
    const store::AuditEvent& audit) {
  int64_t version = 0;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(version,
                          SetBasePolicy(tx, policy, expected, audit.actor));
    return store::AppendAudit(tx, audit);
  }));
  return version;
}

absl::Status VerifierStore::AddAppraisals(
    const std::vector<AppraisalRecord>& records) {
  if (records.empty()) return absl::OkStatus();
  static const auto* const kSql = new std::string(absl::StrCat(
      kRecords, service::UsageCte("counted", "used"), kInsertAppraisals));
  std::vector<std::string> at, tid, did, accepted, reasons, policy, proved,
      claims, tsm_ids, keys, media_type, octets, challenge;
  for (const AppraisalRecord& record : records) {
    at.push_back(Timestamp(record.at));
    tid.push_back(record.tid);
    did.push_back(record.did);
    accepted.push_back(record.accepted ? "t" : "f");
    reasons.push_back(ReasonsToJson(record.reasons));
    policy.push_back(std::to_string(record.policy_version));
    proved.push_back(record.proved ? "t" : "f");
    claims.push_back(ClaimsToJson(record.claims));
    tsm_ids.push_back(record.tsm_id);
    keys.push_back(record.key);
    const EvidenceOctets kept = record.evidence.value_or(EvidenceOctets());
    media_type.push_back(kept.media_type);
    octets.push_back(kept.octets);
    challenge.push_back(kept.challenge);
  }
  return pool_
      .ExecOnce(*kSql, store::TextArray(at), store::TextArray(tid),
                store::BytesArray(did), store::TextArray(accepted),
                store::TextArray(reasons), store::TextArray(policy),
                store::TextArray(proved), store::TextArray(claims),
                store::TextArray(tsm_ids), store::TextArray(keys),
                store::TextArray(media_type), store::BytesArray(octets),
                store::BytesArray(challenge))
      .status();
}

absl::StatusOr<std::vector<AppraisalRecord>> VerifierStore::ListAppraisals(
    int64_t before_id, int limit, const std::string& did) {
  OTRP_ASSIGN_OR_RETURN(
      store::Rows rows,
      pool_.Query(kListAppraisals, before_id, store::Bytes(did), limit));
  std::vector<AppraisalRecord> records;
  for (store::Row row : rows) {
    AppraisalRecord record;
    std::string reasons;
    OTRP_RETURN_IF_ERROR(
        row.Scan(&record.id, &record.at, &record.tid,
                 store::BytesOut(&record.did), &record.accepted, &reasons,
                 &record.policy_version, &record.evidence_kept));
    OTRP_ASSIGN_OR_RETURN(record.reasons, ReasonsFromJson(reasons));
    records.push_back(std::move(record));
  }
  return records;
}

absl::StatusOr<absl::optional<AppraisalRecord>> VerifierStore::GetDevice(
    const std::string& did) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows,
                        pool_.Query(kGetDevice, store::Bytes(did)));
  if (rows.empty()) return absl::optional<AppraisalRecord>();
  OTRP_ASSIGN_OR_RETURN(AppraisalRecord record, DeviceOf(rows[0]));
  return absl::make_optional(std::move(record));
}

absl::StatusOr<int64_t> VerifierStore::PurgeAppraisals(absl::Time cutoff,
                                                       absl::Duration budget) {
  return store::Purge(pool_, kOldAppraisals, cutoff, budget);
}

absl::StatusOr<std::vector<AppraisalRecord>> VerifierStore::ListOverdue(
    absl::Time cutoff, const OverduePlace& after, int limit) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows,
                        pool_.Query(kListOverdue, cutoff, after.at,
                                    store::Bytes(after.did), limit));
  std::vector<AppraisalRecord> devices;
  for (const store::Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(AppraisalRecord device, DeviceOf(row));
    devices.push_back(std::move(device));
  }
  return devices;
}

absl::StatusOr<int64_t> VerifierStore::CountOverdue(absl::Time cutoff,
                                                    int limit) {
  OTRP_ASSIGN_OR_RETURN(const store::Row row,
                        pool_.Query1(kCountOverdue, cutoff, limit));
  int64_t count = 0;
  OTRP_RETURN_IF_ERROR(row.Scan(&count));
  return count;
}

absl::StatusOr<std::vector<AppraisalRecord>> VerifierStore::NewestDevices(
    int limit) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows,
                        pool_.Query(kNewestDevices, limit));
  std::vector<AppraisalRecord> devices;
  for (const store::Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(AppraisalRecord device, DeviceOf(row));
    devices.push_back(std::move(device));
  }
  return devices;
}

absl::Status VerifierStore::Purge(absl::Time now, absl::Duration budget) {
  OTRP_RETURN_IF_ERROR(PurgeAppraisals(now - kKeepAppraisals, budget).status());
  OTRP_RETURN_IF_ERROR(
      store::Purge(pool_, kOldDevices, now - kKeepDevices, budget).status());
  return store::Purge(pool_, kOldWithdrawals, now - kKeepWithdrawals, budget)
      .status();
}

absl::Status VerifierStore::Audit(const store::AuditEvent& event) {
  return pool_.Run(
      [&](store::Tx& tx) { return store::AppendAudit(tx, event); });
}

}  // namespace verifier
}  // namespace otrp
