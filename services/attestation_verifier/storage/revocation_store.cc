// Third parties' revocation data, in VerifierStore.

#include <utility>

#include "libs/base/status_macros.h"
#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/limits.h"
#include "services/attestation_verifier/storage/verifier_store.h"

namespace otrp {
namespace verifier {
namespace {

constexpr char kVersion[] = "SELECT version FROM revocation_version";

constexpr char kList[] = R"sql(
    SELECT name, kind, der, added_at
    FROM revocation_data
    ORDER BY name COLLATE "C"
    )sql";

constexpr char kListSources[] = R"sql(
    SELECT name, role, anchor, kind, issuer_der, allow_stale_hours
    FROM revocation_source
    ORDER BY name COLLATE "C"
    )sql";

// What operators brought themselves.
constexpr char kCountBrought[] = R"sql(
    SELECT count(*)
    FROM revocation_data
    WHERE NOT starts_with(name, 'source:')
    )sql";

constexpr char kGet[] = R"sql(
    SELECT name, kind, der, added_at
    FROM revocation_data
    WHERE name = $1
    )sql";

constexpr char kPut[] = R"sql(
    INSERT INTO revocation_data (name, kind, der, added_at)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (name) DO UPDATE
    SET kind = EXCLUDED.kind, der = EXCLUDED.der,
        added_at = EXCLUDED.added_at
    )sql";

absl::StatusOr<RevocationData> DataOf(const store::Row& row) {
  RevocationData data;
  std::string kind;
  OTRP_RETURN_IF_ERROR(
      row.Scan(&data.name, &kind, store::BytesOut(&data.der), &data.added_at));
  OTRP_ASSIGN_OR_RETURN(data.kind, RevocationKindOf(kind));
  return data;
}

absl::StatusOr<RevocationSource> SourceOf(const store::Row& row) {
  RevocationSource source;
  std::string role;
  std::string kind;
  OTRP_RETURN_IF_ERROR(row.Scan(&source.name, &role, &source.anchor, &kind,
                                store::BytesOut(&source.issuer_der),
                                &source.allow_stale_hours));
  OTRP_ASSIGN_OR_RETURN(source.role, AnchorRoleOf(role));
  OTRP_ASSIGN_OR_RETURN(source.kind, RevocationKindOf(kind));
  return source;
}

absl::Status Grow(store::Tx& tx) {
  return tx.Exec("UPDATE revocation_version SET version = version + 1")
      .status();
}

}  // namespace

absl::StatusOr<int64_t> VerifierStore::RevocationVersion() {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows, pool_.Query(kVersion));
  int64_t version = 0;
  for (const store::Row row : rows) OTRP_RETURN_IF_ERROR(row.Scan(&version));
  return version;
}

absl::StatusOr<RevocationList> VerifierStore::LoadRevocation() {
  RevocationList list;
  store::TxOptions options;
  options.isolation = store::Isolation::kRepeatableRead;
  options.read_only = true;
  OTRP_RETURN_IF_ERROR(pool_.Run(
      [&](store::Tx& tx) -> absl::Status {
        list = RevocationList();
        OTRP_ASSIGN_OR_RETURN(const store::Row version, tx.Exec1(kVersion));
        OTRP_RETURN_IF_ERROR(version.Scan(&list.version));
        OTRP_ASSIGN_OR_RETURN(const store::Rows rows, tx.Exec(kList));
        for (const store::Row row : rows) {
          OTRP_ASSIGN_OR_RETURN(RevocationData data, DataOf(row));
          list.data.push_back(std::move(data));
        }
        OTRP_ASSIGN_OR_RETURN(const store::Rows sources, tx.Exec(kListSources));
        for (const store::Row row : sources) {
          OTRP_ASSIGN_OR_RETURN(RevocationSource source, SourceOf(row));
          list.sources.push_back(std::move(source));
        }
        return absl::OkStatus();
      },
      options));
  return list;
}

absl::StatusOr<RevocationData> VerifierStore::GetRevocation(
    const std::string& name) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows, pool_.Query(kGet, name));
  if (rows.empty()) return errors::RevocationDataNotFound(name);
  return DataOf(rows[0]);
}

absl::Status VerifierStore::PutRevocation(const RevocationData& data,
                                          const store::AuditEvent& audit) {
  return pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(Grow(tx));
    OTRP_RETURN_IF_ERROR(tx.Exec(kPut, data.name, WordOf(data.kind),
                                 store::Bytes(data.der), data.added_at)
                             .status());
    OTRP_ASSIGN_OR_RETURN(const store::Row row, tx.Exec1(kCountBrought));
    int64_t count = 0;
    OTRP_RETURN_IF_ERROR(row.Scan(&count));
    if (count > kMaxRevocationData) return errors::TooMuchRevocationData();
    return store::AppendAudit(tx, audit);
  });
}

absl::Status VerifierStore::RemoveRevocation(const std::string& name,
                                             const store::AuditEvent& audit) {
  return pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(Grow(tx));
    OTRP_ASSIGN_OR_RETURN(
        const int64_t removed,
        tx.ExecCount("DELETE FROM revocation_data WHERE name = $1", name));
    if (removed == 0) return errors::RevocationDataNotFound(name);
    return store::AppendAudit(tx, audit);
  });
}

}  // namespace verifier
}  // namespace otrp
