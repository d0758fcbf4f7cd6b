#include "services/ca/storage/recovery_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace otrp {
namespace ca {
namespace {

using store::Row;
using store::Rows;
using store::TextArray;
using store::Tx;

// The profile column of certificates that only a list tells of.
constexpr char kLost[] = "lost";

// Of each entry: serial, when, why.
struct Columns {
  explicit Columns(const std::vector<crypto::RevokedEntry>& entries) {
    for (const crypto::RevokedEntry& entry : entries) {
      serials.push_back(entry.serial);
      times.push_back(absl::FormatTime(absl::RFC3339_full, entry.revoked_at,
                                       absl::UTCTimeZone()));
      // No reason is the unspecified one.
      reasons.push_back(absl::StrCat(entry.reason < 0 ? 0 : entry.reason));
    }
  }

  std::vector<std::string> serials;
  std::vector<std::string> times;
  std::vector<std::string> reasons;
};

absl::StatusOr<std::vector<std::string>> SerialsOf(const Rows& rows) {
  std::vector<std::string> serials;
  for (const Row row : rows) {
    std::string serial;
    OTRP_RETURN_IF_ERROR(row.Scan(&serial));
    serials.push_back(std::move(serial));
  }
  return serials;
}

absl::StatusOr<RecoveryStore::Learnt> CompareIn(Tx& tx, const Columns& told) {
  RecoveryStore::Learnt learnt;
  OTRP_ASSIGN_OR_RETURN(const Rows good, tx.Exec(R"sql(
      SELECT serial
      FROM certificate
      WHERE serial = ANY($1::text[]) AND status <> 'revoked'
      ORDER BY serial COLLATE "C")sql",
                                                 TextArray(told.serials)));
  OTRP_ASSIGN_OR_RETURN(learnt.revoked, SerialsOf(good));
  OTRP_ASSIGN_OR_RETURN(const Rows unknown, tx.Exec(R"sql(
      SELECT told
      FROM unnest($1::text[]) AS told
      WHERE NOT EXISTS (SELECT FROM certificate WHERE serial = told)
      ORDER BY told COLLATE "C")sql",
                                                    TextArray(told.serials)));
  OTRP_ASSIGN_OR_RETURN(learnt.unknown, SerialsOf(unknown));
  return learnt;
}

absl::Status Write(Tx& tx, const RecoveryStore::Told& told,
                   const Columns& columns) {
  OTRP_RETURN_IF_ERROR(tx.Exec(R"sql(
      UPDATE certificate
      SET status = 'revoked', reason = told.reason::integer,
          revoked_at = told.at::timestamptz
      FROM unnest($1::text[], $2::text[], $3::text[])
        AS told (serial, at, reason)
      WHERE certificate.serial = told.serial
        AND certificate.status <> 'revoked')sql",
                               TextArray(columns.serials),
                               TextArray(columns.times),
                               TextArray(columns.reasons))
                           .status());
  return tx
      .Exec(R"sql(
      INSERT INTO certificate (serial, profile, authority, subject, san_uris,
                               not_before, not_after, status, reason,
                               revoked_at, request_sha256, crl_shard)
      SELECT told.serial, $4, $5, '', '', told.at::timestamptz, $6, 'revoked',
             told.reason::integer, told.at::timestamptz, '', '*'
      FROM unnest($1::text[], $2::text[], $3::text[])
        AS told (serial, at, reason)
      ON CONFLICT DO NOTHING)sql",
            TextArray(columns.serials), TextArray(columns.times),
            TextArray(columns.reasons), kLost, told.authority, told.not_after)
      .status();
}

}  // namespace

absl::StatusOr<RecoveryStore::Learnt> RecoveryStore::Compare(const Told& told) {
  Learnt learnt;
  const Columns columns(told.revoked);
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(learnt, CompareIn(tx, columns));
    return absl::OkStatus();
  }));
  return learnt;
}

absl::StatusOr<RecoveryStore::Learnt> RecoveryStore::Learn(
    const Told& told,
    absl::FunctionRef<store::AuditEvent(const Learnt&)> audit) {
  Learnt learnt;
  const Columns columns(told.revoked);
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(learnt, CompareIn(tx, columns));
    OTRP_RETURN_IF_ERROR(tx.Exec(R"sql(
        UPDATE crl SET number = $2 WHERE authority = $1 AND number < $2)sql",
                                 told.authority, told.crl_number)
                             .status());
    if (learnt.revoked.empty() && learnt.unknown.empty()) {
      return absl::OkStatus();
    }
    OTRP_RETURN_IF_ERROR(Write(tx, told, columns));
    return store::AppendAudit(tx, audit(learnt));
  }));
  return learnt;
}

}  // namespace ca
}  // namespace otrp
