#include "services/ca/issuing/intents.h"

#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/pki/certificate.h"
#include "libs/service/audit.h"
#include "libs/telemetry/metrics.h"
#include "services/ca/domain/order.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {

absl::Status Intents::Settle(const std::string& actor) {
  const absl::Time now = clock_.Now();
  const Revoked revoked = {RevocationReason::kCessationOfOperation, now};
  int settled = kIntentBatch;
  while (settled == kIntentBatch) {
    OTRP_ASSIGN_OR_RETURN(
        settled,
        store_.RevokeIntents(
            now - kBackdate - kIntentPatience, revoked, kIntentBatch,
            [&](const std::string& serial, const std::string& authority) {
              store::AuditEvent event;
              event.actor = actor;
              event.action = "certificate.abandon";
              event.subject = serial;
              event.details_json =
                  service::AuditDetails().Set("authority", authority).ToJson();
              return event;
            }));
  }
  OTRP_ASSIGN_OR_RETURN(const int64_t count, store_.CountIntents());
  telemetry::kIntendedCertificates.With().Set(static_cast<double>(count));
  return absl::OkStatus();
}

absl::Status Intents::NoteKeys() {
  OTRP_ASSIGN_OR_RETURN(const std::vector<CertificateRecord> rows,
                        store_.ListWithoutKey(kKeyNoteBatch));
  std::vector<KeyNote> notes;
  for (const CertificateRecord& row : rows) {
    OTRP_ASSIGN_OR_RETURN(const absl::string_view spki,
                          pki::SubjectPublicKeyInfoOf(row.der));
    KeyNote note;
    note.serial = row.serial;
    note.spki_sha256 = crypto::Sha256(spki);
    if (row.profile.has_value()) {
      const pki::Profile& profile = pki::ProfileFor(*row.profile);
      note.profile = std::string(profile.word);
      note.owner = KeyOwnerOf(profile, row.san_uris, row.subject);
    }
    notes.push_back(std::move(note));
  }
  return notes.empty() ? absl::OkStatus() : store_.NoteKeys(notes);
}

}  // namespace ca
}  // namespace otrp
