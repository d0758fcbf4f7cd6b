#include "services/attestation_verifier/storage/source_store.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/limits.h"

namespace otrp {
namespace verifier {
namespace {

constexpr char kGrow[] = "UPDATE revocation_version SET version = version + 1";

constexpr char kList[] = R"sql(
    SELECT name, role, anchor, kind, url, issuer_der, allow_stale_hours,
           tried_at, fetched_at, current_until, error, etag
    FROM revocation_source
    ORDER BY name COLLATE "C"
    )sql";

constexpr char kPut[] = R"sql(
    INSERT INTO revocation_source (name, role, anchor, kind, url, issuer_der,
                                   allow_stale_hours)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (name) DO UPDATE
    SET role = EXCLUDED.role, anchor = EXCLUDED.anchor, kind = EXCLUDED.kind,
        url = EXCLUDED.url, issuer_der = EXCLUDED.issuer_der,
        allow_stale_hours = EXCLUDED.allow_stale_hours, tried_at = NULL,
        error = '', etag = ''
    )sql";

constexpr char kClaim[] = R"sql(
    UPDATE revocation_source
    SET tried_at = $3
    WHERE name = $1 AND tried_at IS NOT DISTINCT FROM $2::timestamptz
    )sql";

constexpr char kNote[] = R"sql(
    UPDATE revocation_source
    SET fetched_at = $2::timestamptz, current_until = $3::timestamptz,
        error = $4, etag = $5
    WHERE name = $1
    )sql";

constexpr char kPutData[] = R"sql(
    INSERT INTO revocation_data (name, kind, der, added_at)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (name) DO UPDATE
    SET kind = EXCLUDED.kind, der = EXCLUDED.der, added_at = EXCLUDED.added_at
    )sql";

constexpr char kRemoveData[] = R"sql(
    DELETE FROM revocation_data
    WHERE name = $1 OR starts_with(name, $1 || ':')
    )sql";

// A responder's answers about devices that no longer come.
constexpr char kRemoveOldest[] = R"sql(
    DELETE FROM revocation_data
    WHERE name IN (SELECT name
                   FROM revocation_data
                   WHERE starts_with(name, $1)
                   ORDER BY added_at DESC
                   OFFSET $2::integer)
    )sql";

absl::StatusOr<StoredSource> SourceOf(const store::Row& row) {
  StoredSource stored;
  RevocationSource& source = stored.source;
  SourceProgress& progress = stored.progress;
  std::string role;
  std::string kind;
  OTRP_RETURN_IF_ERROR(
      row.Scan(&source.name, &role, &source.anchor, &kind, &source.url,
               store::BytesOut(&source.issuer_der), &source.allow_stale_hours,
               &progress.tried_at, &progress.fetched_at,
               &progress.current_until, &progress.error, &progress.etag));
  OTRP_ASSIGN_OR_RETURN(source.role, AnchorRoleOf(role));
  OTRP_ASSIGN_OR_RETURN(source.kind, RevocationKindOf(kind));
  return stored;
}

}  // namespace

absl::StatusOr<std::vector<StoredSource>> SourceStore::List() {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows, pool_.Query(kList));
  std::vector<StoredSource> sources;
  for (const store::Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(StoredSource source, SourceOf(row));
    sources.push_back(std::move(source));
  }
  return sources;
}

absl::Status SourceStore::Put(const RevocationSource& source,
                              const store::AuditEvent& audit) {
  return pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(tx.Exec(kGrow).status());
    OTRP_RETURN_IF_ERROR(tx.Exec(kPut, source.name, WordOf(source.role),
                                 source.anchor, WordOf(source.kind), source.url,
                                 store::Bytes(source.issuer_der),
                                 source.allow_stale_hours)
                             .status());
    OTRP_ASSIGN_OR_RETURN(const store::Row row,
                          tx.Exec1("SELECT count(*) FROM revocation_source"));
    int64_t count = 0;
    OTRP_RETURN_IF_ERROR(row.Scan(&count));
    if (count > kMaxSources) return errors::TooManySources();
    return store::AppendAudit(tx, audit);
  });
}

absl::Status SourceStore::Remove(const std::string& name,
                                 const store::AuditEvent& audit) {
  return pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(tx.Exec(kGrow).status());
    OTRP_ASSIGN_OR_RETURN(
        const int64_t removed,
        tx.ExecCount("DELETE FROM revocation_source WHERE name = $1", name));
    if (removed == 0) return errors::NoSuchSource(name);
    OTRP_RETURN_IF_ERROR(tx.Exec(kRemoveData, DataNameOf(name)).status());
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<bool> SourceStore::Claim(const std::string& name,
                                        absl::optional<absl::Time> seen,
                                        absl::Time now) {
  int64_t claimed = 0;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(claimed, tx.ExecCount(kClaim, name, seen, now));
    return absl::OkStatus();
  }));
  return claimed > 0;
}

absl::Status SourceStore::Note(const std::string& name,
                               const SourceProgress& progress,
                               const absl::optional<RevocationData>& data) {
  return pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(
        const int64_t noted,
        tx.ExecCount(kNote, name, progress.fetched_at, progress.current_until,
                     progress.error, progress.etag));
    // It was removed meanwhile.
    if (noted == 0 || !data.has_value()) return absl::OkStatus();
    OTRP_RETURN_IF_ERROR(tx.Exec(kGrow).status());
    OTRP_RETURN_IF_ERROR(tx.Exec(kPutData, data->name, WordOf(data->kind),
                                 store::Bytes(data->der), data->added_at)
                             .status());
    return tx.Exec(kRemoveOldest, DataNameOf(name) + ":", kMaxAnswersOfSource)
        .status();
  });
}

}  // namespace verifier
}  // namespace otrp
