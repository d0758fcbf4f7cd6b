// Applications, their versions and images.

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/ids.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "services/sp_portal/domain/pull_errors.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/storage/blob_store.h"
#include "services/sp_portal/storage/portal_store.h"
#include "services/sp_portal/storage/steps.h"
#include "services/sp_portal/storage/upload_store.h"
#include "services/sp_portal/storage/webhook_events.h"

namespace otrp {
namespace portal {
namespace {

using store::Bytes;
using store::BytesOut;
using store::Row;
using store::Rows;
using store::Tx;

constexpr char kInsertApp[] = R"sql(
    INSERT INTO app (spid, taid)
    VALUES ($1, $2)
    ON CONFLICT (spid, taid) DO UPDATE SET deleted_at = NULL
    WHERE app.deleted_at IS NOT NULL
    )sql";

// By its order, in which 1.0 and 1.0.0 are the same.
constexpr char kVersionOfOrder[] = R"sql(
    SELECT spid, taid, version, format, image_sha256, image_bytes,
           pdata_sha256, signer_fingerprint, pushed_at, pushed_by,
           review_state, deprecation, yank_reason, sha256(manifest), deleted_at,
           pull,
           (SELECT c.revoked_at FROM sp_certificate AS c
            WHERE c.fingerprint = app_version.signer_fingerprint),
           (SELECT coalesce(c.revocation_reason, 0) FROM sp_certificate AS c
            WHERE c.fingerprint = app_version.signer_fingerprint)
    FROM app_version
    WHERE spid = $1 AND taid = $2 AND sort_key = $3::bigint[]
    )sql";

constexpr char kVersionAndState[] = R"sql(
    SELECT v.spid, v.taid, v.version, v.format, v.image_sha256, v.image_bytes,
           v.pdata_sha256, v.signer_fingerprint, v.pushed_at, v.pushed_by,
           v.review_state, v.deprecation, v.yank_reason, sha256(v.manifest),
           v.deleted_at, v.pull,
           (SELECT c.revoked_at FROM sp_certificate AS c
            WHERE c.fingerprint = v.signer_fingerprint),
           (SELECT coalesce(c.revocation_reason, 0) FROM sp_certificate AS c
            WHERE c.fingerprint = v.signer_fingerprint), sp.state
    FROM app_version AS v JOIN sp ON sp.spid = v.spid
    WHERE v.spid = $1 AND v.taid = $2 AND v.sort_key = $3::bigint[]
    )sql";

// What there is of it.
constexpr char kSpAndApp[] = R"sql(
    SELECT EXISTS (SELECT 1 FROM sp WHERE spid = $1),
           EXISTS (SELECT 1 FROM app WHERE spid = $1 AND taid = $2)
    )sql";

// Changes of what an SP has follow one another; its own row isn't changed.
constexpr char kLockSp[] = R"sql(
    SELECT 1 FROM sp WHERE spid = $1 FOR NO KEY UPDATE
    )sql";

constexpr char kUsed[] = R"sql(
    SELECT (SELECT count(*) FROM app
            WHERE spid = $1 AND taid <> $2 AND deleted_at IS NULL),
           (SELECT count(*) FROM app_version
            WHERE spid = $1 AND taid = $2 AND deleted_at IS NULL),
           (SELECT coalesce(sum(image_bytes), 0)::bigint
            FROM app_version WHERE spid = $1 AND deleted_at IS NULL)
    )sql";

// In the order of kListApps.
constexpr char kVersionsOfApps[] = R"sql(
    SELECT spid, taid, version, format, image_sha256, image_bytes,
           pdata_sha256, signer_fingerprint, pushed_at, pushed_by,
           review_state, deprecation, yank_reason, sha256(manifest), deleted_at,
           pull,
           (SELECT c.revoked_at FROM sp_certificate AS c
            WHERE c.fingerprint = app_version.signer_fingerprint),
           (SELECT coalesce(c.revocation_reason, 0) FROM sp_certificate AS c
            WHERE c.fingerprint = app_version.signer_fingerprint)
    FROM app_version
    WHERE (spid, taid) IN (SELECT * FROM unnest($1::text[], $2::text[]))
      AND deleted_at IS NULL
    ORDER BY spid COLLATE "C", taid COLLATE "C", sort_key
    )sql";

constexpr char kInsertVersion[] = R"sql(
    INSERT INTO app_version (spid, taid, version, sort_key, format,
                             image_sha256, image_bytes, pdata_sha256,
                             signer_fingerprint, pushed_at, image_blob,
                             pdata_blob, pushed_by, manifest, pull)
    VALUES ($1, $2, $3, $4::bigint[], $5, $6, $7, $8, $9, $10, $11::uuid,
            $12::uuid, $13, $14, $15)
    )sql";

constexpr char kManifest[] = R"sql(
    SELECT manifest
    FROM app_version
    WHERE spid = $1 AND taid = $2 AND version = $3
    )sql";

// One that may be released.
constexpr char kAtLeast[] = R"sql(
    SELECT 1
    FROM app_version
    WHERE spid = $1 AND taid = $2 AND sort_key >= $3::bigint[]
      AND yank_reason = '' AND deleted_at IS NULL
    LIMIT 1
    )sql";

constexpr char kBeforeRelease[] = R"sql(
    SELECT coalesce(CASE $5 WHEN 'beta' THEN app.beta_version
                            ELSE app.released_version END, ''),
           coalesce(had.highest > $3::bigint[], false),
           coalesce(array_to_string(had.highest, '.'), ''),
           pushed.version IS NOT NULL, coalesce(pushed.yank_reason, ''),
           coalesce(pushed.review_state, ''), pushed.deleted_at IS NOT NULL,
           coalesce(pushed.pull, false) AND NOT EXISTS (
             SELECT 1 FROM pull_endpoint AS endpoint
             WHERE endpoint.spid = app.spid AND endpoint.taid = app.taid)
    FROM app
    LEFT JOIN app_version AS pushed
      ON pushed.spid = app.spid AND pushed.taid = app.taid
        AND pushed.version = $4
    -- What devices on the channel may have.
    CROSS JOIN LATERAL (
        SELECT CASE $5 WHEN 'beta'
                 THEN greatest(app.highest_released, app.highest_beta)
                 ELSE app.highest_released END AS highest) AS had
    WHERE app.spid = $1 AND app.taid = $2
    )sql";

constexpr char kRelease[] = R"sql(
    UPDATE app
    SET released_version = $3, highest_released = $4::bigint[],
        withdrawn = false
    WHERE spid = $1 AND taid = $2
    )sql";

constexpr char kReleaseBeta[] = R"sql(
    UPDATE app
    SET beta_version = $3, highest_beta = $4::bigint[], withdrawn = false
    WHERE spid = $1 AND taid = $2
    )sql";

constexpr char kWithdraw[] = R"sql(
    UPDATE app
    SET released_version = NULL, beta_version = NULL, withdrawn = true
    WHERE spid = $1 AND taid = $2 AND NOT withdrawn
    )sql";

constexpr char kListApps[] = R"sql(
    SELECT spid, taid, coalesce(released_version, ''),
           coalesce(beta_version, ''), withdrawn
    FROM app
    WHERE (spid COLLATE "C", taid COLLATE "C") > ($1::text, $2::text)
      AND deleted_at IS NULL
      AND ($3::text = '' OR spid = $3)
      AND (cardinality($4::text[]) = 0 OR taid = ANY($4::text[])
           OR lower(taid) = ANY($5::text[]))
    ORDER BY spid COLLATE "C", taid COLLATE "C"
    LIMIT $6
    )sql";

std::string SortKey(const service::Version& version) {
  return absl::StrCat("{", absl::StrJoin(version.numbers(), ","), "}");
}

// `more`: targets of further columns.
template <typename... More>
absl::StatusOr<AppVersion> ReadVersion(const Row& row, More... more) {
  AppVersion v;
  std::string format;
  std::string state;
  absl::optional<absl::Time> revoked_at;
  absl::optional<int> reason;
  OTRP_RETURN_IF_ERROR(row.Scan(
      &v.spid, &v.taid, &v.version, &format, BytesOut(&v.image_sha256),
      &v.image_bytes, BytesOut(&v.pdata_sha256),
      BytesOut(&v.signer_fingerprint), &v.pushed_at, &v.pushed_by, &state,
      &v.deprecation, &v.yank_reason, BytesOut(&v.manifest_sha256),
      &v.deleted_at, &v.pull, &revoked_at, &reason, more...));
  if (revoked_at.has_value()) {
    v.signer_revoked = Revocation{*revoked_at, reason.value_or(0)};
  }
  OTRP_ASSIGN_OR_RETURN(v.format, protocol::TaImageFormatFromName(format));
  const absl::optional<ReviewState> review_state = ReviewStateOf(state);
  if (!review_state.has_value()) {
    return absl::DataLossError("a version's review state can't be read");
  }
  v.review_state = *review_state;
  return v;
}

bool SameContent(const AppVersion& there, const AppVersion& pushed) {
  return there.version == pushed.version && there.format == pushed.format &&
         there.image_sha256 == pushed.image_sha256 &&
         there.pdata_sha256 == pushed.pdata_sha256 &&
         there.pull == pushed.pull &&
         // Of an image, it is the image's.
         (!pushed.pull ||
          there.signer_fingerprint == pushed.signer_fingerprint) &&
         there.manifest_sha256 == crypto::Sha256(pushed.manifest);
}

// The blob that has it.
absl::StatusOr<std::string> KeepImage(Tx& tx, const AppVersion& version,
                                      const SealedImage& image) {
  const absl::Time now = version.pushed_at;
  if (image.upload_id.empty()) {
    OTRP_RETURN_IF_ERROR(steps::WriteBlob(tx, image.image, now));
  }
  return steps::ShareBlob(tx, image.image.id, version.image_sha256, now);
}

absl::Status InsertVersion(Tx& tx, const AppVersion& version,
                           const service::Version& order,
                           const SealedImage& image) {
  const absl::Time now = version.pushed_at;
  absl::optional<std::string> image_blob;
  if (!version.pull) {
    OTRP_ASSIGN_OR_RETURN(image_blob, KeepImage(tx, version, image));
  }
  absl::optional<std::string> pdata_blob;
  if (image.personalization_data.has_value()) {
    OTRP_RETURN_IF_ERROR(
        steps::WriteBlob(tx, *image.personalization_data, now));
    pdata_blob = image.personalization_data->id;
    OTRP_RETURN_IF_ERROR(steps::KeepBlob(tx, *pdata_blob));
  }
  return tx
      .Exec(kInsertVersion, version.spid, version.taid, version.version,
            SortKey(order),
            std::string(protocol::TaImageFormatName(version.format)),
            Bytes(version.image_sha256), version.image_bytes,
            Bytes(version.pdata_sha256), Bytes(version.signer_fingerprint),
            version.pushed_at, image_blob, pdata_blob, version.pushed_by,
            Bytes(version.manifest), version.pull)
      .status();
}

// With what is to come.
absl::Status CheckRoom(Tx& tx, const std::string& spid, const std::string& taid,
                       int64_t image_bytes, const Quotas& quotas) {
  OTRP_ASSIGN_OR_RETURN(Row row, tx.Exec1(kUsed, spid, taid));
  int64_t other_apps = 0;
  int64_t versions = 0;
  int64_t bytes = 0;
  OTRP_RETURN_IF_ERROR(row.Scan(&other_apps, &versions, &bytes));
  if (other_apps >= quotas.applications) {
    return errors::TooManyApplications(quotas.applications);
  }
  if (versions >= quotas.versions) {
    return errors::TooManyVersions(quotas.versions);
  }
  if (image_bytes > quotas.image_bytes - bytes) {
    return errors::TooManyImageBytes(bytes, quotas.image_bytes);
  }
  return absl::OkStatus();
}

// Adds the versions to applications that are sorted by (spid, taid).
absl::Status AddVersions(const Rows& rows, std::vector<App>* apps) {
  size_t at = 0;
  for (Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(AppVersion version, ReadVersion(row));
    while (at < apps->size() && ((*apps)[at].spid != version.spid ||
                                 (*apps)[at].taid != version.taid)) {
      ++at;
    }
    if (at == apps->size()) {
      return absl::InternalError("versions and apps are out of step");
    }
    (*apps)[at].versions.push_back(std::move(version));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Change> PortalStore::AddVersion(const AppVersion& version,
                                               const service::Version& order,
                                               const SealedImage& image,
                                               const Quotas& quotas,
                                               const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_RETURN_IF_ERROR(tx.Exec(kLockSp, version.spid).status());
    OTRP_RETURN_IF_ERROR(
        tx.Exec(kInsertApp, version.spid, version.taid).status());
    OTRP_RETURN_IF_ERROR(steps::LockApp(tx, version.spid, version.taid));
    OTRP_ASSIGN_OR_RETURN(Rows there, tx.Exec(kVersionOfOrder, version.spid,
                                              version.taid, SortKey(order)));
    if (!image.upload_id.empty()) {
      OTRP_RETURN_IF_ERROR(steps::FinishUpload(tx, image.upload_id));
    }
    if (!there.empty()) {
      OTRP_ASSIGN_OR_RETURN(const AppVersion old, ReadVersion(there[0]));
      if (old.deleted_at.has_value()) {
        return errors::VersionDeleted(old.version);
      }
      if (!SameContent(old, version)) return errors::VersionTaken(old.version);
      return image.upload_id.empty()
                 ? absl::OkStatus()
                 : steps::DropBlob(tx, image.image.id, version.pushed_at);
    }
    OTRP_RETURN_IF_ERROR(
        CheckRoom(tx, version.spid, version.taid, version.image_bytes, quotas));
    OTRP_RETURN_IF_ERROR(InsertVersion(tx, version, order, image));
    OTRP_RETURN_IF_ERROR(steps::TellWebhooks(tx, VersionPushed(version)));
    change.changed = true;
    return store::AppendAudit(tx, audit);
  }));
  return change;
}

absl::Status PortalStore::CheckQuotas(const std::string& spid,
                                      const std::string& taid,
                                      int64_t image_bytes,
                                      const Quotas& quotas) {
  return pool_.Run(
      [&](Tx& tx) { return CheckRoom(tx, spid, taid, image_bytes, quotas); });
}

absl::StatusOr<std::string> PortalStore::SpellingOf(const std::string& spid,
                                                    const std::string& taid) {
  if (!IsUuid(taid)) return taid;
  // Both may be there, from before they were one.
  static constexpr char kSql[] = R"sql(
    SELECT taid FROM app
    WHERE spid = $1 AND lower(taid) = lower($2::text)
    ORDER BY taid <> $2::text, taid LIMIT 1
  )sql";
  OTRP_ASSIGN_OR_RETURN(Rows rows, pool_.Query(kSql, spid, taid));
  if (rows.empty()) return taid;
  std::string kept;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(&kept));
  return kept;
}

absl::StatusOr<AppVersion> PortalStore::GetVersion(
    const std::string& spid, const std::string& taid,
    const service::Version& version) {
  OTRP_ASSIGN_OR_RETURN(
      Rows rows, pool_.Query(kVersionAndState, spid, taid, SortKey(version)));
  if (!rows.empty()) {
    std::string state;
    OTRP_ASSIGN_OR_RETURN(AppVersion found, ReadVersion(rows[0], &state));
    found.sp_state = std::move(state);
    return found;
  }
  OTRP_ASSIGN_OR_RETURN(Row there, pool_.Query1(kSpAndApp, spid, taid));
  bool has_sp = false;
  bool has_app = false;
  OTRP_RETURN_IF_ERROR(there.Scan(&has_sp, &has_app));
  if (!has_sp) return errors::SpNotFound(spid);
  return has_app ? errors::VersionNotFound(version.text())
                 : errors::AppNotFound(taid);
}

absl::StatusOr<std::string> PortalStore::GetManifest(
    const AppVersion& version) {
  OTRP_ASSIGN_OR_RETURN(Row row, pool_.Query1(kManifest, version.spid,
                                              version.taid, version.version));
  std::string manifest;
  OTRP_RETURN_IF_ERROR(row.Scan(BytesOut(&manifest)));
  return manifest;
}

absl::StatusOr<bool> PortalStore::HasAtLeast(const std::string& spid,
                                             const std::string& taid,
                                             const service::Version& version) {
  OTRP_ASSIGN_OR_RETURN(Rows rows,
                        pool_.Query(kAtLeast, spid, taid, SortKey(version)));
  return !rows.empty();
}

absl::StatusOr<Change> PortalStore::Release(const std::string& spid,
                                            const std::string& taid,
                                            const service::Version& version,
                                            service::Channel channel,
                                            bool needs_approval,
                                            const store::OutboxMessage& message,
                                            const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_RETURN_IF_ERROR(steps::LockApp(tx, spid, taid));
    OTRP_ASSIGN_OR_RETURN(
        Row row, tx.Exec1(kBeforeRelease, spid, taid, SortKey(version),
                          version.text(), service::ChannelName(channel)));
    std::string released;
    bool lower;
    std::string highest;
    bool pushed;
    std::string yank_reason;
    std::string state;
    bool deleted;
    bool lacks_endpoint;
    OTRP_RETURN_IF_ERROR(row.Scan(&released, &lower, &highest, &pushed,
                                  &yank_reason, &state, &deleted,
                                  &lacks_endpoint));
    if (deleted) return errors::VersionDeleted(version.text());
    if (!pushed) return errors::VersionNotFound(version.text());
    if (!yank_reason.empty()) {
      return errors::VersionYanked(version.text(), yank_reason);
    }
    if (needs_approval && state != WordOf(ReviewState::kApproved)) {
      return errors::NotApproved(version.text(), state);
    }
    if (lacks_endpoint) return errors::NeedsPullEndpoint(taid);
    if (lower) return errors::VersionLower(version.text(), highest);
    if (released == version.text()) {
      return steps::Unchanged(tx, message.key, &change);
    }
    OTRP_RETURN_IF_ERROR(
        tx.Exec(channel == service::Channel::kBeta ? kReleaseBeta : kRelease,
                spid, taid, version.text(), SortKey(version))
            .status());
    OTRP_RETURN_IF_ERROR(steps::TellWebhooks(
        tx, VersionReleased(spid, taid, version.text(), channel)));
    return steps::Record(tx, message, audit, &change);
  }));
  return change;
}

absl::StatusOr<Change> PortalStore::Withdraw(
    const std::string& spid, const std::string& taid,
    const store::OutboxMessage& message, const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_RETURN_IF_ERROR(steps::LockApp(tx, spid, taid));
    OTRP_ASSIGN_OR_RETURN(const int64_t updated,
                          tx.ExecCount(kWithdraw, spid, taid));
    if (updated == 0) return steps::Unchanged(tx, message.key, &change);
    OTRP_RETURN_IF_ERROR(
        steps::TellWebhooks(tx, ApplicationWithdrawn(spid, taid)));
    return steps::Record(tx, message, audit, &change);
  }));
  return change;
}

absl::StatusOr<std::vector<App>> PortalStore::ListApps(
    const Visible& visible, const std::string& after_spid,
    const std::string& after_taid, int limit) {
  std::vector<App> apps;
  // One snapshot for both statements.
  const store::TxOptions options{store::Isolation::kRepeatableRead, true};
  OTRP_RETURN_IF_ERROR(pool_.Run(
      [&](Tx& tx) -> absl::Status {
        apps.clear();
        OTRP_ASSIGN_OR_RETURN(
            Rows rows, tx.Exec(kListApps, after_spid, after_taid, visible.spid,
                               store::TextArray(visible.taids),
                               store::TextArray(visible.uuids), limit));
        std::vector<std::string> spids;
        std::vector<std::string> taids;
        for (Row row : rows) {
          App app;
          OTRP_RETURN_IF_ERROR(row.Scan(&app.spid, &app.taid,
                                        &app.released_version,
                                        &app.beta_version, &app.withdrawn));
          spids.push_back(app.spid);
          taids.push_back(app.taid);
          apps.push_back(std::move(app));
        }
        OTRP_ASSIGN_OR_RETURN(Rows versions,
                              tx.Exec(kVersionsOfApps, store::TextArray(spids),
                                      store::TextArray(taids)));
        return AddVersions(versions, &apps);
      },
      options));
  return apps;
}

}  // namespace portal
}  // namespace otrp
