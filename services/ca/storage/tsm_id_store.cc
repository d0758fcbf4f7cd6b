#include "services/ca/storage/tsm_id_store.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "services/ca/errors.h"

namespace otrp {
namespace ca {
namespace {

using store::Row;
using store::Rows;
using store::Tx;

absl::StatusOr<TsmIdRecord> Read(const Row& row) {
  TsmIdRecord out;
  OTRP_RETURN_IF_ERROR(
      row.Scan(&out.uri, &out.holder, &out.registered_at, &out.registered_by));
  return out;
}

// Nobody changes it until the end of the transaction.
absl::StatusOr<TsmIdRecord> Lock(Tx& tx, const std::string& uri) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows, tx.Exec(R"sql(
      SELECT uri, holder, registered_at, registered_by
      FROM tsm_id
      WHERE uri = $1
      FOR UPDATE)sql",
                                                 uri));
  if (rows.empty()) return absl::NotFoundError("");
  return Read(rows[0]);
}

}  // namespace

absl::StatusOr<TsmIdStore::Changed> TsmIdStore::Add(
    const TsmIdRecord& tsm_id, const store::AuditEvent& audit) {
  Changed result;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(
        const int64_t inserted,
        tx.ExecCount(R"sql(
        INSERT INTO tsm_id (uri, holder, registered_at, registered_by)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING)sql",
                     tsm_id.uri, tsm_id.holder, tsm_id.registered_at,
                     tsm_id.registered_by));
    OTRP_ASSIGN_OR_RETURN(result.tsm_id, Lock(tx, tsm_id.uri));
    result.changed = inserted == 1;
    if (result.changed) return store::AppendAudit(tx, audit);
    return result.tsm_id.holder == tsm_id.holder
               ? absl::OkStatus()
               : errors::TsmIdHeld(result.tsm_id.holder);
  }));
  return result;
}

absl::StatusOr<TsmIdStore::Changed> TsmIdStore::Transfer(
    const std::string& uri, const std::string& holder,
    absl::FunctionRef<store::AuditEvent(const std::string& from)> audit) {
  Changed result;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(result.tsm_id, Lock(tx, uri));
    const std::string from = result.tsm_id.holder;
    result.changed = from != holder;
    if (!result.changed) return absl::OkStatus();
    result.tsm_id.holder = holder;
    OTRP_RETURN_IF_ERROR(
        tx.Exec("UPDATE tsm_id SET holder = $2 WHERE uri = $1", uri, holder)
            .status());
    return store::AppendAudit(tx, audit(from));
  }));
  return result;
}

absl::Status TsmIdStore::Release(const std::string& uri, absl::Time now,
                                 const store::AuditEvent& audit) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(Lock(tx, uri).status());
    OTRP_ASSIGN_OR_RETURN(const Rows good, tx.Exec(R"sql(
        SELECT serial
        FROM certificate
        WHERE profile = 'tsm' AND san_uris = $1 AND status <> 'revoked'
          AND not_after > $2
        LIMIT 1)sql",
                                                   uri, now));
    if (!good.empty()) {
      std::string serial;
      OTRP_RETURN_IF_ERROR(good[0].Scan(&serial));
      return errors::TsmIdInUse(serial);
    }
    OTRP_RETURN_IF_ERROR(
        tx.Exec("DELETE FROM tsm_id WHERE uri = $1", uri).status());
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<std::vector<TsmIdRecord>> TsmIdStore::List(
    const std::string& holder, const std::string& after, int limit) {
  constexpr absl::string_view kAll = R"sql(
      SELECT uri, holder, registered_at, registered_by
      FROM tsm_id
      WHERE uri COLLATE "C" > $1
      ORDER BY uri COLLATE "C"
      LIMIT $2)sql";
  constexpr absl::string_view kOfOne = R"sql(
      SELECT uri, holder, registered_at, registered_by
      FROM tsm_id
      WHERE uri COLLATE "C" > $1 AND holder = $3
      ORDER BY uri COLLATE "C"
      LIMIT $2)sql";
  OTRP_ASSIGN_OR_RETURN(const Rows rows,
                        holder.empty()
                            ? pool_.Query(kAll, after, limit)
                            : pool_.Query(kOfOne, after, limit, holder));
  std::vector<TsmIdRecord> out;
  for (Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(TsmIdRecord one, Read(row));
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace ca
}  // namespace otrp
