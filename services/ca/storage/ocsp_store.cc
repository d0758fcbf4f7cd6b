#include "services/ca/storage/ocsp_store.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/store/purge.h"

namespace otrp {
namespace ca {
namespace {

using store::Bytes;
using store::BytesOut;
using store::Row;
using store::Rows;
using store::Tx;

constexpr absl::string_view kFindSigner = R"sql(
    SELECT s.serial, s.authority, s.not_after, s.sealed_key, c.der
    FROM ocsp_signer AS s
    JOIN certificate AS c ON c.serial = s.serial
    WHERE s.authority = $1 AND c.status = 'issued'
    ORDER BY s.not_after DESC
    LIMIT 1)sql";

constexpr absl::string_view kFindResponse = R"sql(
    SELECT c.serial, c.authority, c.status, c.reason, c.revoked_at,
           coalesce(c.der, ''::bytea), coalesce(r.der, ''::bytea),
           coalesce(r.this_update, '-infinity'),
           coalesce(r.next_update, '-infinity')
    FROM certificate AS c
    LEFT JOIN ocsp_response AS r
      ON r.serial = c.serial AND r.hash = $2 AND r.next_update > $3
        AND r.status = c.status
        AND EXISTS (
          SELECT FROM certificate AS s
          WHERE s.serial = r.signer AND s.status = 'issued')
    WHERE c.serial = $1)sql";

constexpr store::PurgeRule kOldResponses = {"ocsp_response", "next_update"};

absl::StatusOr<absl::optional<OcspSignerRecord>> ReadSigner(const Rows& rows) {
  if (rows.empty()) return absl::optional<OcspSignerRecord>();
  OcspSignerRecord signer;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(
      &signer.serial, &signer.authority, &signer.not_after,
      BytesOut(&signer.sealed_key), BytesOut(&signer.certificate_der)));
  return absl::optional<OcspSignerRecord>(std::move(signer));
}

absl::StatusOr<OcspRecord> ReadResponse(const Rows& rows) {
  if (rows.empty()) return absl::NotFoundError("");
  OcspRecord found;
  std::string state;
  int reason = 0;
  absl::optional<absl::Time> revoked_at;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(
      &found.serial, &found.authority, &state, &reason, &revoked_at,
      BytesOut(&found.certificate_der), BytesOut(&found.response.der),
      &found.response.this_update, &found.response.next_update));
  const absl::optional<CertificateState> known = StateFromWord(state);
  if (!known.has_value()) {
    return absl::InternalError("a certificate's status has an unknown word");
  }
  found.state = *known;
  if (revoked_at.has_value()) {
    found.revoked = Revoked{static_cast<RevocationReason>(reason), *revoked_at};
  }
  return found;
}

constexpr absl::string_view kLock = R"sql(
    SELECT pg_advisory_xact_lock(
      hashtextextended($1::text || ' ' || $2, 0)))sql";

absl::Status Lock(Tx& tx, absl::string_view what, const std::string& name) {
  return tx.Exec(kLock, what, name).status();
}

absl::Status InsertSigner(Tx& tx, const OcspSignerRecord& signer,
                          const CertificateRecord& c) {
  OTRP_RETURN_IF_ERROR(
      tx.Exec(R"sql(
      INSERT INTO certificate (serial, profile, authority, subject, san_uris,
                               not_before, not_after, status, der,
                               request_sha256)
      VALUES ($1, $2, $3, $4, '', $5, $6, $7, $8, $9))sql",
              c.serial, OwnCertificateWord(OwnCertificate::kOcspSigner),
              c.authority, c.subject, c.not_before, c.not_after,
              StateWord(c.state), Bytes(c.der), Bytes(c.request_sha256))
          .status());
  // Keys that sign no more are nothing to keep.
  OTRP_RETURN_IF_ERROR(
      tx.Exec("DELETE FROM ocsp_signer WHERE authority = $1", signer.authority)
          .status());
  return tx
      .Exec(R"sql(
      INSERT INTO ocsp_signer (serial, authority, not_after, sealed_key)
      VALUES ($1, $2, $3, $4))sql",
            signer.serial, signer.authority, signer.not_after,
            Bytes(signer.sealed_key))
      .status();
}

}  // namespace

absl::StatusOr<absl::optional<OcspSignerRecord>> OcspStore::CurrentSigner(
    const std::string& authority) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows, pool_.Query(kFindSigner, authority));
  return ReadSigner(rows);
}

absl::StatusOr<OcspSignerRecord> OcspStore::ReplaceSigner(
    const OcspSignerRecord& signer, const CertificateRecord& certificate,
    absl::Time horizon, const store::AuditEvent& audit) {
  OcspSignerRecord current;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(Lock(tx, "ocsp signer", signer.authority));
    OTRP_ASSIGN_OR_RETURN(const Rows rows,
                          tx.Exec(kFindSigner, signer.authority));
    OTRP_ASSIGN_OR_RETURN(const absl::optional<OcspSignerRecord> there,
                          ReadSigner(rows));
    if (there.has_value() && there->not_after > horizon) {
      current = *there;
      return absl::OkStatus();
    }
    current = signer;
    OTRP_RETURN_IF_ERROR(InsertSigner(tx, signer, certificate));
    return store::AppendAudit(tx, audit);
  }));
  return current;
}

absl::StatusOr<OcspRecord> OcspStore::Find(const std::string& serial,
                                           absl::string_view hash,
                                           absl::Time horizon) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows,
                        pool_.Query(kFindResponse, serial, hash, horizon));
  return ReadResponse(rows);
}

absl::StatusOr<OcspRecord> OcspStore::FindOrSign(const std::string& serial,
                                                 absl::string_view hash,
                                                 absl::Time horizon,
                                                 const std::string& signer,
                                                 SignResponse sign) {
  OcspRecord found;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(Lock(tx, "ocsp", serial));
    OTRP_ASSIGN_OR_RETURN(const Rows rows,
                          tx.Exec(kFindResponse, serial, hash, horizon));
    OTRP_ASSIGN_OR_RETURN(found, ReadResponse(rows));
    if (!found.response.der.empty()) return absl::OkStatus();
    OTRP_ASSIGN_OR_RETURN(const Rows good, tx.Exec(R"sql(
        SELECT FROM certificate WHERE serial = $1 AND status = 'issued')sql",
                                                   signer));
    if (good.empty()) {
      return absl::FailedPreconditionError("the OCSP signer is revoked");
    }
    OTRP_ASSIGN_OR_RETURN(found.response, sign(found));
    return tx
        .Exec(R"sql(
        INSERT INTO ocsp_response (serial, hash, signer, status, der,
                                   this_update, next_update)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (serial, hash) DO UPDATE
        SET signer = $3, status = $4, der = $5, this_update = $6,
            next_update = $7)sql",
              serial, hash, signer, StateWord(found.state),
              Bytes(found.response.der), found.response.this_update,
              found.response.next_update)
        .status();
  }));
  return found;
}

absl::StatusOr<int64_t> OcspStore::PurgeResponses(absl::Time cutoff,
                                                  absl::Duration budget) {
  return store::Purge(pool_, kOldResponses, cutoff, budget);
}

}  // namespace ca
}  // namespace otrp
