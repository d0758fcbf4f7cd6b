#include "services/tsm/storage/withdrawal_store.h"

#include <utility>

#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "libs/store/audit.h"

namespace otrp {
namespace tsm {
namespace {

// The row is also the lock between replicas.
constexpr char kAdvance[] = R"sql(
  UPDATE verifier_withdrawal
  SET applied = $1
  WHERE applied < $1
)sql";

constexpr char kRefuse[] = R"sql(
  UPDATE device
  SET verdict = 'refused', reasons = $3::jsonb, attestation_tier = 'none'
  WHERE did = $1 AND verdict = 'accepted' AND attested_at <= $2
)sql";

// A step under way finds another version, and its answer isn't sent.
constexpr char kEndSessions[] = R"sql(
  UPDATE session
  SET state = 'refused', expected_rid = '', version = version + 1
  WHERE state = 'open' AND dids @> ARRAY[$1::bytea]
)sql";

std::string ReasonsOf(const DeviceWithdrawal& withdrawal) {
  json::Value reason = json::Value::Object();
  reason.Set("code", json::Value::String(withdrawal.code));
  reason.Set("detail", json::Value::String(withdrawal.detail));
  json::Value reasons = json::Value::Array();
  reasons.Append(std::move(reason));
  return reasons.Serialize();
}

absl::Status ApplyOne(store::Tx& tx, const DeviceWithdrawal& withdrawal,
                      int64_t* changed) {
  OTRP_ASSIGN_OR_RETURN(const int64_t refused,
                        tx.ExecCount(kRefuse, store::Bytes(withdrawal.did),
                                     withdrawal.at, ReasonsOf(withdrawal)));
  if (refused == 0) return absl::OkStatus();
  *changed += refused;
  OTRP_RETURN_IF_ERROR(
      tx.Exec(kEndSessions, store::Bytes(withdrawal.did)).status());
  store::AuditEvent event;
  event.actor = "otrp://service/attestation_verifier";
  event.action = "device.withdraw";
  event.subject = HexEncode(withdrawal.did);
  event.details_json = ReasonsOf(withdrawal);
  return store::AppendAudit(tx, event);
}

}  // namespace

absl::StatusOr<int64_t> WithdrawalStore::Applied() {
  OTRP_ASSIGN_OR_RETURN(
      const store::Row row,
      pool_.Query1("SELECT applied FROM verifier_withdrawal"));
  int64_t applied = 0;
  OTRP_RETURN_IF_ERROR(row.Scan(&applied));
  return applied;
}

absl::StatusOr<int64_t> WithdrawalStore::Apply(
    const std::vector<DeviceWithdrawal>& batch) {
  if (batch.empty()) return 0;
  int64_t changed = 0;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](store::Tx& tx) -> absl::Status {
    changed = 0;
    OTRP_ASSIGN_OR_RETURN(const int64_t advanced,
                          tx.ExecCount(kAdvance, batch.back().id));
    // Another replica was faster.
    if (advanced == 0) return absl::OkStatus();
    for (const DeviceWithdrawal& withdrawal : batch) {
      OTRP_RETURN_IF_ERROR(ApplyOne(tx, withdrawal, &changed));
    }
    return absl::OkStatus();
  }));
  return changed;
}

}  // namespace tsm
}  // namespace otrp
