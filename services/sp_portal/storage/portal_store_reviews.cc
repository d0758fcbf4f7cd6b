// What becomes of versions: deprecated, yanked, submitted, reviewed.

#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/base/status_macros.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/storage/portal_store.h"
#include "services/sp_portal/storage/steps.h"
#include "services/sp_portal/storage/webhook_events.h"

namespace otrp {
namespace portal {
namespace {

using store::Row;
using store::Rows;
using store::Tx;

// Empty for 'all' states, SPs or applications.
constexpr char kList[] = R"sql(
    SELECT id, spid, taid, version, state, submitted_by, submitted_at,
           reviewed_by, reviewed_at, reason, checks
    FROM review
    WHERE id > $1 AND ($2::text = '' OR spid = $2)
      AND ($3::text = '' OR state = $3)
      AND (cardinality($4::text[]) = 0 OR taid = ANY($4::text[])
           OR lower(taid) = ANY($5::text[]))
    ORDER BY id
    LIMIT $6
    )sql";

constexpr char kLatest[] = R"sql(
    SELECT id, spid, taid, version, state, submitted_by, submitted_at,
           reviewed_by, reviewed_at, reason, checks
    FROM review
    WHERE spid = $1 AND taid = $2 AND version = $3
    ORDER BY id DESC
    LIMIT 1
    )sql";

constexpr char kBefore[] = R"sql(
    SELECT pushed.review_state, pushed.deprecation, pushed.yank_reason,
           pushed.pushed_by,
           coalesce(app.released_version = pushed.version, false)
             OR coalesce(app.beta_version = pushed.version, false),
           pushed.deleted_at IS NOT NULL
    FROM app_version AS pushed
    JOIN app ON app.spid = pushed.spid AND app.taid = pushed.taid
    WHERE pushed.spid = $1 AND pushed.taid = $2 AND pushed.version = $3
    )sql";

constexpr char kDeprecate[] = R"sql(
    UPDATE app_version SET deprecation = $4
    WHERE spid = $1 AND taid = $2 AND version = $3
    )sql";

constexpr char kYank[] = R"sql(
    UPDATE app_version SET yank_reason = $4
    WHERE spid = $1 AND taid = $2 AND version = $3
    )sql";

constexpr char kSetState[] = R"sql(
    UPDATE app_version SET review_state = $4
    WHERE spid = $1 AND taid = $2 AND version = $3
    )sql";

constexpr char kInsert[] = R"sql(
    INSERT INTO review (spid, taid, version, state, submitted_by, submitted_at,
                        checks)
    VALUES ($1, $2, $3, 'submitted', $4, $5, $6)
    )sql";

constexpr char kDecide[] = R"sql(
    UPDATE review
    SET state = $4, reviewed_by = $5, reviewed_at = $6, reason = $7
    WHERE spid = $1 AND taid = $2 AND version = $3 AND state = 'submitted'
    RETURNING submitted_by
    )sql";

absl::StatusOr<Review> ReadReview(const Row& row) {
  Review review;
  std::string state;
  std::string checks;
  OTRP_RETURN_IF_ERROR(row.Scan(&review.id, &review.spid, &review.taid,
                                &review.version, &state, &review.submitted_by,
                                &review.submitted_at, &review.reviewed_by,
                                &review.reviewed_at, &review.reason, &checks));
  const absl::optional<ReviewState> read = ReviewStateOf(state);
  if (!read.has_value()) {
    return absl::DataLossError("a review's state can't be read");
  }
  review.state = *read;
  review.checks = absl::StrSplit(checks, ' ', absl::SkipEmpty());
  return review;
}

// Of a version whose application is locked.
struct Before {
  std::string review_state;
  std::string deprecation;
  std::string yank_reason;
  std::string pushed_by;
  bool released = false;
};

// T: has spid, taid and version.
template <typename T>
absl::StatusOr<Before> LockVersion(Tx& tx, const T& of) {
  OTRP_RETURN_IF_ERROR(steps::LockApp(tx, of.spid, of.taid));
  OTRP_ASSIGN_OR_RETURN(Rows rows,
                        tx.Exec(kBefore, of.spid, of.taid, of.version));
  if (rows.empty()) return errors::VersionNotFound(of.version);
  Before before;
  bool deleted = false;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(&before.review_state, &before.deprecation,
                                    &before.yank_reason, &before.pushed_by,
                                    &before.released, &deleted));
  if (deleted) return errors::VersionDeleted(of.version);
  return before;
}

}  // namespace

absl::StatusOr<Change> PortalStore::Deprecate(const AppVersion& version,
                                              const std::string& message,
                                              const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_ASSIGN_OR_RETURN(const Before before, LockVersion(tx, version));
    if (before.deprecation == message) return absl::OkStatus();
    OTRP_RETURN_IF_ERROR(tx.Exec(kDeprecate, version.spid, version.taid,
                                 version.version, message)
                             .status());
    OTRP_RETURN_IF_ERROR(
        steps::TellWebhooks(tx, VersionDeprecated(version, message)));
    change.changed = true;
    return store::AppendAudit(tx, audit);
  }));
  return change;
}

absl::StatusOr<Change> PortalStore::Yank(const AppVersion& version,
                                         const std::string& reason,
                                         const store::OutboxMessage& message,
                                         const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_ASSIGN_OR_RETURN(const Before before, LockVersion(tx, version));
    if (before.yank_reason == reason) {
      return steps::Unchanged(tx, message.key, &change);
    }
    if (!before.yank_reason.empty()) {
      return errors::AlreadyYanked(version.version);
    }
    OTRP_RETURN_IF_ERROR(
        tx.Exec(kYank, version.spid, version.taid, version.version, reason)
            .status());
    OTRP_RETURN_IF_ERROR(
        steps::TellWebhooks(tx, VersionYanked(version, reason)));
    if (before.released) return steps::Record(tx, message, audit, &change);
    change.changed = true;
    return store::AppendAudit(tx, audit);
  }));
  return change;
}

absl::StatusOr<Change> PortalStore::Submit(const Review& review,
                                           const store::AuditEvent& audit) {
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_ASSIGN_OR_RETURN(const Before before, LockVersion(tx, review));
    if (!before.yank_reason.empty()) {
      return errors::VersionYanked(review.version, before.yank_reason);
    }
    if (before.review_state == WordOf(ReviewState::kSubmitted) ||
        before.review_state == WordOf(ReviewState::kApproved)) {
      return absl::OkStatus();
    }
    OTRP_RETURN_IF_ERROR(tx.Exec(kInsert, review.spid, review.taid,
                                 review.version, review.submitted_by,
                                 review.submitted_at,
                                 absl::StrJoin(review.checks, " "))
                             .status());
    OTRP_RETURN_IF_ERROR(tx.Exec(kSetState, review.spid, review.taid,
                                 review.version,
                                 WordOf(ReviewState::kSubmitted))
                             .status());
    OTRP_RETURN_IF_ERROR(steps::TellWebhooks(tx, VersionReviewed(review)));
    change.changed = true;
    return store::AppendAudit(tx, audit);
  }));
  return change;
}

absl::StatusOr<Change> PortalStore::Decide(const Review& review,
                                           const store::AuditEvent& audit) {
  const std::string state = WordOf(review.state);
  Change change;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    change = Change();
    OTRP_ASSIGN_OR_RETURN(const Before before, LockVersion(tx, review));
    if (before.review_state == state) return absl::OkStatus();
    OTRP_ASSIGN_OR_RETURN(
        Rows rows,
        tx.Exec(kDecide, review.spid, review.taid, review.version, state,
                review.reviewed_by, review.reviewed_at, review.reason));
    if (rows.empty()) {
      return errors::NotSubmitted(review.version, before.review_state);
    }
    std::string submitted_by;
    OTRP_RETURN_IF_ERROR(rows[0].Scan(&submitted_by));
    if (review.state == ReviewState::kApproved &&
        (review.reviewed_by == submitted_by ||
         review.reviewed_by == before.pushed_by)) {
      return errors::OwnReview();
    }
    OTRP_RETURN_IF_ERROR(
        tx.Exec(kSetState, review.spid, review.taid, review.version, state)
            .status());
    OTRP_RETURN_IF_ERROR(steps::TellWebhooks(tx, VersionReviewed(review)));
    change.changed = true;
    return store::AppendAudit(tx, audit);
  }));
  return change;
}

absl::StatusOr<absl::optional<Review>> PortalStore::LatestReview(
    const AppVersion& version) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, pool_.Query(kLatest, version.spid,
                                               version.taid, version.version));
  if (rows.empty()) return absl::optional<Review>();
  OTRP_ASSIGN_OR_RETURN(Review review, ReadReview(rows[0]));
  return absl::optional<Review>(std::move(review));
}

absl::StatusOr<std::vector<Review>> PortalStore::ListReviews(
    const Visible& visible, absl::optional<ReviewState> state, int64_t after,
    int limit) {
  const std::string word = state.has_value() ? WordOf(*state) : "";
  OTRP_ASSIGN_OR_RETURN(Rows rows,
                        pool_.Query(kList, after, visible.spid, word,
                                    store::TextArray(visible.taids),
                                    store::TextArray(visible.uuids), limit));
  std::vector<Review> reviews;
  for (Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(Review review, ReadReview(row));
    reviews.push_back(std::move(review));
  }
  return reviews;
}

}  // namespace portal
}  // namespace otrp
