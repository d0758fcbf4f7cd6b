#include "services/ca/storage/pg_ca_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/base/status_macros.h"
#include "services/ca/errors.h"

namespace otrp {
namespace ca {
namespace {

using store::Bytes;
using store::BytesOut;
using store::Row;
using store::Rows;
using store::Tx;

constexpr char kCertificateColumns[] =
    "serial, profile, authority, subject, san_uris, not_before, not_after, "
    "status, reason, revoked_at, coalesce(der, ''::bytea), "
    "coalesce(request_id, ''), request_sha256";

absl::StatusOr<CertificateRow> ReadCertificate(const Row& row) {
  CertificateRow c;
  std::string uris;
  OTRP_RETURN_IF_ERROR(row.Scan(&c.serial, &c.profile, &c.authority, &c.subject,
                                &uris, &c.not_before, &c.not_after, &c.status,
                                &c.reason, &c.revoked_at, BytesOut(&c.der),
                                &c.request_id, BytesOut(&c.request_sha256)));
  c.san_uris = absl::StrSplit(uris, '\n', absl::SkipEmpty());
  return c;
}

absl::StatusOr<int64_t> Insert(Tx& tx, const CertificateRow& c) {
  return tx.ExecCount(
      "INSERT INTO certificate (serial, profile, authority, subject, "
      "san_uris, not_before, not_after, status, der, request_id, "
      "request_sha256) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
      "nullif($9::bytea, ''), nullif($10, ''), $11) ON CONFLICT DO NOTHING",
      c.serial, c.profile, c.authority, c.subject,
      absl::StrJoin(c.san_uris, "\n"), c.not_before, c.not_after, c.status,
      Bytes(c.der), c.request_id, Bytes(c.request_sha256));
}

absl::Status BumpAnchorVersion(Tx& tx) {
  return tx.Exec("UPDATE trust_anchor_version SET version = version + 1")
      .status();
}

}  // namespace

absl::StatusOr<bool> PgCaStore::AddAuthority(const AuthorityRow& authority,
                                             const CertificateRow& certificate,
                                             const store::AuditEvent& audit) {
  bool added = false;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    added = false;
    OTRP_ASSIGN_OR_RETURN(
        const int64_t inserted,
        tx.ExecCount("INSERT INTO authority (name, role, is_root, issuer, "
                     "key_type, certificate, sealed_key) VALUES ($1, $2, $3, "
                     "$4, $5, $6, $7) ON CONFLICT DO NOTHING",
                     authority.name, authority.role, authority.is_root,
                     authority.issuer, authority.key_type,
                     Bytes(authority.certificate_der),
                     Bytes(authority.sealed_key)));
    if (inserted == 0) return absl::OkStatus();
    OTRP_RETURN_IF_ERROR(Insert(tx, certificate).status());
    added = true;
    return store::AppendAudit(tx, audit);
  }));
  return added;
}

absl::StatusOr<std::vector<AuthorityRow>> PgCaStore::ListAuthorities() {
  OTRP_ASSIGN_OR_RETURN(
      const Rows rows,
      pool_.Query("SELECT name, role, is_root, issuer, key_type, certificate, "
                  "sealed_key FROM authority ORDER BY name COLLATE \"C\""));
  std::vector<AuthorityRow> authorities;
  for (Row row : rows) {
    AuthorityRow a;
    OTRP_RETURN_IF_ERROR(row.Scan(&a.name, &a.role, &a.is_root, &a.issuer,
                                  &a.key_type, BytesOut(&a.certificate_der),
                                  BytesOut(&a.sealed_key)));
    authorities.push_back(std::move(a));
  }
  return authorities;
}

absl::StatusOr<absl::optional<CertificateRow>> PgCaStore::FindRequest(
    const std::string& request_id) {
  OTRP_ASSIGN_OR_RETURN(
      const Rows rows,
      pool_.Query(absl::StrCat("SELECT ", kCertificateColumns,
                               " FROM certificate WHERE request_id = $1"),
                  request_id));
  if (rows.empty()) return absl::optional<CertificateRow>();
  OTRP_ASSIGN_OR_RETURN(CertificateRow row, ReadCertificate(rows[0]));
  return absl::optional<CertificateRow>(std::move(row));
}

absl::Status PgCaStore::RecordIntent(const CertificateRow& intent,
                                     const absl::optional<TsmIdClaim>& claim) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    if (claim.has_value()) {
      OTRP_RETURN_IF_ERROR(
          tx.Exec("INSERT INTO tsm_id (uri, holder) VALUES ($1, $2) ON "
                  "CONFLICT DO NOTHING",
                  claim->uri, claim->holder)
              .status());
      OTRP_ASSIGN_OR_RETURN(
          const Row row,
          tx.Exec1("SELECT holder FROM tsm_id WHERE uri = $1", claim->uri));
      std::string holder;
      OTRP_RETURN_IF_ERROR(row.Scan(&holder));
      if (holder != claim->holder && !claim->any_holder) {
        return errors::TsmIdTaken(claim->uri);
      }
    }
    OTRP_ASSIGN_OR_RETURN(const int64_t inserted, Insert(tx, intent));
    return inserted == 1 ? absl::OkStatus() : errors::RequestRunning();
  });
}

absl::Status PgCaStore::RecordIssued(const std::string& serial,
                                     const std::string& der,
                                     const store::AuditEvent& audit) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(
        const int64_t updated,
        tx.ExecCount("UPDATE certificate SET status = 'issued', der = $2 "
                     "WHERE serial = $1 AND status = 'intended'",
                     serial, Bytes(der)));
    if (updated != 1) {
      return errors::IntentGone();
    }
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<CertificateRow> PgCaStore::GetCertificate(
    const std::string& serial) {
  OTRP_ASSIGN_OR_RETURN(
      const Rows rows,
      pool_.Query(absl::StrCat("SELECT ", kCertificateColumns,
                               " FROM certificate WHERE serial = $1"),
                  serial));
  if (rows.empty()) return errors::CertificateNotFound(serial);
  return ReadCertificate(rows[0]);
}

absl::StatusOr<std::vector<CertificateRow>> PgCaStore::ListCertificates(
    const std::string& profile, const std::string& after, int limit) {
  OTRP_ASSIGN_OR_RETURN(
      const Rows rows,
      pool_.Query(absl::StrCat("SELECT ", kCertificateColumns,
                               " FROM certificate WHERE serial COLLATE \"C\" "
                               "> $1 AND ($2::text = '' OR profile = $2) "
                               "ORDER BY serial COLLATE \"C\" LIMIT $3"),
                  after, profile, limit));
  std::vector<CertificateRow> certificates;
  for (Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(CertificateRow c, ReadCertificate(row));
    certificates.push_back(std::move(c));
  }
  return certificates;
}

absl::StatusOr<CertificateRow> PgCaStore::Revoke(const std::string& serial,
                                                 int reason, absl::Time at,
                                                 const store::AuditEvent& audit,
                                                 bool* changed) {
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    *changed = false;
    OTRP_ASSIGN_OR_RETURN(
        const int64_t updated,
        tx.ExecCount("UPDATE certificate SET status = 'revoked', reason = $2, "
                     "revoked_at = $3 WHERE serial = $1 AND status <> "
                     "'revoked'",
                     serial, reason, at));
    if (updated == 0) return absl::OkStatus();
    *changed = true;
    return store::AppendAudit(tx, audit);
  }));
  return GetCertificate(serial);
}

absl::Status PgCaStore::ReplaceCrl(const std::string& authority, SignCrl sign) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    // One at a time for an authority: numbers only grow, and no list is made
    // from less than the one before.
    OTRP_RETURN_IF_ERROR(
        tx.Exec("SELECT pg_advisory_xact_lock(hashtextextended('crl ' || $1, "
                "0))",
                authority)
            .status());
    OTRP_ASSIGN_OR_RETURN(
        const Row number_row,
        tx.Exec1("SELECT coalesce(max(number), 0) + 1 FROM crl WHERE "
                 "authority = $1",
                 authority));
    int64_t number = 0;
    OTRP_RETURN_IF_ERROR(number_row.Scan(&number));
    OTRP_ASSIGN_OR_RETURN(
        const Rows rows,
        tx.Exec("SELECT serial, revoked_at, reason FROM certificate WHERE "
                "authority = $1 AND status = 'revoked' ORDER BY serial "
                "COLLATE \"C\"",
                authority));
    std::vector<crypto::RevokedEntry> revoked;
    for (Row row : rows) {
      crypto::RevokedEntry entry;
      OTRP_RETURN_IF_ERROR(
          row.Scan(&entry.serial, &entry.revoked_at, &entry.reason));
      revoked.push_back(std::move(entry));
    }
    OTRP_ASSIGN_OR_RETURN(const CrlRow crl, sign(number, revoked));
    return tx
        .Exec(
            "INSERT INTO crl (authority, number, der, this_update, "
            "next_update, revoked) VALUES ($1, $2, $3, $4, $5, $6) ON "
            "CONFLICT (authority) DO UPDATE SET number = $2, der = $3, "
            "this_update = $4, next_update = $5, revoked = $6",
            authority, number, Bytes(crl.der), crl.this_update, crl.next_update,
            static_cast<int64_t>(revoked.size()))
        .status();
  });
}

absl::StatusOr<CrlRow> PgCaStore::GetCrl(const std::string& authority) {
  OTRP_ASSIGN_OR_RETURN(
      const Rows rows,
      pool_.Query("SELECT number, der, this_update, next_update FROM crl "
                  "WHERE authority = $1",
                  authority));
  if (rows.empty()) return errors::AuthorityNotFound(authority);
  CrlRow crl;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(&crl.number, BytesOut(&crl.der),
                                    &crl.this_update, &crl.next_update));
  return crl;
}

absl::StatusOr<std::vector<std::string>> PgCaStore::StaleCrls(
    absl::Time horizon) {
  OTRP_ASSIGN_OR_RETURN(
      const Rows rows,
      pool_.Query("SELECT a.name FROM authority a LEFT JOIN crl c ON "
                  "c.authority = a.name WHERE c.number IS NULL OR "
                  "c.next_update < $1 OR c.revoked <> (SELECT count(*) FROM "
                  "certificate x WHERE x.authority = a.name AND x.status = "
                  "'revoked') ORDER BY a.name COLLATE \"C\"",
                  horizon));
  std::vector<std::string> names;
  for (Row row : rows) {
    std::string name;
    OTRP_RETURN_IF_ERROR(row.Scan(&name));
    names.push_back(std::move(name));
  }
  return names;
}

absl::StatusOr<AnchorRow> PgCaStore::AddAnchor(const AnchorRow& anchor,
                                               const store::AuditEvent& audit,
                                               bool* added) {
  AnchorRow stored;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    *added = false;
    stored = anchor;
    OTRP_ASSIGN_OR_RETURN(
        const int64_t inserted,
        tx.ExecCount("INSERT INTO trust_anchor (role, name, certificate, "
                     "added_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO "
                     "NOTHING",
                     anchor.role, anchor.name, Bytes(anchor.certificate_der),
                     anchor.added_at));
    if (inserted == 1) {
      *added = true;
      OTRP_RETURN_IF_ERROR(BumpAnchorVersion(tx));
      return store::AppendAudit(tx, audit);
    }
    OTRP_ASSIGN_OR_RETURN(
        const Row row,
        tx.Exec1("SELECT certificate, added_at FROM trust_anchor WHERE role = "
                 "$1 AND name = $2",
                 anchor.role, anchor.name));
    OTRP_RETURN_IF_ERROR(
        row.Scan(BytesOut(&stored.certificate_der), &stored.added_at));
    return stored.certificate_der == anchor.certificate_der
               ? absl::OkStatus()
               : errors::AnchorNameTaken(anchor.name);
  }));
  return stored;
}

absl::Status PgCaStore::RemoveAnchor(const std::string& role,
                                     const std::string& name,
                                     const store::AuditEvent& audit) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(
        const int64_t removed,
        tx.ExecCount("DELETE FROM trust_anchor WHERE role = $1 AND name = $2",
                     role, name));
    if (removed == 0) return errors::AnchorNotFound(name);
    OTRP_RETURN_IF_ERROR(BumpAnchorVersion(tx));
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<AnchorList> PgCaStore::ListAnchors(const std::string& role) {
  AnchorList list;
  const store::TxOptions snapshot{store::Isolation::kRepeatableRead, true};
  OTRP_RETURN_IF_ERROR(pool_.Run(
      [&](Tx& tx) -> absl::Status {
        list = AnchorList();
        OTRP_ASSIGN_OR_RETURN(
            const Row version,
            tx.Exec1("SELECT version FROM trust_anchor_version"));
        OTRP_RETURN_IF_ERROR(version.Scan(&list.version));
        OTRP_ASSIGN_OR_RETURN(
            const Rows rows,
            tx.Exec("SELECT role, name, certificate, added_at FROM "
                    "trust_anchor WHERE $1::text = '' OR role = $1 ORDER BY "
                    "role, name COLLATE \"C\"",
                    role));
        for (Row row : rows) {
          AnchorRow a;
          OTRP_RETURN_IF_ERROR(row.Scan(
              &a.role, &a.name, BytesOut(&a.certificate_der), &a.added_at));
          list.anchors.push_back(std::move(a));
        }
        return absl::OkStatus();
      },
      snapshot));
  return list;
}

}  // namespace ca
}  // namespace otrp
