// The audit log: who did what to what, in the same transaction as the deed,
// sealed by a hash chain afterwards.
//
// Each schema has audit_event (append only: the run-time role may neither
// delete nor update what an event says) and audit_seal. The sealer gives events
// that have none the number of the next seal, in batches, in the order of ids;
// whoever commits late gets a later seal. A seal's hash goes over the seal
// before and every event under it. So deleting or changing what is sealed, or
// adding to it, is found by VerifyAuditLog(); dropping the newest seals is
// found only against a copy kept elsewhere, which is why hashes are also
// logged.
//
// Nothing here depends on the server: a log goes on after dump and restore,
// logical replication or a return to a point in time. Since history may have
// been cut there, an epoch begins openly: its first seal says why.
//
// Seals of format 1, of earlier versions, cover ranges of transaction numbers,
// which their events carry; they are verified by those. The first sealing
// after the upgrade gives their events their numbers.
//
// Thread-safety: free functions.
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

// Seals what isn't sealed, for some seconds at most; the number of events
// sealed (0: nothing new). Only one replica seals at a time; the others do
// nothing.
absl::StatusOr<int64_t> SealAuditLog(Pool& pool);

// Age of the oldest event that isn't sealed; zero where all are.
absl::StatusOr<absl::Duration> AuditSealLag(Pool& pool);

struct AuditEpoch {
  int64_t epoch = 0;
  int64_t first_seal = 0;
  absl::Time at;
  // Why it began.
  std::string reason;
};

struct AuditVerification {
  bool intact = true;
  int64_t sealed_events = 0;
  int64_t seals = 0;
  // At the end of the log; zero before.
  int64_t unsealed_events = 0;
  // One sentence each; at most 100.
  std::vector<std::string> faults;
  // That began in this part, beside the log's first.
  std::vector<AuditEpoch> epochs;
  // Where the next part goes on; 0: this was the last one.
  int64_t next_after_seal = 0;
};

// Which part of the chain to verify. A part ends with the seal that reaches one
// of the limits.
struct AuditPart {
  // A seal, or 0: from the start of the log.
  int64_t after_seal = 0;
  int64_t max_seals = 2000;
  int64_t max_events = 100'000;
};

// Recomputes a part of the chain. NOT_FOUND where there is no seal
// `after_seal`.
absl::StatusOr<AuditVerification> VerifyAuditLog(Pool& pool,
                                                 const AuditPart& part = {});

}  // namespace store
}  // namespace otrp

#endif  // OTRP_LIBS_STORE_AUDIT_H_
