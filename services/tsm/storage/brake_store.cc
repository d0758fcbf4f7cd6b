#include "services/tsm/storage/brake_store.h"

#include "libs/base/status_macros.h"

namespace otrp {
namespace tsm {
namespace {

constexpr char kRead[] = R"sql(
  WITH fleet AS (
    SELECT coalesce(sum(devices), 0)::bigint AS devices
    FROM (SELECT devices FROM device_count WHERE verdict = 'accepted'
          UNION ALL
          SELECT change FROM device_count_change WHERE verdict = 'accepted')
      AS part),
  allowed AS (
    SELECT greatest(min_devices, fleet.devices * percent / 100) AS devices
    FROM removal_brake, fleet)
  SELECT percent, min_devices, paused_at, paused_by, reason, released_until,
    released_by, allowed.devices,
    (SELECT count(*)
     FROM (SELECT 1 FROM device_loss
           WHERE at > $1::timestamptz - interval '1 hour'
             AND at > coalesce((SELECT released_until FROM removal_brake),
                               '-infinity')
           LIMIT (SELECT devices + 1 FROM allowed)) AS lost)
  FROM removal_brake, allowed
)sql";

constexpr char kPause[] = R"sql(
  UPDATE removal_brake
  SET paused_at = $1::timestamptz, paused_by = $2, reason = $3,
    released_until = NULL
  WHERE paused_at IS NULL AND (
    NOT $4::boolean OR released_until IS NULL
    OR released_until <= $1::timestamptz)
)sql";

constexpr char kRelease[] = R"sql(
  UPDATE removal_brake
  SET paused_at = NULL, paused_by = '', reason = '',
    released_until = $1::timestamptz, released_by = $2
)sql";

constexpr char kSet[] = R"sql(
  UPDATE removal_brake SET percent = $1::integer, min_devices = $2::bigint
)sql";

}  // namespace

absl::StatusOr<BrakeState> BrakeStore::Read(absl::Time now) {
  OTRP_ASSIGN_OR_RETURN(const store::Row row, pool_.Query1(kRead, now));
  BrakeState state;
  OTRP_RETURN_IF_ERROR(
      row.Scan(&state.percent, &state.min_devices, &state.paused_at,
               &state.paused_by, &state.reason, &state.released_until,
               &state.released_by, &state.limit, &state.devices));
  return state;
}

absl::StatusOr<bool> BrakeStore::Pause(absl::Time now, absl::string_view by,
                                       absl::string_view reason,
                                       bool unless_released,
                                       const store::AuditEvent& audit) {
  bool changed = false;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(
        const int64_t rows,
        tx.ExecCount(kPause, now, by, reason, unless_released));
    changed = rows > 0;
    return changed ? store::AppendAudit(tx, audit) : absl::OkStatus();
  }));
  return changed;
}

absl::Status BrakeStore::Release(absl::Time until, absl::string_view by,
                                 const store::AuditEvent& audit) {
  return pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(tx.Exec(kRelease, until, by).status());
    return store::AppendAudit(tx, audit);
  });
}

absl::Status BrakeStore::Set(int32_t percent, int64_t min_devices,
                             const store::AuditEvent& audit) {
  return pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(tx.Exec(kSet, percent, min_devices).status());
    return store::AppendAudit(tx, audit);
  });
}

}  // namespace tsm
}  // namespace otrp
