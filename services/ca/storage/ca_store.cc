#include "services/ca/storage/ca_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/base/status_macros.h"
#include "services/ca/errors.h"
#include "services/ca/storage/hold_issuing.h"
#include "services/ca/storage/usage.h"

namespace otrp {
namespace ca {
namespace {

using store::Bytes;
using store::BytesOut;
using store::Row;
using store::Rows;
using store::Tx;

// The reason column while a certificate isn't revoked.
constexpr int kNoReason = -1;

absl::optional<pki::Role> RoleFromWord(absl::string_view word) {
  const pki::Profile* profile = pki::FindProfile(word);
  if (profile == nullptr) return absl::nullopt;
  return profile->role;
}

// "" for none, which no row has.
absl::string_view WordOf(absl::optional<pki::Role> role) {
  return role.has_value() ? pki::RoleName(*role) : absl::string_view();
}

// The profile column.
absl::string_view ProfileWord(absl::optional<pki::Role> profile,
                              absl::optional<OwnCertificate> own) {
  return own.has_value() ? OwnCertificateWord(*own) : WordOf(profile);
}

absl::StatusOr<CertificateRecord> ReadCertificate(const Row& row) {
  CertificateRecord c;
  std::string profile, uris, state;
  int reason = kNoReason;
  absl::optional<absl::Time> revoked_at;
  OTRP_RETURN_IF_ERROR(row.Scan(
      &c.serial, &profile, &c.authority, &c.subject, &uris, &c.not_before,
      &c.not_after, &state, &reason, &revoked_at, BytesOut(&c.der),
      &c.request_id, BytesOut(&c.request_sha256), BytesOut(&c.spki_sha256),
      BytesOut(&c.tbs_sha256), &c.crl_shard));
  c.profile = RoleFromWord(profile);
  c.own = OwnCertificateFromWord(profile);
  c.san_uris = absl::StrSplit(uris, '\n', absl::SkipEmpty());
  const absl::optional<CertificateState> known = StateFromWord(state);
  if (!known.has_value()) {
    return absl::InternalError("a certificate's status has an unknown word");
  }
  c.state = *known;
  if (revoked_at.has_value()) {
    c.revoked = Revoked{static_cast<RevocationReason>(reason), *revoked_at};
  }
  return c;
}

// `csr_der`: empty where nothing is to be signed any more.
absl::StatusOr<int64_t> Insert(Tx& tx, const CertificateRecord& c,
                               const std::string& csr_der = "") {
  return tx.ExecCount(
      R"sql(
      INSERT INTO certificate (serial, profile, authority, subject, san_uris,
                               not_before, not_after, status, der, request_id,
                               request_sha256, spki_sha256, tbs_sha256, csr,
                               first_serial, crl_shard)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, nullif($9::bytea, ''),
              nullif($10, ''), $11, nullif($12::bytea, ''),
              nullif($13::bytea, ''), nullif($14::bytea, ''),
              nullif($15, ''), $16)
      ON CONFLICT DO NOTHING)sql",
      c.serial, ProfileWord(c.profile, c.own), c.authority, c.subject,
      absl::StrJoin(c.san_uris, "\n"), c.not_before, c.not_after,
      StateWord(c.state), Bytes(c.der), c.request_id, Bytes(c.request_sha256),
      Bytes(c.spki_sha256), Bytes(c.tbs_sha256), Bytes(csr_der), c.first_serial,
      c.crl_shard);
}

// OK where the id is registered and the asker's. It stays so until the end of
// the transaction.
absl::Status Claim(Tx& tx, const TsmIdClaim& claim) {
  OTRP_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Exec("SELECT holder FROM tsm_id WHERE uri = $1 FOR SHARE", claim.uri));
  if (rows.empty()) return errors::TsmIdUnregistered(claim.uri);
  std::string holder;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(&holder));
  return holder == claim.asker ? absl::OkStatus()
                               : errors::TsmIdTaken(claim.uri, holder);
}

// Whose the key is now among the profile's: the one who had it first.
absl::StatusOr<std::string> OwnKey(Tx& tx, const std::string& spki_sha256,
                                   absl::string_view profile,
                                   const std::string& owner) {
  OTRP_ASSIGN_OR_RETURN(const Row row,
                        tx.Exec1(R"sql(
      INSERT INTO key_owner (spki_sha256, profile, owner) VALUES ($1, $2, $3)
      ON CONFLICT (spki_sha256, profile) DO UPDATE SET owner = key_owner.owner
      RETURNING owner)sql",
                                 Bytes(spki_sha256), profile, owner));
  std::string owns;
  OTRP_RETURN_IF_ERROR(row.Scan(&owns));
  return owns;
}

absl::StatusOr<std::vector<crypto::RevokedEntry>> RevokedOf(
    Tx& tx, const std::string& authority, absl::Time kept_since) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows, tx.Exec(R"sql(
      SELECT serial, revoked_at, reason
      FROM certificate
      WHERE authority = $1 AND status = 'revoked'
        AND greatest(not_after, revoked_at) >= $2
      ORDER BY serial COLLATE "C")sql",
                                                 authority, kept_since));
  std::vector<crypto::RevokedEntry> revoked;
  for (Row row : rows) {
    crypto::RevokedEntry entry;
    OTRP_RETURN_IF_ERROR(
        row.Scan(&entry.serial, &entry.revoked_at, &entry.reason));
    revoked.push_back(std::move(entry));
  }
  return revoked;
}

std::vector<std::string> EkusOf(absl::string_view column) {
  return absl::StrSplit(column, ',', absl::SkipEmpty());
}

absl::Status BumpAnchorVersion(Tx& tx) {
  return tx.Exec("UPDATE trust_anchor_version SET version = version + 1")
      .status();
}

}  // namespace

absl::StatusOr<absl::optional<CertificateRecord>> CaStore::FindRequest(
    const std::string& request_id) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows, pool_.Query(R"sql(
      SELECT serial, profile, authority, subject, san_uris, not_before,
             not_after, status, reason, revoked_at, coalesce(der, ''::bytea),
             coalesce(request_id, ''), request_sha256,
             coalesce(spki_sha256, ''::bytea), coalesce(tbs_sha256, ''::bytea),
             crl_shard
      FROM certificate
      WHERE request_id = $1)sql",
                                                     request_id));
  if (rows.empty()) return absl::optional<CertificateRecord>();
  OTRP_ASSIGN_OR_RETURN(CertificateRecord found, ReadCertificate(rows[0]));
  return absl::optional<CertificateRecord>(std::move(found));
}

absl::StatusOr<std::map<std::string, CertificateRecord>> CaStore::FindRequests(
    const std::vector<std::string>& request_ids) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows,
                        pool_.Query(R"sql(
      SELECT serial, profile, authority, subject, san_uris, not_before,
             not_after, status, reason, revoked_at, coalesce(der, ''::bytea),
             coalesce(request_id, ''), request_sha256,
             coalesce(spki_sha256, ''::bytea), coalesce(tbs_sha256, ''::bytea),
             crl_shard
      FROM certificate
      WHERE request_id = ANY($1::text[]))sql",
                                    store::TextArray(request_ids)));
  std::map<std::string, CertificateRecord> found;
  for (Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(CertificateRecord c, ReadCertificate(row));
    found.emplace(c.request_id, std::move(c));
  }
  return found;
}

absl::Status CaStore::RecordIntent(const CertificateRecord& intent,
                                   const IntentGrounds& grounds) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(HoldIssuing(tx, intent.authority));
    if (grounds.tsm_id.has_value()) {
      OTRP_RETURN_IF_ERROR(Claim(tx, *grounds.tsm_id));
    }
    if (!grounds.key_owner.empty()) {
      OTRP_ASSIGN_OR_RETURN(const std::string owner,
                            OwnKey(tx, intent.spki_sha256,
                                   WordOf(intent.profile), grounds.key_owner));
      if (owner != grounds.key_owner) return errors::KeyOfAnother();
    }
    if (!grounds.replaced.empty()) {
      OTRP_RETURN_IF_ERROR(tx.Exec(R"sql(
          UPDATE certificate
          SET request_id = NULL
          WHERE serial = $1 AND request_id = $2)sql",
                                   grounds.replaced, intent.request_id)
                               .status());
    }
    OTRP_ASSIGN_OR_RETURN(const int64_t inserted,
                          Insert(tx, intent, grounds.csr_der));
    return inserted == 1 ? absl::OkStatus() : errors::RequestRunning();
  });
}

absl::Status CaStore::RecordIssued(const std::string& serial,
                                   const std::string& der,
                                   const store::AuditEvent& audit) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(HoldIssuingOf(tx, serial));
    static const auto* const kSql = new std::string(absl::StrCat(
        R"sql(WITH issued AS (
        UPDATE certificate
        SET status = 'issued', der = $2, csr = NULL
        WHERE serial = $1 AND status = 'intended'
        RETURNING serial, profile, authority, subject, san_uris),
    )sql",
        UsageOfIssued(), " SELECT 1 FROM issued"));
    OTRP_ASSIGN_OR_RETURN(const Rows issued,
                          tx.Exec(*kSql, serial, Bytes(der)));
    if (issued.empty()) return errors::IntentGone();
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<CertificateRecord> CaStore::GetCertificate(
    const std::string& serial) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows, pool_.Query(R"sql(
      SELECT serial, profile, authority, subject, san_uris, not_before,
             not_after, status, reason, revoked_at, coalesce(der, ''::bytea),
             coalesce(request_id, ''), request_sha256,
             coalesce(spki_sha256, ''::bytea), coalesce(tbs_sha256, ''::bytea),
             crl_shard
      FROM certificate
      WHERE serial = $1)sql",
                                                     serial));
  if (rows.empty()) return absl::NotFoundError("");
  return ReadCertificate(rows[0]);
}

absl::StatusOr<std::vector<CertificateRecord>> CaStore::ListCertificates(
    const CertificateFilter& filter, const std::string& after, int limit) {
  OTRP_ASSIGN_OR_RETURN(
      const Rows rows,
      pool_.Query(R"sql(
      SELECT serial, profile, authority, subject, san_uris, not_before,
             not_after, status, reason, revoked_at, coalesce(der, ''::bytea),
             coalesce(request_id, ''), request_sha256,
             coalesce(spki_sha256, ''::bytea), coalesce(tbs_sha256, ''::bytea),
             crl_shard
      FROM certificate
      WHERE serial COLLATE "C" > $1 AND ($2::text = '' OR profile = $2)
      ORDER BY serial COLLATE "C"
      LIMIT $3)sql",
                  after, ProfileWord(filter.profile, filter.own), limit));
  std::vector<CertificateRecord> certificates;
  for (Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(CertificateRecord c, ReadCertificate(row));
    certificates.push_back(std::move(c));
  }
  return certificates;
}

absl::StatusOr<std::vector<CertificateRecord>> CaStore::ListExpiring(
    const CertificateFilter& filter, absl::Time now, absl::Time until,
    const EndKey& after, int limit) {
  // A device's name says nothing: many have the same.
  OTRP_ASSIGN_OR_RETURN(
      const Rows rows,
      pool_.Query(R"sql(
      SELECT serial, profile, authority, subject, san_uris, not_before,
             not_after, status, reason, revoked_at, coalesce(der, ''::bytea),
             coalesce(request_id, ''), request_sha256,
             coalesce(spki_sha256, ''::bytea), coalesce(tbs_sha256, ''::bytea),
             crl_shard
      FROM certificate
      WHERE status = 'issued' AND not_after > $1 AND not_after <= $2
        AND (not_after, serial COLLATE "C") > ($3, $4)
        AND ($5::text = '' OR profile = $5)
        AND (profile IN ('tee', 'tfw') OR NOT EXISTS (
               SELECT 1
               FROM certificate AS newer
               WHERE newer.status = 'issued'
                 AND newer.profile = certificate.profile
                 AND newer.subject = certificate.subject
                 AND md5(newer.san_uris) = md5(certificate.san_uris)
                 AND newer.not_after > certificate.not_after))
      ORDER BY not_after, serial COLLATE "C"
      LIMIT $6)sql",
                  now, until, after.not_after, after.serial,
                  ProfileWord(filter.profile, filter.own), limit));
  std::vector<CertificateRecord> certificates;
  for (Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(CertificateRecord c, ReadCertificate(row));
    certificates.push_back(std::move(c));
  }
  return certificates;
}

absl::StatusOr<bool> CaStore::IsBlockedKey(const std::string& spki_sha256) {
  OTRP_ASSIGN_OR_RETURN(
      const Rows rows,
      pool_.Query("SELECT 1 FROM blocked_key WHERE spki_sha256 = $1",
                  Bytes(spki_sha256)));
  return !rows.empty();
}

absl::StatusOr<std::set<std::string>> CaStore::BlockedKeys(
    const std::vector<std::string>& spki_sha256s) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows,
                        pool_.Query(R"sql(
      SELECT spki_sha256
      FROM blocked_key
      WHERE spki_sha256 = ANY($1::bytea[]))sql",
                                    store::BytesArray(spki_sha256s)));
  std::set<std::string> blocked;
  for (Row row : rows) {
    std::string key;
    OTRP_RETURN_IF_ERROR(row.Scan(BytesOut(&key)));
    blocked.insert(std::move(key));
  }
  return blocked;
}

absl::StatusOr<CaStore::RevokeResult> CaStore::Revoke(
    const std::string& serial, const Revoked& revoked,
    const store::AuditEvent& audit, const std::string& blocked_key) {
  RevokeResult result;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    result.changed = false;
    OTRP_ASSIGN_OR_RETURN(
        const int64_t updated,
        tx.ExecCount(R"sql(
        UPDATE certificate
        SET status = 'revoked', reason = $2, revoked_at = $3
        WHERE serial = $1 AND status <> 'revoked')sql",
                     serial, RfcNumber(revoked.reason), revoked.at));
    if (updated == 0) return absl::OkStatus();
    result.changed = true;
    if (!blocked_key.empty()) {
      OTRP_RETURN_IF_ERROR(tx.Exec(R"sql(
          INSERT INTO blocked_key (spki_sha256, serial) VALUES ($1, $2)
          ON CONFLICT DO NOTHING)sql",
                                   Bytes(blocked_key), serial)
                               .status());
    }
    return store::AppendAudit(tx, audit);
  }));
  OTRP_ASSIGN_OR_RETURN(result.certificate, GetCertificate(serial));
  return result;
}

absl::Status CaStore::ReplaceCrl(const std::string& authority,
                                 absl::Time kept_since, int64_t least_number,
                                 SignCrl sign) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    // One at a time for an authority: numbers only grow, and no list is made
    // from less than the one before.
    OTRP_RETURN_IF_ERROR(tx.Exec(R"sql(
        SELECT pg_advisory_xact_lock(hashtextextended('crl ' || $1, 0)))sql",
                                 authority)
                             .status());
    OTRP_ASSIGN_OR_RETURN(const Row number_row,
                          tx.Exec1(R"sql(
        SELECT greatest(coalesce(max(number), 0) + 1, $2::bigint)
        FROM crl
        WHERE authority = $1)sql",
                                   authority, least_number));
    int64_t number = 0;
    OTRP_RETURN_IF_ERROR(number_row.Scan(&number));
    OTRP_ASSIGN_OR_RETURN(const std::vector<crypto::RevokedEntry> revoked,
                          RevokedOf(tx, authority, kept_since));
    OTRP_ASSIGN_OR_RETURN(const CrlRecord crl, sign(number, revoked));
    return tx
        .Exec(R"sql(
        INSERT INTO crl (authority, number, der, this_update, next_update,
                         revoked, kept_since)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (authority) DO UPDATE
        SET number = $2, der = $3, this_update = $4, next_update = $5,
            revoked = $6, kept_since = $7)sql",
              authority, number, Bytes(crl.der), crl.this_update,
              crl.next_update, static_cast<int64_t>(revoked.size()), kept_since)
        .status();
  });
}

absl::StatusOr<CrlRecord> CaStore::GetCrl(const std::string& authority) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows, pool_.Query(R"sql(
      SELECT number, der, this_update, next_update
      FROM crl
      WHERE authority = $1)sql",
                                                     authority));
  if (rows.empty()) return absl::NotFoundError("");
  CrlRecord crl;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(&crl.number, BytesOut(&crl.der),
                                    &crl.this_update, &crl.next_update));
  return crl;
}

absl::StatusOr<std::vector<std::string>> CaStore::StaleCrls(
    absl::Time horizon) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows, pool_.Query(R"sql(
      SELECT authority.name
      FROM authority
      LEFT JOIN crl ON crl.authority = authority.name
      WHERE authority.state <> 'retired'
        AND (crl.number IS NULL
         OR crl.next_update < $1
         OR crl.revoked <> (
              SELECT count(*)
              FROM certificate
              WHERE certificate.authority = authority.name
                AND certificate.status = 'revoked'
                AND greatest(certificate.not_after, certificate.revoked_at)
                  >= crl.kept_since))
      ORDER BY authority.name COLLATE "C")sql",
                                                     horizon));
  std::vector<std::string> names;
  for (Row row : rows) {
    std::string name;
    OTRP_RETURN_IF_ERROR(row.Scan(&name));
    names.push_back(std::move(name));
  }
  return names;
}

namespace {

absl::StatusOr<CaStore::AddAnchorResult> AddAnchorIn(
    Tx& tx, const TrustAnchor& anchor, const store::AuditEvent& audit) {
  CaStore::AddAnchorResult result{anchor, false};
  OTRP_ASSIGN_OR_RETURN(
      const int64_t inserted,
      tx.ExecCount(R"sql(
        INSERT INTO trust_anchor (role, name, certificate, added_at, ekus)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING)sql",
                   pki::RoleName(anchor.role), anchor.name,
                   Bytes(anchor.certificate_der), anchor.added_at,
                   absl::StrJoin(anchor.ekus, ",")));
  if (inserted == 1) {
    result.added = true;
    OTRP_RETURN_IF_ERROR(BumpAnchorVersion(tx));
    OTRP_RETURN_IF_ERROR(store::AppendAudit(tx, audit));
    return result;
  }
  OTRP_ASSIGN_OR_RETURN(const Row row,
                        tx.Exec1(R"sql(
        SELECT certificate, added_at, ekus
        FROM trust_anchor
        WHERE role = $1 AND name = $2)sql",
                                 pki::RoleName(anchor.role), anchor.name));
  std::string ekus;
  OTRP_RETURN_IF_ERROR(row.Scan(BytesOut(&result.anchor.certificate_der),
                                &result.anchor.added_at, &ekus));
  if (result.anchor.certificate_der != anchor.certificate_der) {
    return errors::AnchorNameTaken(anchor.name);
  }
  if (EkusOf(ekus) != anchor.ekus) {
    return errors::AnchorHasOtherUsages(anchor.name);
  }
  return result;
}

}  // namespace

absl::StatusOr<CaStore::AddAnchorResult> CaStore::AddAnchor(
    const TrustAnchor& anchor, const store::AuditEvent& audit) {
  OTRP_ASSIGN_OR_RETURN(std::vector<AddAnchorResult> results,
                        AddAnchors({anchor}, {audit}));
  return std::move(results.front());
}

absl::StatusOr<std::vector<CaStore::AddAnchorResult>> CaStore::AddAnchors(
    const std::vector<TrustAnchor>& anchors,
    const std::vector<store::AuditEvent>& audits) {
  std::vector<AddAnchorResult> results;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    results.clear();
    for (size_t i = 0; i < anchors.size(); ++i) {
      OTRP_ASSIGN_OR_RETURN(AddAnchorResult result,
                            AddAnchorIn(tx, anchors[i], audits[i]));
      results.push_back(std::move(result));
    }
    return absl::OkStatus();
  }));
  return results;
}

absl::Status CaStore::RemoveAnchor(pki::Role role, const std::string& name,
                                   const store::AuditEvent& audit) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(const int64_t removed,
                          tx.ExecCount(R"sql(
        DELETE FROM trust_anchor WHERE role = $1 AND name = $2)sql",
                                       pki::RoleName(role), name));
    if (removed == 0) return absl::NotFoundError("");
    OTRP_RETURN_IF_ERROR(BumpAnchorVersion(tx));
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<TrustAnchorList> CaStore::ListAnchors(
    absl::optional<pki::Role> role) {
  TrustAnchorList list;
  const store::TxOptions snapshot{store::Isolation::kRepeatableRead, true};
  OTRP_RETURN_IF_ERROR(pool_.Run(
      [&](Tx& tx) -> absl::Status {
        list = TrustAnchorList();
        OTRP_ASSIGN_OR_RETURN(
            const Row version,
            tx.Exec1("SELECT version FROM trust_anchor_version"));
        OTRP_RETURN_IF_ERROR(version.Scan(&list.version));
        OTRP_ASSIGN_OR_RETURN(const Rows rows, tx.Exec(R"sql(
            SELECT role, name, certificate, added_at, ekus
            FROM trust_anchor
            WHERE $1::text = '' OR role = $1
            ORDER BY role, name COLLATE "C")sql",
                                                       WordOf(role)));
        for (Row row : rows) {
          TrustAnchor a;
          std::string word;
          std::string ekus;
          OTRP_RETURN_IF_ERROR(row.Scan(&word, &a.name,
                                        BytesOut(&a.certificate_der),
                                        &a.added_at, &ekus));
          a.ekus = EkusOf(ekus);
          const absl::optional<pki::Role> known = RoleFromWord(word);
          // Nobody of this version trusts for a newer version's role.
          if (!known.has_value()) continue;
          a.role = *known;
          list.anchors.push_back(std::move(a));
        }
        return absl::OkStatus();
      },
      snapshot));
  return list;
}

}  // namespace ca
}  // namespace otrp
