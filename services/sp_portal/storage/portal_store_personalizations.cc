// What single devices get with a TA.

#include <utility>

#include "libs/base/status_macros.h"
#include "services/sp_portal/domain/pull_errors.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/storage/blob_store.h"
#include "services/sp_portal/storage/portal_store.h"
#include "services/sp_portal/storage/steps.h"

namespace otrp {
namespace portal {
namespace {

using store::Bytes;
using store::BytesOut;
using store::Row;
using store::Rows;
using store::Tx;

// Who is in a group, and what holds of a device, only the TSM knows, so that
// one to any group, or by any conditions, will do: the data goes out with an
// assigned TA alone. Held until the data is there.
constexpr char kMayReach[] = R"sql(
    SELECT 1
    FROM entitlement
    WHERE spid = $1 AND revoked_at IS NULL
      AND (kind IN ('all', 'group', 'devices') OR kind = 'did' AND target = $2)
    LIMIT 1
    FOR SHARE
    )sql";

constexpr char kFind[] = R"sql(
    SELECT spid, taid, did, blob_id::text, bytes, sha256, put_at
    FROM personalization
    WHERE spid = $1 AND taid = $2 AND did = $3
    )sql";

// Locked: it isn't deleted meanwhile.
constexpr char kIsThere[] = R"sql(
    SELECT 1
    FROM app
    WHERE spid = $1 AND taid = $2 AND deleted_at IS NULL
    FOR UPDATE
    )sql";

// Others than this one.
constexpr char kUsed[] = R"sql(
    SELECT count(*), coalesce(sum(bytes), 0)::bigint
    FROM personalization
    WHERE spid = $1 AND (taid, did) <> ($2, $3)
    )sql";

constexpr char kPut[] = R"sql(
    INSERT INTO personalization (spid, taid, did, blob_id, bytes, sha256,
                                 put_at)
    VALUES ($1, $2, $3, $4::uuid, $5, $6, $7)
    ON CONFLICT (spid, taid, did) DO UPDATE SET blob_id = EXCLUDED.blob_id,
      bytes = EXCLUDED.bytes, sha256 = EXCLUDED.sha256,
      put_at = EXCLUDED.put_at
    )sql";

constexpr char kDelete[] = R"sql(
    DELETE FROM personalization WHERE spid = $1 AND taid = $2 AND did = $3
    )sql";

constexpr char kList[] = R"sql(
    SELECT spid, taid, did, blob_id::text, bytes, sha256, put_at
    FROM personalization
    WHERE spid = $1 AND taid = $2 AND did > $3
    ORDER BY did
    LIMIT $4
    )sql";

absl::StatusOr<Personalization> Read(const Row& row) {
  Personalization own;
  OTRP_RETURN_IF_ERROR(row.Scan(&own.spid, &own.taid, BytesOut(&own.did),
                                &own.blob_id, &own.bytes, BytesOut(&own.sha256),
                                &own.put_at));
  return own;
}

absl::StatusOr<absl::optional<Personalization>> Find(
    Tx& tx, const Personalization& key) {
  OTRP_ASSIGN_OR_RETURN(Rows rows,
                        tx.Exec(kFind, key.spid, key.taid, Bytes(key.did)));
  if (rows.empty()) return absl::optional<Personalization>();
  OTRP_ASSIGN_OR_RETURN(Personalization own, Read(rows[0]));
  return absl::make_optional(std::move(own));
}

// With what is to come.
absl::Status CheckRoom(Tx& tx, const Personalization& own) {
  OTRP_ASSIGN_OR_RETURN(Row row,
                        tx.Exec1(kUsed, own.spid, own.taid, Bytes(own.did)));
  int64_t others = 0;
  int64_t bytes = 0;
  OTRP_RETURN_IF_ERROR(row.Scan(&others, &bytes));
  if (others >= kMaxPersonalizations ||
      bytes + own.bytes > kMaxPersonalizationBytesPerSp) {
    return errors::TooManyPersonalizations();
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Change> PortalStore::PutPersonalization(
    const Personalization& own, By by, const SealedBlob& data,
    const store::OutboxMessage& message, const store::AuditEvent& audit) {
  const TargetWords words = WordsOf(OneDevice{own.did});
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_RETURN_IF_ERROR(steps::LockActiveTenant(tx, own.spid));
    if (by == By::kSp) {
      OTRP_ASSIGN_OR_RETURN(Rows may,
                            tx.Exec(kMayReach, own.spid, words.target));
      if (may.empty()) return errors::NotEntitled(own.spid);
    }
    OTRP_ASSIGN_OR_RETURN(Rows app, tx.Exec(kIsThere, own.spid, own.taid));
    if (app.empty()) return errors::AppNotFound(own.taid);
    OTRP_ASSIGN_OR_RETURN(const absl::optional<Personalization> before,
                          Find(tx, own));
    if (before.has_value() && before->sha256 == own.sha256) {
      return steps::Unchanged(tx, message.key, &change);
    }
    OTRP_RETURN_IF_ERROR(CheckRoom(tx, own));
    OTRP_RETURN_IF_ERROR(steps::WriteBlob(tx, data, own.put_at));
    OTRP_RETURN_IF_ERROR(steps::KeepBlob(tx, data.id));
    OTRP_RETURN_IF_ERROR(tx.Exec(kPut, own.spid, own.taid, Bytes(own.did),
                                 data.id, own.bytes, Bytes(own.sha256),
                                 own.put_at)
                             .status());
    if (before.has_value()) {
      OTRP_RETURN_IF_ERROR(steps::DropBlob(tx, before->blob_id, own.put_at));
    }
    return steps::Record(tx, message, audit, &change);
  }));
  return change;
}

absl::StatusOr<Change> PortalStore::DeletePersonalization(
    const Personalization& own, const store::OutboxMessage& message,
    const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_RETURN_IF_ERROR(steps::LockApp(tx, own.spid, own.taid));
    OTRP_ASSIGN_OR_RETURN(const absl::optional<Personalization> before,
                          Find(tx, own));
    if (!before.has_value()) {
      return steps::Unchanged(tx, message.key, &change);
    }
    OTRP_RETURN_IF_ERROR(
        tx.Exec(kDelete, own.spid, own.taid, Bytes(own.did)).status());
    OTRP_RETURN_IF_ERROR(steps::DropBlob(tx, before->blob_id, own.put_at));
    return steps::Record(tx, message, audit, &change);
  }));
  return change;
}

absl::StatusOr<absl::optional<Personalization>>
PortalStore::FindPersonalization(const std::string& spid,
                                 const std::string& taid,
                                 const std::string& did) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, pool_.Query(kFind, spid, taid, Bytes(did)));
  if (rows.empty()) return absl::optional<Personalization>();
  OTRP_ASSIGN_OR_RETURN(Personalization own, Read(rows[0]));
  return absl::make_optional(std::move(own));
}

absl::StatusOr<std::vector<Personalization>> PortalStore::ListPersonalizations(
    const std::string& spid, const std::string& taid,
    const std::string& after_did, int limit) {
  OTRP_ASSIGN_OR_RETURN(
      Rows rows, pool_.Query(kList, spid, taid, Bytes(after_did), limit));
  std::vector<Personalization> list;
  for (Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(Personalization own, Read(row));
    list.push_back(std::move(own));
  }
  return list;
}

}  // namespace portal
}  // namespace otrp
