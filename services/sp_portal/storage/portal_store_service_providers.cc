// Service providers and their certificates.

#include <utility>

#include "libs/base/status_macros.h"
#include "services/sp_portal/certificate_errors.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/storage/portal_store.h"
#include "services/sp_portal/storage/steps.h"
#include "services/sp_portal/storage/webhook_events.h"

namespace otrp {
namespace portal {
namespace {

using store::Bytes;
using store::BytesOut;
using store::Row;
using store::Rows;
using store::Tx;

constexpr char kInsertSp[] = R"sql(
    INSERT INTO sp (spid, name, created_at)
    VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING
    )sql";

constexpr char kListSps[] = R"sql(
    SELECT spid, name, created_at, state
    FROM sp
    WHERE spid COLLATE "C" > $1 AND ($2::text = '' OR spid = $2)
    ORDER BY spid COLLATE "C"
    LIMIT $3
    )sql";

// In the order of kListSps.
constexpr char kListCertificates[] = R"sql(
    SELECT spid, fingerprint, serial, der, not_after, enrolled_at, is_current,
           revoked_at, coalesce(revocation_reason, 0)
    FROM sp_certificate
    WHERE spid = ANY($1::text[])
    ORDER BY spid COLLATE "C", enrolled_at DESC, fingerprint
    )sql";

// A row without certificate where there is none.
constexpr char kGetSp[] = R"sql(
    SELECT sp.spid, sp.name, sp.created_at, sp.state, c.fingerprint, c.serial,
           c.der, c.not_after, c.enrolled_at, c.is_current, c.revoked_at,
           coalesce(c.revocation_reason, 0)
    FROM sp LEFT JOIN sp_certificate AS c ON c.spid = sp.spid
    WHERE sp.spid = $1
    ORDER BY c.enrolled_at DESC, c.fingerprint
    )sql";

constexpr char kRetireCurrent[] = R"sql(
    UPDATE sp_certificate
    SET is_current = false
    WHERE spid = $1 AND is_current
    )sql";

constexpr char kInsertCertificate[] = R"sql(
    INSERT INTO sp_certificate (spid, fingerprint, serial, der, issuers,
                                not_after, enrolled_at, is_current)
    VALUES ($1, $2, $3, $4, $5::bytea[], $6, $7, true)
    )sql";

constexpr char kCountGood[] = R"sql(
    SELECT count(*)
    FROM sp_certificate
    WHERE spid = $1 AND revoked_at IS NULL AND not_after > $2
    )sql";

constexpr char kFindUnrevoked[] = R"sql(
    SELECT spid, serial
    FROM sp_certificate
    WHERE serial = ANY($1::text[]) AND revoked_at IS NULL
    ORDER BY spid COLLATE "C", serial
    )sql";

constexpr char kRevocationOf[] = R"sql(
    SELECT is_current, revoked_at, fingerprint, serial, der, not_after
    FROM sp_certificate
    WHERE spid = $1 AND serial = $2
    )sql";

constexpr char kMarkRevoked[] = R"sql(
    UPDATE sp_certificate
    SET revoked_at = $3, revocation_reason = $4, is_current = false,
        revocation_told = true
    WHERE spid = $1 AND serial = $2
    )sql";

constexpr char kUntold[] = R"sql(
    SELECT spid, fingerprint, serial, revoked_at, coalesce(revocation_reason, 0)
    FROM sp_certificate
    WHERE revoked_at IS NOT NULL AND NOT revocation_told
    ORDER BY revoked_at
    LIMIT $1::bigint
    )sql";

constexpr char kMarkTold[] = R"sql(
    UPDATE sp_certificate
    SET revocation_told = true
    WHERE spid = $1 AND serial = $2 AND NOT revocation_told
    )sql";

constexpr char kNewestIsCurrent[] = R"sql(
    UPDATE sp_certificate
    SET is_current = true
    WHERE spid = $1
      AND fingerprint = (
        SELECT fingerprint
        FROM sp_certificate
        WHERE spid = $1 AND revoked_at IS NULL AND not_after > $2
        ORDER BY enrolled_at DESC, fingerprint
        LIMIT 1)
    RETURNING fingerprint, serial, der, not_after
    )sql";

// Adds the certificates to SPs that are sorted by spid.
absl::Status AddCertificates(const Rows& rows, std::vector<Sp>* sps) {
  size_t at = 0;
  for (Row row : rows) {
    std::string spid;
    SpCertificate c;
    absl::optional<absl::Time> revoked_at;
    int reason;
    OTRP_RETURN_IF_ERROR(row.Scan(
        &spid, BytesOut(&c.fingerprint), &c.serial, BytesOut(&c.der),
        &c.not_after, &c.enrolled_at, &c.current, &revoked_at, &reason));
    if (revoked_at.has_value()) c.revoked = Revocation{*revoked_at, reason};
    while (at < sps->size() && (*sps)[at].spid != spid) ++at;
    if (at == sps->size()) {
      return absl::InternalError("certificates and SPs are out of step");
    }
    (*sps)[at].certificates.push_back(std::move(c));
  }
  return absl::OkStatus();
}

// A row of kGetSp.
absl::Status ReadSp(const Row& row, Sp* sp) {
  absl::optional<std::string> fingerprint;
  absl::optional<std::string> serial;
  absl::optional<std::string> der;
  absl::optional<absl::Time> not_after;
  absl::optional<absl::Time> enrolled_at;
  absl::optional<bool> current;
  absl::optional<absl::Time> revoked_at;
  int reason;
  OTRP_RETURN_IF_ERROR(row.Scan(&sp->spid, &sp->name, &sp->created_at,
                                &sp->state, BytesOut(&fingerprint), &serial,
                                BytesOut(&der), &not_after, &enrolled_at,
                                &current, &revoked_at, &reason));
  if (!fingerprint.has_value()) return absl::OkStatus();
  SpCertificate& certificate = sp->certificates.emplace_back();
  certificate.fingerprint = *std::move(fingerprint);
  certificate.serial = serial.value_or("");
  certificate.der = der.value_or("");
  certificate.not_after = not_after.value_or(absl::InfinitePast());
  certificate.enrolled_at = enrolled_at.value_or(absl::InfinitePast());
  certificate.current = current.value_or(false);
  if (revoked_at.has_value()) {
    certificate.revoked = Revocation{*revoked_at, reason};
  }
  return absl::OkStatus();
}

// Nothing where none is good.
absl::StatusOr<absl::optional<SpCertificate>> MakeNewestCurrent(
    Tx& tx, const std::string& spid, absl::Time now) {
  OTRP_ASSIGN_OR_RETURN(Rows newest, tx.Exec(kNewestIsCurrent, spid, now));
  if (newest.empty()) return absl::optional<SpCertificate>();
  SpCertificate current;
  OTRP_RETURN_IF_ERROR(newest[0].Scan(BytesOut(&current.fingerprint),
                                      &current.serial, BytesOut(&current.der),
                                      &current.not_after));
  return absl::make_optional(std::move(current));
}

absl::Status CheckRoom(Tx& tx, const std::string& spid, absl::Time now) {
  OTRP_ASSIGN_OR_RETURN(Row row, tx.Exec1(kCountGood, spid, now));
  int64_t count;
  OTRP_RETURN_IF_ERROR(row.Scan(&count));
  return count < kMaxCertificatesPerSp ? absl::OkStatus()
                                       : errors::TooManyCertificates();
}

}  // namespace

absl::StatusOr<Change> PortalStore::CreateSp(const Sp& sp,
                                             const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_ASSIGN_OR_RETURN(
        const int64_t inserted,
        tx.ExecCount(kInsertSp, sp.spid, sp.name, sp.created_at));
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

absl::StatusOr<Sp> PortalStore::GetSp(const std::string& spid) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, pool_.Query(kGetSp, spid));
  if (rows.empty()) return errors::SpNotFound(spid);
  Sp sp;
  for (Row row : rows) OTRP_RETURN_IF_ERROR(ReadSp(row, &sp));
  return sp;
}

absl::StatusOr<std::string> PortalStore::GetSpState(const std::string& spid) {
  OTRP_ASSIGN_OR_RETURN(
      Rows rows, pool_.Query("SELECT state FROM sp WHERE spid = $1", spid));
  if (rows.empty()) return errors::SpNotFound(spid);
  std::string state;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(&state));
  return state;
}

absl::StatusOr<std::vector<Sp>> PortalStore::ListSps(
    const std::string& only_spid, const std::string& after, int limit) {
  std::vector<Sp> sps;
  // One snapshot for both statements.
  const store::TxOptions options{store::Isolation::kRepeatableRead, true};
  OTRP_RETURN_IF_ERROR(pool_.Run(
      [&](Tx& tx) -> absl::Status {
        sps.clear();
        OTRP_ASSIGN_OR_RETURN(Rows rows,
                              tx.Exec(kListSps, after, only_spid, limit));
        std::vector<std::string> spids;
        for (Row row : rows) {
          Sp sp;
          OTRP_RETURN_IF_ERROR(
              row.Scan(&sp.spid, &sp.name, &sp.created_at, &sp.state));
          spids.push_back(sp.spid);
          sps.push_back(std::move(sp));
        }
        OTRP_ASSIGN_OR_RETURN(
            Rows certificates,
            tx.Exec(kListCertificates, store::TextArray(spids)));
        return AddCertificates(certificates, &sps);
      },
      options));
  return sps;
}

absl::StatusOr<Change> PortalStore::AddCertificate(
    const std::string& spid, const SpCertificate& certificate,
    const store::OutboxMessage& message, const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_ASSIGN_OR_RETURN(
        Rows sp, tx.Exec("SELECT 1 FROM sp WHERE spid = $1 FOR UPDATE", spid));
    if (sp.empty()) return errors::SpNotFound(spid);
    OTRP_ASSIGN_OR_RETURN(
        Rows there,
        tx.Exec("SELECT spid FROM sp_certificate WHERE fingerprint = $1",
                Bytes(certificate.fingerprint)));
    if (!there.empty()) {
      std::string owner;
      OTRP_RETURN_IF_ERROR(there[0].Scan(&owner));
      if (owner != spid) return errors::CertificateOfAnother();
      return steps::Unchanged(tx, message.key, &change);
    }
    OTRP_RETURN_IF_ERROR(CheckRoom(tx, spid, certificate.enrolled_at));
    OTRP_RETURN_IF_ERROR(tx.Exec(kRetireCurrent, spid).status());
    OTRP_RETURN_IF_ERROR(tx.Exec(kInsertCertificate, spid,
                                 Bytes(certificate.fingerprint),
                                 certificate.serial, Bytes(certificate.der),
                                 store::BytesArray(certificate.issuers),
                                 certificate.not_after, certificate.enrolled_at)
                             .status());
    OTRP_RETURN_IF_ERROR(
        steps::TellWebhooks(tx, CertificateEnrolled(spid, certificate)));
    return steps::Record(tx, message, audit, &change);
  }));
  return change;
}

absl::StatusOr<std::vector<SerialOfSp>> PortalStore::FindUnrevoked(
    const std::vector<std::string>& serials) {
  OTRP_ASSIGN_OR_RETURN(Rows rows,
                        pool_.Query(kFindUnrevoked, store::TextArray(serials)));
  std::vector<SerialOfSp> found;
  for (Row row : rows) {
    SerialOfSp& one = found.emplace_back();
    OTRP_RETURN_IF_ERROR(row.Scan(&one.spid, &one.serial));
  }
  return found;
}

absl::StatusOr<Change> PortalStore::RevokeCertificate(
    const SerialOfSp& certificate, const Revocation& revocation, absl::Time now,
    TellOfRevocation tell, const store::AuditEvent& audit) {
  const auto& [spid, serial] = certificate;
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_ASSIGN_OR_RETURN(
        Rows sp,
        tx.Exec("SELECT name FROM sp WHERE spid = $1 FOR UPDATE", spid));
    if (sp.empty()) return errors::SpNotFound(spid);
    std::string name;
    OTRP_RETURN_IF_ERROR(sp[0].Scan(&name));
    OTRP_ASSIGN_OR_RETURN(Rows before, tx.Exec(kRevocationOf, spid, serial));
    if (before.empty()) return errors::CertificateNotFound(serial);
    SpCertificate revoked;
    absl::optional<absl::Time> revoked_at;
    OTRP_RETURN_IF_ERROR(before[0].Scan(
        &revoked.current, &revoked_at, BytesOut(&revoked.fingerprint),
        &revoked.serial, BytesOut(&revoked.der), &revoked.not_after));
    if (revoked_at.has_value()) return steps::Unchanged(tx, spid, &change);
    OTRP_RETURN_IF_ERROR(
        tx.Exec(kMarkRevoked, spid, serial, revocation.at, revocation.reason)
            .status());
    change.changed = true;
    OTRP_RETURN_IF_ERROR(store::AppendAudit(tx, audit));
    const bool was_current = std::exchange(revoked.current, false);
    revoked.revoked = revocation;
    OTRP_RETURN_IF_ERROR(
        steps::TellWebhooks(tx, CertificateRevoked(spid, revoked)));
    absl::optional<SpCertificate> current;
    if (was_current) {
      OTRP_ASSIGN_OR_RETURN(current, MakeNewestCurrent(tx, spid, now));
    }
    for (const store::OutboxMessage& message :
         tell(name, revoked, current.has_value() ? &*current : nullptr)) {
      OTRP_ASSIGN_OR_RETURN(change.message, store::Enqueue(tx, message));
    }
    return absl::OkStatus();
  }));
  return change;
}

absl::StatusOr<std::vector<PortalStore::UntoldRevocation>>
PortalStore::FindUntoldRevocations(int limit) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, pool_.Query(kUntold, limit));
  std::vector<UntoldRevocation> untold;
  for (Row row : rows) {
    UntoldRevocation& one = untold.emplace_back();
    SpCertificate& certificate = one.certificate;
    Revocation& revocation = certificate.revoked.emplace();
    OTRP_RETURN_IF_ERROR(row.Scan(&one.spid, BytesOut(&certificate.fingerprint),
                                  &certificate.serial, &revocation.at,
                                  &revocation.reason));
  }
  return untold;
}

absl::Status PortalStore::TellRevocation(const SerialOfSp& certificate,
                                         const store::OutboxMessage& message) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(
        const int64_t marked,
        tx.ExecCount(kMarkTold, certificate.spid, certificate.serial));
    // Another process told it.
    if (marked == 0) return absl::OkStatus();
    return store::Enqueue(tx, message).status();
  });
}

}  // namespace portal
}  // namespace otrp
