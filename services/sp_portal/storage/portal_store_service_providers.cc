// Service providers and their certificates.

#include <utility>

#include "libs/base/status_macros.h"
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
    SELECT spid, fingerprint, serial, der, not_after, enrolled_at, is_current
    FROM sp_certificate
    WHERE spid = ANY($1::text[])
    ORDER BY spid COLLATE "C", enrolled_at DESC, fingerprint
    )sql";

// A row without certificate where there is none.
constexpr char kGetSp[] = R"sql(
    SELECT sp.spid, sp.name, sp.created_at, sp.state, c.fingerprint, c.serial,
           c.der, c.not_after, c.enrolled_at, c.is_current
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

// A row of kGetSp.
absl::Status ReadSp(const Row& row, Sp* sp) {
  absl::optional<std::string> fingerprint;
  absl::optional<std::string> serial;
  absl::optional<std::string> der;
  absl::optional<absl::Time> not_after;
  absl::optional<absl::Time> enrolled_at;
  absl::optional<bool> current;
  OTRP_RETURN_IF_ERROR(row.Scan(
      &sp->spid, &sp->name, &sp->created_at, &sp->state, BytesOut(&fingerprint),
      &serial, BytesOut(&der), &not_after, &enrolled_at, &current));
  if (!fingerprint.has_value()) return absl::OkStatus();
  SpCertificate& certificate = sp->certificates.emplace_back();
  certificate.fingerprint = *std::move(fingerprint);
  certificate.serial = serial.value_or("");
  certificate.der = der.value_or("");
  certificate.not_after = not_after.value_or(absl::InfinitePast());
  certificate.enrolled_at = enrolled_at.value_or(absl::InfinitePast());
  certificate.current = current.value_or(false);
  return absl::OkStatus();
}

absl::Status CheckRoom(Tx& tx, const std::string& spid) {
  OTRP_ASSIGN_OR_RETURN(
      Row row,
      tx.Exec1("SELECT count(*) FROM sp_certificate WHERE spid = $1", spid));
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
    OTRP_RETURN_IF_ERROR(CheckRoom(tx, spid));
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

}  // namespace portal
}  // namespace otrp
