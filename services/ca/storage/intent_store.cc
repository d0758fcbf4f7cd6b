#include "services/ca/storage/intent_store.h"

#include <utility>

#include "absl/strings/str_split.h"
#include "libs/base/status_macros.h"

namespace otrp {
namespace ca {

using store::Bytes;
using store::BytesOut;
using store::Row;
using store::Rows;
using store::Tx;

absl::StatusOr<int> IntentStore::RevokeIntents(absl::Time before,
                                               const Revoked& revoked,
                                               int limit, AuditOne audit) {
  int count = 0;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(
        const Rows rows,
        tx.Exec(R"sql(
        WITH oldest AS MATERIALIZED (
          SELECT serial
          FROM certificate
          WHERE status = 'intended' AND not_before < $1
          ORDER BY not_before
          LIMIT $4
          FOR UPDATE SKIP LOCKED)
        UPDATE certificate
        SET status = 'revoked', reason = $2, revoked_at = $3
        FROM oldest
        WHERE certificate.serial = oldest.serial
        RETURNING certificate.serial, certificate.authority)sql",
                before, RfcNumber(revoked.reason), revoked.at, limit));
    count = static_cast<int>(rows.size());
    for (Row row : rows) {
      std::string serial;
      std::string authority;
      OTRP_RETURN_IF_ERROR(row.Scan(&serial, &authority));
      OTRP_RETURN_IF_ERROR(store::AppendAudit(tx, audit(serial, authority)));
    }
    return absl::OkStatus();
  }));
  return count;
}

absl::StatusOr<int64_t> IntentStore::CountIntents() {
  OTRP_ASSIGN_OR_RETURN(const Rows rows, pool_.Query(R"sql(
      SELECT count(*) FROM certificate WHERE status = 'intended')sql"));
  int64_t count = 0;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(&count));
  return count;
}

absl::StatusOr<std::vector<CertificateRecord>> IntentStore::ListWithoutKey(
    int limit) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows, pool_.Query(R"sql(
      SELECT serial, profile, subject, san_uris, der
      FROM certificate
      WHERE spki_sha256 IS NULL AND der IS NOT NULL
      ORDER BY serial
      LIMIT $1)sql",
                                                     limit));
  std::vector<CertificateRecord> found;
  for (Row row : rows) {
    CertificateRecord c;
    std::string profile;
    std::string uris;
    OTRP_RETURN_IF_ERROR(
        row.Scan(&c.serial, &profile, &c.subject, &uris, BytesOut(&c.der)));
    const pki::Profile* known = pki::FindProfile(profile);
    if (known != nullptr) c.profile = known->role;
    c.own = OwnCertificateFromWord(profile);
    c.san_uris = absl::StrSplit(uris, '\n', absl::SkipEmpty());
    found.push_back(std::move(c));
  }
  return found;
}

absl::Status IntentStore::NoteKeys(const std::vector<KeyNote>& notes) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    for (const KeyNote& note : notes) {
      OTRP_RETURN_IF_ERROR(
          tx.Exec("UPDATE certificate SET spki_sha256 = $2 WHERE serial = $1",
                  note.serial, Bytes(note.spki_sha256))
              .status());
      if (note.owner.empty()) continue;
      OTRP_RETURN_IF_ERROR(tx.Exec(R"sql(
          INSERT INTO key_owner (spki_sha256, profile, owner)
          VALUES ($1, $2, $3)
          ON CONFLICT DO NOTHING)sql",
                                   Bytes(note.spki_sha256), note.profile,
                                   note.owner)
                               .status());
    }
    return absl::OkStatus();
  });
}

}  // namespace ca
}  // namespace otrp
