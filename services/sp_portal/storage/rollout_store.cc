#include "services/sp_portal/storage/rollout_store.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <tuple>
#include <utility>

#include "libs/base/ids.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "libs/store/outbox.h"
#include "libs/store/value.h"
#include "services/sp_portal/domain/webhook.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/storage/webhook_events.h"

namespace otrp {
namespace portal {
namespace {

using store::Row;
using store::Rows;
using store::Tx;

constexpr char kInboxSource[] = "tsm.outcomes";

// In the order of their keys, so that two batches at once can't wait for each
// other. The TSM writes UUIDs in lower case.
constexpr char kCount[] = R"sql(
    INSERT INTO rollout (spid, taid, version, devices, failures, changed_at)
    SELECT app.spid, app.taid, item.version, item.devices, item.failures, $2
    FROM jsonb_to_recordset($1::jsonb) AS item(spid text, taid text,
        uuid boolean, version text, devices bigint, failures bigint)
    JOIN app ON app.spid = item.spid AND lower(app.taid) = lower(item.taid)
        AND (item.uuid OR app.taid = item.taid)
    ORDER BY app.spid, app.taid, item.version
    ON CONFLICT (spid, taid, version) DO UPDATE
    SET devices = rollout.devices + EXCLUDED.devices,
        failures = rollout.failures + EXCLUDED.failures,
        changed_at = EXCLUDED.changed_at, untold = true
    )sql";

// No row: the SP isn't ours.
constexpr char kNotices[] = R"sql(
    INSERT INTO device_notices AS notices (spid, minute, told)
    SELECT spid, $2::timestamptz, 0 FROM sp WHERE spid = $1
    ON CONFLICT (spid) DO UPDATE
    SET minute = EXCLUDED.minute,
        told = CASE notices.minute WHEN EXCLUDED.minute THEN notices.told
                                   ELSE 0 END
    RETURNING told
    )sql";

constexpr char kNoticed[] = R"sql(
    UPDATE device_notices SET told = told + $2 WHERE spid = $1
    )sql";

constexpr char kUntold[] = R"sql(
    WITH due AS (
        SELECT spid, taid, version
        FROM rollout
        WHERE untold AND told_at < $2
        ORDER BY told_at
        LIMIT $3
        FOR UPDATE SKIP LOCKED)
    UPDATE rollout
    SET told_at = $1, untold = false
    FROM due
    WHERE rollout.spid = due.spid AND rollout.taid = due.taid
      AND rollout.version = due.version
    RETURNING rollout.spid, rollout.taid, rollout.version, devices, failures,
              changed_at
    )sql";

constexpr char kListAll[] = R"sql(
    SELECT spid, taid, version, devices, failures, changed_at
    FROM rollout
    WHERE (spid, taid, version) > ($1, $2, $3)
    ORDER BY spid, taid, version
    LIMIT $4
    )sql";

constexpr char kListTaid[] = R"sql(
    SELECT spid, taid, version, devices, failures, changed_at
    FROM rollout
    WHERE taid = $1 AND (spid, version) > ($2, $3)
    ORDER BY spid, version
    LIMIT $4
    )sql";

constexpr char kListSp[] = R"sql(
    SELECT spid, taid, version, devices, failures, changed_at
    FROM rollout
    WHERE spid = $1 AND (taid, version) > ($2, $3)
      AND ($5::text = '' OR taid = $5)
      AND (cardinality($6::text[]) = 0 OR taid = ANY($6::text[])
           OR lower(taid) = ANY($7::text[]))
    ORDER BY taid, version
    LIMIT $4
    )sql";

absl::StatusOr<Rollout> Read(const Row& row) {
  Rollout rollout;
  OTRP_RETURN_IF_ERROR(row.Scan(&rollout.spid, &rollout.taid, &rollout.version,
                                &rollout.devices, &rollout.failures,
                                &rollout.changed_at));
  return rollout;
}

struct Counts {
  int64_t devices = 0;
  int64_t failures = 0;
};

// What changes by the outcomes, for kCount; empty: nothing.
std::string ChangesOf(const std::vector<DeviceOutcome>& outcomes) {
  std::map<std::tuple<std::string, std::string, std::string>, Counts> changes;
  for (const DeviceOutcome& outcome : outcomes) {
    if (outcome.taid.empty() || outcome.version.empty()) continue;
    Counts& counts = changes[{outcome.spid, outcome.taid, outcome.version}];
    switch (outcome.kind) {
      case DeviceOutcome::Kind::kInstalled: ++counts.devices; break;
      case DeviceOutcome::Kind::kRemoved: --counts.devices; break;
      case DeviceOutcome::Kind::kFailed: ++counts.failures; break;
      case DeviceOutcome::Kind::kRefused: break;
    }
  }
  if (changes.empty()) return "";
  json::Value items = json::Value::Array();
  for (const auto& [key, counts] : changes) {
    json::Value item = json::Value::Object();
    item.Set("spid", json::Value::String(std::get<0>(key)));
    item.Set("taid", json::Value::String(std::get<1>(key)));
    item.Set("uuid", json::Value::Bool(IsUuid(std::get<1>(key))));
    item.Set("version", json::Value::String(std::get<2>(key)));
    item.Set("devices", json::Value::Integer(counts.devices));
    item.Set("failures", json::Value::Integer(counts.failures));
    items.Append(std::move(item));
  }
  return items.Serialize();
}

// What webhooks are told one by one, by SP.
std::map<std::string, std::vector<WebhookEvent>> NoticesOf(
    const std::vector<DeviceOutcome>& outcomes) {
  std::map<std::string, std::vector<WebhookEvent>> notices;
  for (const DeviceOutcome& outcome : outcomes) {
    if (outcome.kind == DeviceOutcome::Kind::kFailed) {
      notices[outcome.spid].push_back(DeviceFailed(outcome));
    } else if (outcome.kind == DeviceOutcome::Kind::kRefused) {
      notices[outcome.spid].push_back(DeviceRefused(outcome));
    }
  }
  return notices;
}

absl::Status Notify(Tx& tx, const std::string& spid,
                    const std::vector<WebhookEvent>& events, absl::Time now) {
  const absl::Time minute =
      absl::FromUnixSeconds(absl::ToUnixSeconds(now) / 60 * 60);
  OTRP_ASSIGN_OR_RETURN(Rows rows, tx.Exec(kNotices, spid, minute));
  if (rows.empty()) return absl::OkStatus();
  int64_t told = 0;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(&told));
  const int64_t left = std::max<int64_t>(kMaxDeviceNotices - told, 0);
  const int64_t now_told = std::min(left, static_cast<int64_t>(events.size()));
  for (int64_t i = 0; i < now_told; ++i) {
    OTRP_RETURN_IF_ERROR(
        steps::TellWebhooks(tx, events[static_cast<size_t>(i)]));
  }
  return tx.Exec(kNoticed, spid, now_told).status();
}

}  // namespace

absl::StatusOr<bool> RolloutStore::Apply(const OutcomeBatch& batch,
                                         absl::Time now) {
  bool first = false;
  const std::string changes = ChangesOf(batch.outcomes);
  const auto notices = NoticesOf(batch.outcomes);
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(first,
                          store::InboxFirstTime(tx, kInboxSource, batch.id));
    if (!first) return absl::OkStatus();
    if (!changes.empty()) {
      OTRP_RETURN_IF_ERROR(tx.Exec(kCount, changes, now).status());
    }
    for (const auto& [spid, events] : notices) {
      OTRP_RETURN_IF_ERROR(Notify(tx, spid, events, now));
    }
    return absl::OkStatus();
  }));
  return first;
}

absl::StatusOr<int> RolloutStore::TellProgress(absl::Time now, int limit) {
  int told = 0;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    told = 0;
    OTRP_ASSIGN_OR_RETURN(Rows rows,
                          tx.Exec(kUntold, now, now - kProgressPause, limit));
    for (Row row : rows) {
      OTRP_ASSIGN_OR_RETURN(const Rollout rollout, Read(row));
      OTRP_RETURN_IF_ERROR(steps::TellWebhooks(tx, RolloutProgress(rollout)));
      ++told;
    }
    return absl::OkStatus();
  }));
  return told;
}

absl::StatusOr<std::vector<Rollout>> RolloutStore::List(const Visible& visible,
                                                        const std::string& taid,
                                                        const Position& after,
                                                        int limit) {
  absl::StatusOr<Rows> rows =
      visible.spid.empty() && taid.empty()
          ? pool_.Query(kListAll, after.spid, after.taid, after.version, limit)
      : visible.spid.empty()
          ? pool_.Query(kListTaid, taid, after.spid, after.version, limit)
          : pool_.Query(kListSp, visible.spid, after.taid, after.version, limit,
                        taid, store::TextArray(visible.taids),
                        store::TextArray(visible.uuids));
  OTRP_RETURN_IF_ERROR(rows.status());
  std::vector<Rollout> rollouts;
  for (Row row : *rows) {
    OTRP_ASSIGN_OR_RETURN(Rollout rollout, Read(row));
    rollouts.push_back(std::move(rollout));
  }
  return rollouts;
}

absl::Status RolloutStore::ForgetBatches(absl::Time cutoff,
                                         absl::Duration budget) {
  return store::PurgeInbox(pool_, cutoff, budget).status();
}

}  // namespace portal
}  // namespace otrp
