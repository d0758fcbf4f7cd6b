#include "services/attestation_verifier/storage/result_key_store.h"

#include <string>
#include <utility>

#include "libs/base/status_macros.h"

namespace otrp {
namespace verifier {
namespace {

constexpr char kList[] = R"sql(
    SELECT kid, state, sealed, spki, since
    FROM result_key
    ORDER BY state, since DESC, kid
    )sql";

constexpr char kInsert[] = R"sql(
    INSERT INTO result_key (kid, state, sealed, spki, since)
    VALUES ($1, $2, $3, $4, $5)
    )sql";

absl::StatusOr<ResultKeys> KeysOf(const store::Rows& rows) {
  ResultKeys keys;
  for (const store::Row row : rows) {
    StoredResultKey key;
    std::string state;
    OTRP_RETURN_IF_ERROR(row.Scan(&key.kid, &state,
                                  store::BytesOut(&key.sealed),
                                  store::BytesOut(&key.spki), &key.since));
    OTRP_ASSIGN_OR_RETURN(key.state, KeyStateOf(state));
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace

absl::StatusOr<ResultKeys> ResultKeyStore::Load() {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows, pool_.Query(kList));
  return KeysOf(rows);
}

absl::StatusOr<ResultKeys> ResultKeyStore::Change(
    const std::function<absl::StatusOr<ResultKeys>(const ResultKeys&)>& change,
    const store::AuditEvent* audit) {
  ResultKeys changed;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(
        tx.Exec("UPDATE result_key_version SET version = version + 1")
            .status());
    OTRP_ASSIGN_OR_RETURN(const store::Rows rows, tx.Exec(kList));
    OTRP_ASSIGN_OR_RETURN(const ResultKeys held, KeysOf(rows));
    OTRP_ASSIGN_OR_RETURN(changed, change(held));
    // A handful of rows.
    OTRP_RETURN_IF_ERROR(tx.Exec("DELETE FROM result_key").status());
    for (const StoredResultKey& key : changed) {
      OTRP_RETURN_IF_ERROR(tx.Exec(kInsert, key.kid, WordOf(key.state),
                                   store::Bytes(key.sealed),
                                   store::Bytes(key.spki), key.since)
                               .status());
    }
    return audit == nullptr ? absl::OkStatus() : store::AppendAudit(tx, *audit);
  }));
  return changed;
}

}  // namespace verifier
}  // namespace otrp
