#include "libs/store/idempotency.h"

#include "libs/base/status_macros.h"
#include "libs/store/purge.h"

namespace otrp {
namespace store {
namespace {

// Where a row is purged between the two statements, once more.
constexpr int kClaimTries = 3;

// A row that is too old, or whose try died before its deed, is taken over; the
// second as long as the request is the same, so that the key stays its own.
constexpr char kClaim[] = R"sql(
    INSERT INTO idempotency_key AS k
        (scope, key, request_sha256, response, attempt, leased_until)
    VALUES ($1, $2, $3, '', $4::uuid,
            clock_timestamp() + make_interval(secs => $5))
    ON CONFLICT (scope, key) DO UPDATE
    SET request_sha256 = excluded.request_sha256, response = '',
        created_at = excluded.created_at, attempt = excluded.attempt,
        leased_until = excluded.leased_until, acted = false, answered = false
    WHERE k.created_at <= clock_timestamp() - make_interval(secs => $6)
       OR (NOT k.acted AND NOT k.answered
           AND k.leased_until <= clock_timestamp()
           AND k.request_sha256 = excluded.request_sha256)
    RETURNING 1
    )sql";

constexpr char kFind[] = R"sql(
    SELECT request_sha256, response, acted, answered,
           leased_until > clock_timestamp()
    FROM idempotency_key
    WHERE scope = $1 AND key = $2
      AND created_at > clock_timestamp() - make_interval(secs => $3)
    )sql";

constexpr char kMarkActed[] = R"sql(
    UPDATE idempotency_key SET acted = true WHERE attempt = $1::uuid
    )sql";

constexpr char kKeep[] = R"sql(
    UPDATE idempotency_key SET answered = true, response = $2
    WHERE attempt = $1::uuid
    RETURNING 1
    )sql";

constexpr char kRelease[] = R"sql(
    DELETE FROM idempotency_key WHERE attempt = $1::uuid AND NOT acted
    )sql";

absl::Status TakenOver() {
  return absl::AbortedError(
      "another try of this request has taken over; ask again");
}

}  // namespace

absl::StatusOr<KeyClaim> FindKey(Pool& pool, const KeyedRequest& request,
                                 const KeyRules& rules) {
  OTRP_ASSIGN_OR_RETURN(Rows rows,
                        pool.Query(kFind, request.scope, request.key,
                                   absl::ToDoubleSeconds(rules.keep)));
  KeyClaim claim;
  if (rows.empty()) return claim;
  std::string request_sha256;
  bool acted = false;
  bool answered = false;
  bool alive = false;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(BytesOut(&request_sha256),
                                    BytesOut(&claim.answer), &acted, &answered,
                                    &alive));
  if (request_sha256 != request.request_sha256) {
    claim.state = KeyState::kOtherRequest;
  } else if (answered) {
    claim.state = KeyState::kAnswered;
  } else if (alive) {
    claim.state = KeyState::kRunning;
  } else {
    claim.state = acted ? KeyState::kAnswerLost : KeyState::kFree;
  }
  return claim;
}

absl::StatusOr<KeyClaim> ClaimKey(Pool& pool, const KeyedRequest& request,
                                  const KeyRules& rules) {
  for (int i = 0; i < kClaimTries; ++i) {
    OTRP_ASSIGN_OR_RETURN(
        Rows mine, pool.ExecOnce(kClaim, request.scope, request.key,
                                 Bytes(request.request_sha256), request.attempt,
                                 absl::ToDoubleSeconds(rules.lease),
                                 absl::ToDoubleSeconds(rules.keep)));
    if (!mine.empty()) return KeyClaim{KeyState::kMine, ""};
    OTRP_ASSIGN_OR_RETURN(KeyClaim claim, FindKey(pool, request, rules));
    if (claim.state != KeyState::kFree) return claim;
  }
  return absl::UnavailableError("an idempotency key comes and goes");
}

absl::Status MarkActed(Tx& tx, const std::string& attempt) {
  OTRP_ASSIGN_OR_RETURN(const int64_t marked,
                        tx.ExecCount(kMarkActed, attempt));
  return marked == 1 ? absl::OkStatus() : TakenOver();
}

absl::Status KeepAnswer(Pool& pool, const std::string& attempt,
                        absl::string_view answer) {
  OTRP_ASSIGN_OR_RETURN(Rows kept,
                        pool.ExecOnce(kKeep, attempt, Bytes(answer)));
  return kept.empty() ? TakenOver() : absl::OkStatus();
}

absl::Status ReleaseKey(Pool& pool, const std::string& attempt) {
  return pool.ExecOnce(kRelease, attempt).status();
}

absl::StatusOr<int64_t> PurgeIdempotencyKeys(Pool& pool, absl::Time cutoff,
                                             absl::Duration budget) {
  static constexpr PurgeRule kRule = {"idempotency_key", "created_at"};
  return Purge(pool, kRule, cutoff, budget);
}

}  // namespace store
}  // namespace otrp
