#include "services/ca/storage/renewal_store.h"

#include "libs/base/status_macros.h"

namespace otrp {
namespace ca {

absl::StatusOr<Renewable> RenewalStore::Find(const std::string& serial) {
  Renewable renewable;
  OTRP_ASSIGN_OR_RETURN(renewable.certificate,
                        certificates_.GetCertificate(serial));
  // What was only intended is nobody's: it is revoked when it isn't completed.
  OTRP_ASSIGN_OR_RETURN(
      const store::Rows rows,
      pool_.Query(R"sql(
      SELECT first.serial, first.not_before,
             (first.status = 'revoked' AND first.reason <> $2)
             OR EXISTS (
               SELECT 1
               FROM certificate AS other
               WHERE other.first_serial = first.serial
                 AND other.der IS NOT NULL
                 AND other.status = 'revoked' AND other.reason <> $2)
      FROM certificate AS this
      JOIN certificate AS first
        ON first.serial = coalesce(this.first_serial, this.serial)
      WHERE this.serial = $1)sql",
                  serial, RfcNumber(RevocationReason::kSuperseded)));
  if (rows.empty()) return absl::NotFoundError("");
  OTRP_RETURN_IF_ERROR(rows[0].Scan(
      &renewable.first_serial, &renewable.given_at, &renewable.is_stopped));
  return renewable;
}

}  // namespace ca
}  // namespace otrp
