// Versions and applications that are taken away: their octets go, their rows
// stay.

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/storage/blob_store.h"
#include "services/sp_portal/storage/portal_store.h"
#include "services/sp_portal/storage/steps.h"
#include "services/sp_portal/storage/webhook_events.h"

namespace otrp {
namespace portal {
namespace {

using store::BytesOut;
using store::Row;
using store::Rows;
using store::Tx;

constexpr char kState[] = R"sql(
    SELECT coalesce(released_version, ''), coalesce(beta_version, ''),
           deleted_at IS NOT NULL,
           (SELECT count(*) FROM assignment
            WHERE assignment.spid = app.spid AND assignment.taid = app.taid),
           EXISTS (SELECT 1 FROM pull_endpoint AS endpoint
                   WHERE endpoint.spid = app.spid
                     AND endpoint.taid = app.taid),
           (SELECT count(*) FROM personalization AS own
            WHERE own.spid = app.spid AND own.taid = app.taid),
           EXISTS (SELECT 1 FROM outbox
                   WHERE delivered_at IS NULL AND key = $1 || '/' || $2)
    FROM app
    WHERE spid = $1 AND taid = $2
    )sql";

constexpr char kVersions[] = R"sql(
    SELECT version
    FROM app_version
    WHERE spid = $1 AND taid = $2 AND deleted_at IS NULL
    ORDER BY sort_key
    )sql";

// Nothing where it was deleted before.
constexpr char kBlobs[] = R"sql(
    SELECT coalesce(image_blob::text, ''), coalesce(pdata_blob::text, ''),
           image_sha256
    FROM app_version
    WHERE spid = $1 AND taid = $2 AND version = $3 AND deleted_at IS NULL
    )sql";

constexpr char kDeleteVersion[] = R"sql(
    UPDATE app_version
    SET deleted_at = $4, image_blob = NULL, pdata_blob = NULL,
        review_state = CASE review_state WHEN 'submitted' THEN 'rejected'
                                         ELSE review_state END
    WHERE spid = $1 AND taid = $2 AND version = $3
    )sql";

constexpr char kEndReview[] = R"sql(
    UPDATE review
    SET state = 'rejected', reviewed_by = $4, reviewed_at = $5,
        reason = 'the version was deleted'
    WHERE spid = $1 AND taid = $2 AND version = $3 AND state = 'submitted'
    )sql";

// Who pushes the same image at this moment is waited for, and seen by the
// statement that comes next.
constexpr char kLockDigest[] = R"sql(
    SELECT 1 FROM blob_digest WHERE sha256 = $1 FOR UPDATE
    )sql";

constexpr char kLetGo[] = R"sql(
    UPDATE blob
    SET idle_since = $2
    WHERE id = $1::uuid
      AND NOT EXISTS (SELECT 1 FROM app_version WHERE image_blob = $1::uuid)
      AND NOT EXISTS (SELECT 1 FROM app_version WHERE pdata_blob = $1::uuid)
      AND NOT EXISTS (SELECT 1 FROM upload WHERE blob_id = $1::uuid)
      AND NOT EXISTS (SELECT 1 FROM version_evidence
                      WHERE blob_id = $1::uuid)
    )sql";

constexpr char kDeleteApp[] = R"sql(
    UPDATE app SET deleted_at = $3 WHERE spid = $1 AND taid = $2
    )sql";

absl::Status StillReleased(absl::string_view field,
                           absl::string_view released) {
  return absl::FailedPreconditionError(
      absl::StrCat(field, ": ", released,
                   " is released; release another version or withdraw the "
                   "application first"));
}

absl::Status StillAssigned(int64_t assignments) {
  return absl::FailedPreconditionError(
      absl::StrCat("taid: has ", assignments,
                   " assignments; unassign the application first"));
}

absl::Status StillPulled() {
  return absl::FailedPreconditionError(
      "taid: has a pull endpoint; delete that first");
}

absl::Status StillPersonalized(int64_t devices) {
  return absl::FailedPreconditionError(
      absl::StrCat("taid: has data of ", devices,
                   " devices of their own; delete that first"));
}

absl::Status StillOnItsWay(absl::string_view field) {
  return absl::FailedPreconditionError(absl::StrCat(
      field, ": the TSM hasn't heard yet what was done last; try again later"));
}

struct AppState {
  std::string released;
  std::string beta;
  bool deleted = false;
  int64_t assignments = 0;
  bool has_endpoint = false;
  int64_t devices_with_data = 0;
  // The TSM is still to be told something, for which it may need an image.
  bool on_its_way = false;
};

absl::StatusOr<AppState> LockedState(Tx& tx, const std::string& spid,
                                     const std::string& taid) {
  OTRP_RETURN_IF_ERROR(steps::LockApp(tx, spid, taid));
  OTRP_ASSIGN_OR_RETURN(Row row, tx.Exec1(kState, spid, taid));
  AppState state;
  OTRP_RETURN_IF_ERROR(row.Scan(&state.released, &state.beta, &state.deleted,
                                &state.assignments, &state.has_endpoint,
                                &state.devices_with_data, &state.on_its_way));
  return state;
}

// False: it was deleted before. `of`: of an application that is locked.
absl::StatusOr<bool> Delete(Tx& tx, const AppVersion& of,
                            const std::string& actor, absl::Time at) {
  // First: whoever seals it at this moment points at blobs before it lets go.
  OTRP_RETURN_IF_ERROR(steps::DropUnsealed(tx, of.spid, of.taid, of.version));
  OTRP_ASSIGN_OR_RETURN(Rows rows,
                        tx.Exec(kBlobs, of.spid, of.taid, of.version));
  if (rows.empty()) return false;
  std::string image;
  std::string pdata;
  std::string sha256;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(&image, &pdata, BytesOut(&sha256)));
  OTRP_RETURN_IF_ERROR(
      tx.Exec(kEndReview, of.spid, of.taid, of.version, actor, at).status());
  OTRP_RETURN_IF_ERROR(
      tx.Exec(kDeleteVersion, of.spid, of.taid, of.version, at).status());
  OTRP_RETURN_IF_ERROR(tx.Exec(kLockDigest, store::Bytes(sha256)).status());
  for (const std::string& blob : {image, pdata}) {
    if (blob.empty()) continue;
    OTRP_RETURN_IF_ERROR(tx.Exec(kLetGo, blob, at).status());
  }
  OTRP_RETURN_IF_ERROR(steps::TellWebhooks(tx, VersionDeleted(of)));
  return true;
}

}  // namespace

absl::StatusOr<Change> PortalStore::DeleteVersion(
    const AppVersion& version, const std::string& actor,
    const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_ASSIGN_OR_RETURN(const AppState state,
                          LockedState(tx, version.spid, version.taid));
    if (state.released == version.version || state.beta == version.version) {
      return StillReleased("version", version.version);
    }
    if (state.on_its_way) return StillOnItsWay("version");
    OTRP_ASSIGN_OR_RETURN(change.changed,
                          Delete(tx, version, actor, *version.deleted_at));
    return change.changed ? store::AppendAudit(tx, audit) : absl::OkStatus();
  }));
  return change;
}

absl::StatusOr<Deleted> PortalStore::DeleteApp(const std::string& spid,
                                               const std::string& taid,
                                               absl::Time at,
                                               const std::string& actor,
                                               const store::AuditEvent& audit) {
  Deleted deleted;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    deleted = Deleted();
    OTRP_ASSIGN_OR_RETURN(const AppState state, LockedState(tx, spid, taid));
    if (state.deleted) return absl::OkStatus();
    for (const std::string& released : {state.released, state.beta}) {
      if (!released.empty()) return StillReleased("taid", released);
    }
    if (state.assignments > 0) return StillAssigned(state.assignments);
    if (state.has_endpoint) return StillPulled();
    if (state.devices_with_data > 0) {
      return StillPersonalized(state.devices_with_data);
    }
    if (state.on_its_way) return StillOnItsWay("taid");
    OTRP_ASSIGN_OR_RETURN(Rows rows, tx.Exec(kVersions, spid, taid));
    for (Row row : rows) {
      AppVersion version;
      version.spid = spid;
      version.taid = taid;
      OTRP_RETURN_IF_ERROR(row.Scan(&version.version));
      OTRP_RETURN_IF_ERROR(Delete(tx, version, actor, at).status());
      ++deleted.versions;
    }
    OTRP_RETURN_IF_ERROR(tx.Exec(kDeleteApp, spid, taid, at).status());
    OTRP_RETURN_IF_ERROR(
        steps::TellWebhooks(tx, ApplicationDeleted(spid, taid)));
    deleted.changed = true;
    return store::AppendAudit(tx, audit);
  }));
  return deleted;
}

}  // namespace portal
}  // namespace otrp
