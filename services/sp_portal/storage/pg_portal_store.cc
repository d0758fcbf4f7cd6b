#include "services/sp_portal/storage/pg_portal_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/status_macros.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace {

using store::Bytes;
using store::BytesOut;
using store::Row;
using store::Rows;
using store::Tx;

std::string SortKey(const Version& version) {
  return absl::StrCat("{", absl::StrJoin(version.numbers(), ","), "}");
}

constexpr char kVersionColumns[] =
    "spid, taid, version, format, image_sha256, image_bytes, pdata_sha256, "
    "signer_fingerprint, pushed_at";

absl::Status ReadVersion(const Row& row, AppVersion* v) {
  return row.Scan(&v->spid, &v->taid, &v->version, &v->format,
                  BytesOut(&v->image_sha256), &v->image_bytes,
                  BytesOut(&v->pdata_sha256), BytesOut(&v->signer_fingerprint),
                  &v->pushed_at);
}

// Adds the certificates to SPs that are sorted by spid.
absl::Status AddCertificates(const Rows& rows, std::vector<Sp>* sps) {
  size_t at = 0;
  for (Row row : rows) {
    std::string spid;
    SpCertificate c;
    OTRP_RETURN_IF_ERROR(row.Scan(&spid, BytesOut(&c.fingerprint), &c.serial,
                                  BytesOut(&c.der), &c.not_after,
                                  &c.enrolled_at, &c.current));
    while (at < sps->size() && (*sps)[at].spid != spid) ++at;
    if (at == sps->size()) {
      return absl::InternalError("certificates and SPs are out of step");
    }
    (*sps)[at].certificates.push_back(std::move(c));
  }
  return absl::OkStatus();
}

// Locks the row: changes of one application follow one another, and so do
// their messages.
absl::Status LockApp(Tx& tx, const std::string& spid, const std::string& taid) {
  OTRP_ASSIGN_OR_RETURN(
      Rows rows,
      tx.Exec("SELECT 1 FROM app WHERE spid = $1 AND taid = $2 FOR UPDATE",
              spid, taid));
  return rows.empty() ? errors::AppNotFound(taid) : absl::OkStatus();
}

// The newest message about `key` that isn't delivered yet; 0: none.
absl::StatusOr<int64_t> PendingMessage(Tx& tx, const std::string& key) {
  OTRP_ASSIGN_OR_RETURN(
      Row row, tx.Exec1("SELECT coalesce(max(id), 0) FROM outbox WHERE "
                        "delivered_at IS NULL AND key = $1",
                        key));
  int64_t id;
  OTRP_RETURN_IF_ERROR(row.Scan(&id));
  return id;
}

absl::Status Record(Tx& tx, const store::OutboxMessage& message,
                    const store::AuditEvent& audit, Change* change) {
  OTRP_ASSIGN_OR_RETURN(change->message, store::Enqueue(tx, message));
  OTRP_RETURN_IF_ERROR(store::AppendAudit(tx, audit));
  change->changed = true;
  return absl::OkStatus();
}

absl::Status Unchanged(Tx& tx, const std::string& key, Change* change) {
  change->changed = false;
  OTRP_ASSIGN_OR_RETURN(change->message, PendingMessage(tx, key));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Change> PgPortalStore::CreateSp(const Sp& sp,
                                               const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_ASSIGN_OR_RETURN(
        const int64_t inserted,
        tx.ExecCount("INSERT INTO sp (spid, name, created_at) VALUES ($1, $2, "
                     "$3) ON CONFLICT DO NOTHING",
                     sp.spid, sp.name, sp.created_at));
    if (inserted == 1) {
      change.changed = true;
      return store::AppendAudit(tx, audit);
    }
    OTRP_ASSIGN_OR_RETURN(
        Row row, tx.Exec1("SELECT name FROM sp WHERE spid = $1", sp.spid));
    std::string name;
    OTRP_RETURN_IF_ERROR(row.Scan(&name));
    return name == sp.name ? absl::OkStatus() : errors::SpExists(sp.spid);
  }));
  return change;
}

absl::StatusOr<Sp> PgPortalStore::GetSp(const std::string& spid) {
  OTRP_ASSIGN_OR_RETURN(std::vector<Sp> sps, ListSps(spid, "", 1));
  if (sps.empty()) return errors::SpNotFound(spid);
  return std::move(sps[0]);
}

absl::StatusOr<std::vector<Sp>> PgPortalStore::ListSps(
    const std::string& only_spid, const std::string& after, int limit) {
  std::vector<Sp> sps;
  // One snapshot for both statements.
  const store::TxOptions options{store::Isolation::kRepeatableRead, true};
  OTRP_RETURN_IF_ERROR(pool_.Run(
      [&](Tx& tx) -> absl::Status {
        sps.clear();
        OTRP_ASSIGN_OR_RETURN(
            Rows rows,
            tx.Exec("SELECT spid, name, created_at FROM sp WHERE spid COLLATE "
                    "\"C\" > $1 AND ($2::text = '' OR spid = $2) ORDER BY "
                    "spid COLLATE \"C\" LIMIT $3",
                    after, only_spid, limit));
        std::vector<std::string> spids;
        for (Row row : rows) {
          Sp sp;
          OTRP_RETURN_IF_ERROR(row.Scan(&sp.spid, &sp.name, &sp.created_at));
          spids.push_back(sp.spid);
          sps.push_back(std::move(sp));
        }
        OTRP_ASSIGN_OR_RETURN(
            Rows certificates,
            tx.Exec("SELECT spid, fingerprint, serial, der, not_after, "
                    "enrolled_at, is_current FROM sp_certificate WHERE spid = "
                    "ANY($1::text[]) ORDER BY spid COLLATE \"C\", enrolled_at "
                    "DESC, fingerprint",
                    store::TextArray(spids)));
        return AddCertificates(certificates, &sps);
      },
      options));
  return sps;
}

absl::StatusOr<Change> PgPortalStore::AddCertificate(
    const std::string& spid, const SpCertificate& certificate,
    const store::OutboxMessage& message, const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_ASSIGN_OR_RETURN(
        Rows sp, tx.Exec("SELECT 1 FROM sp WHERE spid = $1 FOR UPDATE", spid));
    if (sp.empty()) return errors::SpNotFound(spid);
    OTRP_ASSIGN_OR_RETURN(Rows there,
                          tx.Exec("SELECT spid FROM sp_certificate WHERE "
                                  "fingerprint = $1",
                                  Bytes(certificate.fingerprint)));
    if (!there.empty()) {
      std::string owner;
      OTRP_RETURN_IF_ERROR(there[0].Scan(&owner));
      if (owner != spid) return errors::CertificateOfAnother();
      return Unchanged(tx, message.key, &change);
    }
    OTRP_ASSIGN_OR_RETURN(
        Row row,
        tx.Exec1("SELECT count(*) FROM sp_certificate WHERE spid = $1", spid));
    int64_t count;
    OTRP_RETURN_IF_ERROR(row.Scan(&count));
    if (count >= kMaxCertificatesPerSp) return errors::TooManyCertificates();
    OTRP_RETURN_IF_ERROR(
        tx.Exec("UPDATE sp_certificate SET is_current = false WHERE spid = $1 "
                "AND is_current",
                spid)
            .status());
    OTRP_RETURN_IF_ERROR(
        tx.Exec("INSERT INTO sp_certificate (spid, fingerprint, serial, der, "
                "issuers, not_after, enrolled_at, is_current) VALUES ($1, $2, "
                "$3, $4, $5::bytea[], $6, $7, true)",
                spid, Bytes(certificate.fingerprint), certificate.serial,
                Bytes(certificate.der), store::BytesArray(certificate.issuers),
                certificate.not_after, certificate.enrolled_at)
            .status());
    return Record(tx, message, audit, &change);
  }));
  return change;
}

absl::StatusOr<Change> PgPortalStore::AddVersion(
    const AppVersion& version, const Version& order, const Image& image,
    const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_RETURN_IF_ERROR(tx.Exec("INSERT INTO app (spid, taid) VALUES ($1, $2)"
                                 " ON CONFLICT DO NOTHING",
                                 version.spid, version.taid)
                             .status());
    OTRP_RETURN_IF_ERROR(LockApp(tx, version.spid, version.taid));
    OTRP_ASSIGN_OR_RETURN(
        Rows there,
        tx.Exec(absl::StrCat("SELECT ", kVersionColumns,
                             " FROM app_version WHERE spid = $1 AND taid = $2 "
                             "AND sort_key = $3::bigint[]"),
                version.spid, version.taid, SortKey(order)));
    if (!there.empty()) {
      AppVersion old;
      OTRP_RETURN_IF_ERROR(ReadVersion(there[0], &old));
      const bool same = old.version == version.version &&
                        old.format == version.format &&
                        old.image_sha256 == version.image_sha256 &&
                        old.pdata_sha256 == version.pdata_sha256;
      return same ? absl::OkStatus() : errors::VersionTaken(old.version);
    }
    OTRP_RETURN_IF_ERROR(
        tx.Exec("INSERT INTO app_version (spid, taid, version, sort_key, "
                "format, image_sha256, image_bytes, pdata_sha256, "
                "signer_fingerprint, pushed_at) VALUES ($1, $2, $3, "
                "$4::bigint[], $5, $6, $7, $8, $9, $10)",
                version.spid, version.taid, version.version, SortKey(order),
                version.format, Bytes(version.image_sha256),
                version.image_bytes, Bytes(version.pdata_sha256),
                Bytes(version.signer_fingerprint), version.pushed_at)
            .status());
    OTRP_RETURN_IF_ERROR(
        tx.Exec("INSERT INTO app_image (spid, taid, version, image, "
                "personalization_data) VALUES ($1, $2, $3, $4, $5)",
                version.spid, version.taid, version.version, Bytes(image.image),
                Bytes(image.personalization_data))
            .status());
    change.changed = true;
    return store::AppendAudit(tx, audit);
  }));
  return change;
}

absl::StatusOr<AppVersion> PgPortalStore::GetVersion(
    const std::string& spid, const std::string& taid,
    const std::string& version) {
  OTRP_ASSIGN_OR_RETURN(
      Rows rows,
      pool_.Query(absl::StrCat("SELECT ", kVersionColumns,
                               " FROM app_version WHERE spid = $1 AND taid = "
                               "$2 AND version = $3"),
                  spid, taid, version));
  if (!rows.empty()) {
    AppVersion found;
    OTRP_RETURN_IF_ERROR(ReadVersion(rows[0], &found));
    return found;
  }
  OTRP_ASSIGN_OR_RETURN(
      Rows app, pool_.Query("SELECT 1 FROM app WHERE spid = $1 AND taid = $2",
                            spid, taid));
  return app.empty() ? errors::AppNotFound(taid)
                     : errors::VersionNotFound(version);
}

absl::StatusOr<Image> PgPortalStore::GetImage(const std::string& spid,
                                              const std::string& taid,
                                              const std::string& version) {
  OTRP_ASSIGN_OR_RETURN(
      Rows rows,
      pool_.Query("SELECT image, personalization_data FROM app_image WHERE "
                  "spid = $1 AND taid = $2 AND version = $3",
                  spid, taid, version));
  if (rows.empty()) return errors::VersionNotFound(version);
  Image image;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(BytesOut(&image.image),
                                    BytesOut(&image.personalization_data)));
  return image;
}

absl::StatusOr<Change> PgPortalStore::Release(
    const std::string& spid, const std::string& taid, const Version& version,
    const store::OutboxMessage& message, const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_RETURN_IF_ERROR(LockApp(tx, spid, taid));
    OTRP_ASSIGN_OR_RETURN(
        Row row,
        tx.Exec1("SELECT coalesce(a.released_version, ''), "
                 "coalesce(a.highest_released > $3::bigint[], false), "
                 "coalesce(array_to_string(a.highest_released, '.'), ''), "
                 "EXISTS (SELECT 1 FROM app_version v WHERE v.spid = $1 AND "
                 "v.taid = $2 AND v.version = $4) FROM app a WHERE a.spid = "
                 "$1 AND a.taid = $2",
                 spid, taid, SortKey(version), version.text()));
    std::string released;
    bool lower;
    std::string highest;
    bool pushed;
    OTRP_RETURN_IF_ERROR(row.Scan(&released, &lower, &highest, &pushed));
    if (!pushed) return errors::VersionNotFound(version.text());
    if (lower) return errors::VersionLower(version.text(), highest);
    if (released == version.text()) return Unchanged(tx, message.key, &change);
    OTRP_RETURN_IF_ERROR(
        tx.Exec("UPDATE app SET released_version = $3, highest_released = "
                "$4::bigint[], withdrawn = false WHERE spid = $1 AND taid = "
                "$2",
                spid, taid, version.text(), SortKey(version))
            .status());
    return Record(tx, message, audit, &change);
  }));
  return change;
}

absl::StatusOr<Change> PgPortalStore::Withdraw(
    const std::string& spid, const std::string& taid,
    const store::OutboxMessage& message, const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_RETURN_IF_ERROR(LockApp(tx, spid, taid));
    OTRP_ASSIGN_OR_RETURN(
        const int64_t updated,
        tx.ExecCount("UPDATE app SET released_version = NULL, withdrawn = "
                     "true WHERE spid = $1 AND taid = $2 AND NOT withdrawn",
                     spid, taid));
    if (updated == 0) return Unchanged(tx, message.key, &change);
    return Record(tx, message, audit, &change);
  }));
  return change;
}

absl::StatusOr<std::vector<App>> PgPortalStore::ListApps(
    const std::string& only_spid, const std::string& after_spid,
    const std::string& after_taid, int limit) {
  std::vector<App> apps;
  const store::TxOptions options{store::Isolation::kRepeatableRead, true};
  OTRP_RETURN_IF_ERROR(pool_.Run(
      [&](Tx& tx) -> absl::Status {
        apps.clear();
        OTRP_ASSIGN_OR_RETURN(
            Rows rows,
            tx.Exec("SELECT spid, taid, coalesce(released_version, ''), "
                    "withdrawn FROM app WHERE (spid COLLATE \"C\", taid "
                    "COLLATE \"C\") > ($1::text, $2::text) AND ($3::text = '' "
                    "OR spid = $3) ORDER BY spid COLLATE \"C\", taid COLLATE "
                    "\"C\" LIMIT $4",
                    after_spid, after_taid, only_spid, limit));
        std::vector<std::string> spids;
        std::vector<std::string> taids;
        for (Row row : rows) {
          App app;
          OTRP_RETURN_IF_ERROR(row.Scan(&app.spid, &app.taid,
                                        &app.released_version, &app.withdrawn));
          spids.push_back(app.spid);
          taids.push_back(app.taid);
          apps.push_back(std::move(app));
        }
        OTRP_ASSIGN_OR_RETURN(
            Rows versions,
            tx.Exec(absl::StrCat(
                        "SELECT ", kVersionColumns,
                        " FROM app_version WHERE (spid, taid) IN (SELECT * "
                        "FROM unnest($1::text[], $2::text[])) ORDER BY spid "
                        "COLLATE \"C\", taid COLLATE \"C\", sort_key"),
                    store::TextArray(spids), store::TextArray(taids)));
        size_t at = 0;
        for (Row row : versions) {
          AppVersion v;
          OTRP_RETURN_IF_ERROR(ReadVersion(row, &v));
          while (at < apps.size() &&
                 (apps[at].spid != v.spid || apps[at].taid != v.taid)) {
            ++at;
          }
          if (at == apps.size()) {
            return absl::InternalError("versions and apps are out of step");
          }
          apps[at].versions.push_back(std::move(v));
        }
        return absl::OkStatus();
      },
      options));
  return apps;
}

absl::StatusOr<Change> PgPortalStore::Assign(
    const Assignment& assignment, const store::OutboxMessage& message,
    const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_RETURN_IF_ERROR(LockApp(tx, assignment.spid, assignment.taid));
    OTRP_ASSIGN_OR_RETURN(
        const int64_t inserted,
        tx.ExecCount("INSERT INTO assignment (spid, taid, kind, target, "
                     "assigned_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO "
                     "NOTHING",
                     assignment.spid, assignment.taid, assignment.kind,
                     assignment.target, assignment.assigned_at));
    if (inserted == 0) return Unchanged(tx, message.key, &change);
    return Record(tx, message, audit, &change);
  }));
  return change;
}

absl::StatusOr<Change> PgPortalStore::Unassign(
    const Assignment& assignment, const store::OutboxMessage& message,
    const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_RETURN_IF_ERROR(LockApp(tx, assignment.spid, assignment.taid));
    OTRP_ASSIGN_OR_RETURN(
        const int64_t deleted,
        tx.ExecCount("DELETE FROM assignment WHERE spid = $1 AND taid = $2 "
                     "AND kind = $3 AND target = $4",
                     assignment.spid, assignment.taid, assignment.kind,
                     assignment.target));
    if (deleted == 0) return Unchanged(tx, message.key, &change);
    return Record(tx, message, audit, &change);
  }));
  return change;
}

absl::StatusOr<std::vector<Assignment>> PgPortalStore::ListAssignments(
    const std::string& only_spid, int64_t after, int limit) {
  OTRP_ASSIGN_OR_RETURN(
      Rows rows,
      pool_.Query("SELECT id, spid, taid, kind, target, assigned_at FROM "
                  "assignment WHERE id > $1 AND ($2::text = '' OR spid = $2) "
                  "ORDER BY id LIMIT $3",
                  after, only_spid, limit));
  std::vector<Assignment> assignments;
  for (Row row : rows) {
    Assignment a;
    OTRP_RETURN_IF_ERROR(
        row.Scan(&a.id, &a.spid, &a.taid, &a.kind, &a.target, &a.assigned_at));
    assignments.push_back(std::move(a));
  }
  return assignments;
}

}  // namespace portal
}  // namespace otrp
