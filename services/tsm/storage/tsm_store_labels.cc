// What operators say of devices.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "services/tsm/errors.h"
#include "services/tsm/limits.h"
#include "services/tsm/storage/deciding_actor.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {
namespace {

constexpr char kRemove[] = R"sql(
  DELETE FROM device_label WHERE did = $1 AND key = ANY ($2::text[])
)sql";

constexpr char kUpdate[] = R"sql(
  INSERT INTO device_label (did, key, value)
  SELECT $1, * FROM unnest($2::text[], $3::text[])
  ON CONFLICT (did, key) DO UPDATE SET value = EXCLUDED.value
  WHERE device_label.value <> EXCLUDED.value
)sql";

constexpr char kLabels[] = R"sql(
  SELECT key || '=' || value FROM device_label
  WHERE did = $1 ORDER BY key COLLATE "C"
)sql";

}  // namespace

absl::StatusOr<LabelChange> TsmStore::SetLabels(
    absl::string_view did, const std::map<std::string, std::string>& update,
    const std::vector<std::string>& remove, const store::AuditEvent& audit) {
  std::vector<std::string> keys;
  std::vector<std::string> values;
  for (const auto& [key, value] : update) {
    keys.push_back(key);
    values.push_back(value);
  }
  LabelChange change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](store::Tx& tx) -> absl::Status {
    change = LabelChange();
    OTRP_RETURN_IF_ERROR(SetDecidingActor(tx, audit.actor));
    OTRP_ASSIGN_OR_RETURN(
        const int64_t removed,
        tx.ExecCount(kRemove, store::Bytes(did), store::TextArray(remove)));
    OTRP_ASSIGN_OR_RETURN(
        const int64_t updated,
        tx.ExecCount(kUpdate, store::Bytes(did), store::TextArray(keys),
                     store::TextArray(values)));
    OTRP_ASSIGN_OR_RETURN(store::Rows rows,
                          tx.Exec(kLabels, store::Bytes(did)));
    if (rows.size() > kMaxLabels) return errors::TooManyLabels(kMaxLabels);
    for (store::Row row : rows) {
      std::string label;
      OTRP_RETURN_IF_ERROR(row.Scan(&label));
      change.labels.push_back(std::move(label));
    }
    change.changed = removed + updated > 0;
    return change.changed ? store::AppendAudit(tx, audit) : absl::OkStatus();
  }));
  return change;
}

}  // namespace tsm
}  // namespace otrp
