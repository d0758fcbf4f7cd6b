// The CRLs about a part of an authority's certificates: CaStore's other half.

#include "libs/base/status_macros.h"
#include "libs/crypto/x509.h"
#include "services/ca/storage/ca_store.h"

namespace otrp {
namespace ca {
namespace {

using store::Bytes;
using store::BytesOut;
using store::Row;
using store::Rows;
using store::Tx;

absl::StatusOr<std::vector<crypto::RevokedEntry>> RevokedOf(
    Tx& tx, const std::string& authority, const std::string& shard,
    absl::Time kept_since) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows, tx.Exec(R"sql(
      SELECT serial, revoked_at, reason
      FROM certificate
      WHERE authority = $1 AND crl_shard IN ($2, '*') AND crl_shard <> ''
        AND status = 'revoked' AND greatest(not_after, revoked_at) >= $3
      ORDER BY serial COLLATE "C")sql",
                                                 authority, shard, kept_since));
  std::vector<crypto::RevokedEntry> revoked;
  for (Row row : rows) {
    crypto::RevokedEntry entry;
    OTRP_RETURN_IF_ERROR(
        row.Scan(&entry.serial, &entry.revoked_at, &entry.reason));
    revoked.push_back(std::move(entry));
  }
  return revoked;
}

}  // namespace

absl::StatusOr<bool> CaStore::DivideCrls(const std::string& line, int shards,
                                         const store::AuditEvent& audit) {
  bool changed = false;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    // Of all authorities: replicas ask for it every few seconds.
    OTRP_ASSIGN_OR_RETURN(const Row version, tx.Exec1(R"sql(
        UPDATE authority_version SET version = version + 1
        RETURNING version)sql"));
    int64_t chosen = 0;
    OTRP_RETURN_IF_ERROR(version.Scan(&chosen));
    OTRP_ASSIGN_OR_RETURN(const int64_t written,
                          tx.ExecCount(R"sql(
        INSERT INTO crl_division (line, shards, chosen)
        SELECT $1, $2, $3
        WHERE $2 <> coalesce((SELECT shards
                              FROM crl_division
                              WHERE line = $1
                              ORDER BY chosen DESC
                              LIMIT 1), 1)
        ON CONFLICT (line, shards) DO UPDATE SET chosen = $3)sql",
                                       line, shards, chosen));
    changed = written == 1;
    return changed ? store::AppendAudit(tx, audit) : absl::OkStatus();
  }));
  return changed;
}

absl::StatusOr<std::vector<int>> CaStore::CrlDivisionsOf(
    const std::string& line) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows, pool_.Query(R"sql(
      SELECT shards FROM crl_division WHERE line = $1 ORDER BY chosen DESC)sql",
                                                     line));
  std::vector<int> divisions;
  for (Row row : rows) {
    int shards = 0;
    OTRP_RETURN_IF_ERROR(row.Scan(&shards));
    divisions.push_back(shards);
  }
  return divisions;
}

absl::Status CaStore::ReplaceShardCrl(const std::string& authority,
                                      const std::string& shard,
                                      absl::Time kept_since,
                                      int64_t least_number, SignCrl sign) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    // One at a time for a list: numbers only grow, and none is made from less
    // than the one before.
    OTRP_RETURN_IF_ERROR(tx.Exec(R"sql(
        SELECT pg_advisory_xact_lock(
            hashtextextended('crl ' || $1 || ' ' || $2, 0)))sql",
                                 authority, shard)
                             .status());
    OTRP_ASSIGN_OR_RETURN(const Row number_row,
                          tx.Exec1(R"sql(
        SELECT greatest(coalesce(max(number), 0) + 1, $3::bigint)
        FROM crl_shard
        WHERE authority = $1 AND shard = $2)sql",
                                   authority, shard, least_number));
    int64_t number = 0;
    OTRP_RETURN_IF_ERROR(number_row.Scan(&number));
    OTRP_ASSIGN_OR_RETURN(const std::vector<crypto::RevokedEntry> revoked,
                          RevokedOf(tx, authority, shard, kept_since));
    OTRP_ASSIGN_OR_RETURN(const CrlRecord crl, sign(number, revoked));
    return tx
        .Exec(R"sql(
        INSERT INTO crl_shard (authority, shard, number, der, this_update,
                               next_update, revoked, kept_since)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (authority, shard) DO UPDATE
        SET number = $3, der = $4, this_update = $5, next_update = $6,
            revoked = $7, kept_since = $8)sql",
              authority, shard, number, Bytes(crl.der), crl.this_update,
              crl.next_update, static_cast<int64_t>(revoked.size()), kept_since)
        .status();
  });
}

absl::StatusOr<CrlRecord> CaStore::GetShardCrl(const std::string& authority,
                                               const std::string& shard) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows, pool_.Query(R"sql(
      SELECT number, der, this_update, next_update
      FROM crl_shard
      WHERE authority = $1 AND shard = $2)sql",
                                                     authority, shard));
  if (rows.empty()) return absl::NotFoundError("");
  CrlRecord crl;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(&crl.number, BytesOut(&crl.der),
                                    &crl.this_update, &crl.next_update));
  return crl;
}

absl::StatusOr<std::vector<std::pair<std::string, std::string>>>
CaStore::StaleShardCrls(absl::Time horizon, int limit) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows, pool_.Query(R"sql(
      SELECT part.authority, part.shard
      FROM (SELECT authority.name AS authority,
                   crl_division.shards || '-' || number AS shard
            FROM crl_division
            JOIN authority
              ON coalesce(authority.line, authority.name) = crl_division.line
            CROSS JOIN generate_series(0, crl_division.shards - 1) AS number
            WHERE crl_division.shards > 1
              AND authority.state <> 'retired') AS part
      LEFT JOIN crl_shard AS list
        ON list.authority = part.authority AND list.shard = part.shard
      WHERE list.number IS NULL
         OR list.next_update < $1
         OR list.revoked <> (
              SELECT count(*)
              FROM certificate
              WHERE certificate.authority = part.authority
                AND certificate.crl_shard IN (part.shard, '*')
                AND certificate.crl_shard <> ''
                AND certificate.status = 'revoked'
                AND greatest(certificate.not_after, certificate.revoked_at)
                  >= list.kept_since)
      ORDER BY part.authority COLLATE "C", part.shard COLLATE "C"
      LIMIT $2)sql",
                                                     horizon, limit));
  std::vector<std::pair<std::string, std::string>> stale;
  for (Row row : rows) {
    std::pair<std::string, std::string> part;
    OTRP_RETURN_IF_ERROR(row.Scan(&part.first, &part.second));
    stale.push_back(std::move(part));
  }
  return stale;
}

}  // namespace ca
}  // namespace otrp
