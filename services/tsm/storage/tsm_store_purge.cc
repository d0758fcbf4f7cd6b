// What goes when its time is over.

#include "libs/base/status_macros.h"
#include "libs/store/outbox.h"
#include "libs/store/purge.h"
#include "services/tsm/limits.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {

absl::StatusOr<PurgeResult> TsmStore::Purge(absl::Time now,
                                            absl::Duration budget) {
  constexpr auto kSkip = store::PurgeLock::kSkipLocked;
  static constexpr store::PurgeRule kExpire = {
      "session",
      "expires_at",
      kSkip,
      "state = 'open'",
      "state = 'expired', expected_rid = '', version = version + 1",
      "session_open"};
  static constexpr store::PurgeRule kReplies = {"session_reply", "keep_until",
                                                kSkip};
  static constexpr store::PurgeRule kPulled = {"pulled_ta", "expires_at",
                                               kSkip};
  static constexpr store::PurgeRule kPullLog = {"pull_attempt", "at", kSkip};
  // Its messages go with it.
  static constexpr store::PurgeRule kSessions = {"session", "opened_at", kSkip,
                                                 "state <> 'open'"};
  PurgeResult result;
  OTRP_ASSIGN_OR_RETURN(result.sessions_expired,
                        store::Purge(pool_, kExpire, now, budget));
  OTRP_ASSIGN_OR_RETURN(result.replies_removed,
                        store::Purge(pool_, kReplies, now, budget));
  OTRP_ASSIGN_OR_RETURN(result.pulled_removed,
                        store::Purge(pool_, kPulled, now, budget));
  OTRP_ASSIGN_OR_RETURN(
      result.pull_attempts_removed,
      store::Purge(pool_, kPullLog, now - kKeepPullLog, budget));
  OTRP_ASSIGN_OR_RETURN(
      result.sessions_removed,
      store::Purge(pool_, kSessions, now - kKeepSessions, budget));
  OTRP_ASSIGN_OR_RETURN(result.events_forgotten,
                        store::PurgeInbox(pool_, now - kKeepInbox, budget));
  static constexpr store::PurgeRule kOutcomes = {"outcome", "at", kSkip};
  OTRP_ASSIGN_OR_RETURN(
      result.outcomes_removed,
      store::Purge(pool_, kOutcomes, now - kKeepOutcomes, budget));
  // Of devices that never came back; what is the same for all stays.
  static constexpr store::PurgeRule kDecisions = {
      "removal_decision", "decided_at", kSkip, "target LIKE 'did:%'"};
  static constexpr store::PurgeRule kMarks = {"removed_mark", "removed_at",
                                              kSkip};
  static constexpr store::PurgeRule kLosses = {"device_loss", "at", kSkip};
  OTRP_ASSIGN_OR_RETURN(
      result.decisions_removed,
      store::Purge(pool_, kDecisions, now - kKeepDecisions, budget));
  OTRP_ASSIGN_OR_RETURN(
      const int64_t marks,
      store::Purge(pool_, kMarks, now - kKeepDecisions, budget));
  result.decisions_removed += marks;
  static constexpr store::PurgeRule kFormer = {"former_content", "removed_at",
                                               kSkip};
  OTRP_ASSIGN_OR_RETURN(
      result.contents_forgotten,
      store::Purge(pool_, kFormer, now - kKeepDecisions, budget));
  OTRP_ASSIGN_OR_RETURN(
      result.losses_forgotten,
      store::Purge(pool_, kLosses, now - kKeepLosses, budget));
  return result;
}

}  // namespace tsm
}  // namespace otrp
