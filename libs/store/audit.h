// The audit log: who did what to what, in the same transaction as the deed,
// sealed by a hash chain afterwards.
//
// Each schema has audit_event (append only: the run-time role may neither
// update nor delete) and audit_seal. A seal covers all events of transactions
// [from_xid, until_xid), where until_xid is the oldest transaction still
// running, so no event can appear behind a seal; its hash goes over the seal
// before and every event. Deleting, changing or inserting behind a seal is
// found by VerifyAuditLog(); dropping the newest seals is found only against
// a copy kept elsewhere, which is why sealed hashes are also logged.
//
// Transaction numbers restart in a new cluster, so restore physical backups
// (or PITR), not dumps, where the chain shall go on.
//
// Thread-safety: free functions; AuditSealer is thread-safe.
// Errors: as libs/store/pool.h.

#ifndef OTRP_LIBS_STORE_AUDIT_H_
#define OTRP_LIBS_STORE_AUDIT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/store/pool.h"

namespace otrp {
namespace store {

// Values of AuditEvent::outcome.
inline constexpr char kAuditOk[] = "ok";
inline constexpr char kAuditRefused[] = "refused";
inline constexpr char kAuditFailed[] = "failed";

struct AuditEvent {
  // The caller's identity URI, or "device:<did in hex>".
  std::string actor;
  // A constant such as "certificate.issue".
  std::string action;
  // A serial, a did, a tid, "spid/taid".
  std::string subject;
  std::string outcome = kAuditOk;
  // One JSON object; empty means {}. Never a secret.
  std::string details_json;
  // 32 lower-case hex digits, or empty.
  std::string trace_id;
  // Of a request under a key (idempotency.h), which this record shows to have
  // acted; empty for others. It isn't part of the log.
  std::string attempt;
};

// Adds one event in the caller's transaction. ABORTED where another try of the
// request has taken over.
absl::Status AppendAudit(Tx& tx, const AuditEvent& event);

// For one-statement transactions, of calls without a key. The fragment is a CTE
// named `name` that inserts one event from six parameters starting at $first;
// put the parameters of AuditParams() there:
//
//   sql = "WITH u AS (UPDATE ... RETURNING 1), " +
//         AuditCte("a", /*first=*/5, /*only_if=*/"EXISTS (SELECT 1 FROM u)")
//         + " SELECT ... ";
std::string AuditCte(absl::string_view name, int first,
                     absl::string_view only_if = "");
// Views into `event`, which must outlive them.
std::vector<Param> AuditParams(const AuditEvent& event);

struct StoredAuditEvent {
  int64_t id = 0;
  absl::Time at;
  AuditEvent event;
};

struct AuditFilter {
  // Only events with a smaller id (newest first paging); 0: from the newest.
  int64_t before_id = 0;
  // Exact, where not empty.
  std::string subject;
  std::string action_prefix;
  int limit = 100;
};

absl::StatusOr<std::vector<StoredAuditEvent>> ListAuditEvents(
    Pool& pool, const AuditFilter& filter);

// Seals what can be sealed now; the number of events sealed (0: nothing new).
// Only one replica seals at a time; the others do nothing.
absl::StatusOr<int64_t> SealAuditLog(Pool& pool);

// Age of the oldest event that isn't sealed; zero where all are.
absl::StatusOr<absl::Duration> AuditSealLag(Pool& pool);

struct AuditVerification {
  bool intact = true;
  int64_t sealed_events = 0;
  int64_t seals = 0;
  int64_t unsealed_events = 0;
  // One sentence each; at most 100.
  std::vector<std::string> faults;
};

// Recomputes the whole chain.
absl::StatusOr<AuditVerification> VerifyAuditLog(Pool& pool);

}  // namespace store
}  // namespace otrp

#endif  // OTRP_LIBS_STORE_AUDIT_H_
