// Where versions are asked for that the TSM never sees, and what was answered.

#include <string>
#include <utility>
#include <vector>

#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "services/tsm/domain/words.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {

absl::StatusOr<PullTarget> TsmStore::LoadPullTarget(int64_t release_id) {
  static constexpr char kSql[] = R"sql(
    SELECT release.spid, release.taid, release.version, endpoint.url,
      endpoint.roots_pem, endpoint.key_id,
      CASE WHEN signer_revoked.fingerprint IS NULL
        THEN release.signer_cert ELSE '' END,
      CASE WHEN current_revoked.fingerprint IS NULL
        THEN coalesce(sp.spcert, '') ELSE '' END
    FROM release
    JOIN pull_endpoint AS endpoint
      ON endpoint.spid = release.spid AND endpoint.taid = release.taid
    LEFT JOIN service_provider AS sp ON sp.spid = release.spid
    LEFT JOIN revoked_sp_certificate AS signer_revoked
      ON signer_revoked.fingerprint = release.signer_fingerprint
    LEFT JOIN revoked_sp_certificate AS current_revoked
      ON current_revoked.fingerprint = sp.spcert_fingerprint
    WHERE release.id = $1::bigint AND release.pull
  )sql";
  OTRP_ASSIGN_OR_RETURN(store::Row row, pool_.Query1(kSql, release_id));
  PullTarget target;
  std::string signer;
  std::string current;
  OTRP_RETURN_IF_ERROR(row.Scan(
      &target.endpoint.spid, &target.endpoint.taid, &target.version,
      &target.endpoint.url, &target.endpoint.roots_pem, &target.endpoint.key_id,
      store::BytesOut(&signer), store::BytesOut(&current)));
  const bool two = current != signer;
  if (!signer.empty()) target.signer_certificates.push_back(std::move(signer));
  if (two && !current.empty()) {
    target.signer_certificates.push_back(std::move(current));
  }
  return target;
}

absl::Status TsmStore::KeepPulled(const PulledTa& pulled) {
  OTRP_ASSIGN_OR_RETURN(const std::string signer,
                        HexDecode(pulled.signer_fingerprint));
  static constexpr char kSql[] = R"sql(
    INSERT INTO pulled_ta (did, release_id, dialect, aik_sha256, encrypted_ta,
      expires_at, signer_fingerprint)
    VALUES ($1, $2::bigint, $3, $4, $5, $6::timestamptz, $7)
    ON CONFLICT (did, release_id) DO UPDATE SET dialect = EXCLUDED.dialect,
      aik_sha256 = EXCLUDED.aik_sha256, encrypted_ta = EXCLUDED.encrypted_ta,
      expires_at = EXCLUDED.expires_at,
      signer_fingerprint = EXCLUDED.signer_fingerprint
  )sql";
  return pool_
      .ExecOnce(kSql, store::Bytes(pulled.did), pulled.release_id,
                WordOf(pulled.dialect), store::Bytes(pulled.aik_sha256),
                store::Bytes(pulled.encrypted_ta), pulled.expires_at,
                store::Bytes(signer))
      .status();
}

absl::StatusOr<absl::optional<std::string>> TsmStore::LoadPulled(
    absl::string_view did, int64_t release_id, protocol::Dialect dialect,
    absl::string_view aik_sha256, absl::Time now) {
  static constexpr char kSql[] = R"sql(
    SELECT encrypted_ta FROM pulled_ta
    WHERE did = $1 AND release_id = $2::bigint AND dialect = $3
      AND aik_sha256 = $4 AND expires_at > $5::timestamptz
      AND signer_fingerprint <> '' AND NOT EXISTS (
        SELECT 1 FROM revoked_sp_certificate AS revoked
        WHERE revoked.fingerprint = pulled_ta.signer_fingerprint)
  )sql";
  OTRP_ASSIGN_OR_RETURN(
      store::Rows rows,
      pool_.Query(kSql, store::Bytes(did), release_id, WordOf(dialect),
                  store::Bytes(aik_sha256), now));
  absl::optional<std::string> found;
  if (rows.empty()) return found;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(store::BytesOut(&found.emplace())));
  return found;
}

absl::Status TsmStore::LogPull(int64_t release_id, const PullAttempt& attempt) {
  static constexpr char kSql[] = R"sql(
    INSERT INTO pull_attempt (spid, taid, version, did, at, outcome, error,
      took_ms)
    SELECT spid, taid, version, $2, $3::timestamptz, $4, $5, $6::bigint
    FROM release WHERE id = $1::bigint
  )sql";
  return pool_
      .ExecOnce(kSql, release_id, store::Bytes(attempt.did), attempt.at,
                attempt.outcome, attempt.error,
                absl::ToInt64Milliseconds(attempt.took))
      .status();
}

absl::StatusOr<std::vector<PullAttempt>> TsmStore::ListPulls(
    absl::string_view spid, absl::string_view taid, int64_t before, int limit) {
  static constexpr char kSql[] = R"sql(
    SELECT id, version, did, at, outcome, error, took_ms
    FROM pull_attempt
    WHERE spid = $1 AND taid = $2 AND id < $3::bigint
    ORDER BY id DESC LIMIT $4::bigint
  )sql";
  OTRP_ASSIGN_OR_RETURN(store::Rows rows,
                        pool_.Query(kSql, spid, taid, before, limit));
  std::vector<PullAttempt> attempts;
  for (store::Row row : rows) {
    PullAttempt& attempt = attempts.emplace_back();
    int64_t took_ms = 0;
    OTRP_RETURN_IF_ERROR(row.Scan(&attempt.id, &attempt.version,
                                  store::BytesOut(&attempt.did), &attempt.at,
                                  &attempt.outcome, &attempt.error, &took_ms));
    attempt.took = absl::Milliseconds(took_ms);
  }
  return attempts;
}

}  // namespace tsm
}  // namespace otrp
