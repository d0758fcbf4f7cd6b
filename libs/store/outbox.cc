#include "libs/store/outbox.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/status_macros.h"
#include "libs/store/purge.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"

namespace otrp {
namespace store {
namespace {

// Advisory lock of the dispatcher; the second key is the schema's.
constexpr int kDispatcherLock = 0x0b0c;

// Messages a transaction: few enough that an error repeats little.
constexpr int kBatch = 16;

// A batch ends after this much delivering, so that what was delivered is
// recorded soon.
constexpr std::chrono::seconds kBatchTime(3);

// The dispatcher's transaction idles while a message is delivered.
constexpr char kAllowIdle[] =
    "SET LOCAL idle_in_transaction_session_timeout = '60s'";

// Another process of the service may be the one that delivers: how often
// WaitDelivered() looks into the database then.
constexpr std::chrono::milliseconds kWaitPoll(25);

// A message may wait for an older transaction to end; looked at this often.
constexpr absl::Duration kHorizonPoll = absl::Milliseconds(20);

constexpr size_t kMaxErrorBytes = 500;

// Messages wait while delivered ones are removed, so that is kept short.
constexpr absl::Duration kPurgePeriod = absl::Minutes(1);
constexpr absl::Duration kPurgeBudget = absl::Seconds(1);

}  // namespace

absl::StatusOr<int64_t> Enqueue(Tx& tx, const OutboxMessage& message) {
  OTRP_ASSIGN_OR_RETURN(
      Row row, tx.Exec1("INSERT INTO outbox (event_id, topic, key, payload, "
                        "traceparent) VALUES ($1, $2, $3, $4, $5) RETURNING id",
                        message.event_id, message.topic, message.key,
                        Bytes(message.payload), message.traceparent));
  int64_t id;
  OTRP_RETURN_IF_ERROR(row.Scan(&id));
  return id;
}

absl::StatusOr<OutboxBacklog> OutboxPending(Pool& pool) {
  OTRP_ASSIGN_OR_RETURN(Row row, pool.Query1(R"sql(
        SELECT count(*), coalesce(floor(1e6 * extract(epoch FROM
          clock_timestamp() - min(created_at))), 0)::bigint
        FROM outbox WHERE delivered_at IS NULL
      )sql"));
  OutboxBacklog backlog;
  int64_t microseconds = 0;
  OTRP_RETURN_IF_ERROR(row.Scan(&backlog.messages, &microseconds));
  backlog.age = absl::Microseconds(microseconds);
  return backlog;
}

absl::StatusOr<bool> InboxFirstTime(Tx& tx, absl::string_view source,
                                    absl::string_view event_id) {
  OTRP_ASSIGN_OR_RETURN(
      const int64_t inserted,
      tx.ExecCount("INSERT INTO inbox (source, event_id) VALUES ($1, $2) "
                   "ON CONFLICT DO NOTHING",
                   source, event_id));
  return inserted == 1;
}

absl::StatusOr<int64_t> PurgeInbox(Pool& pool, absl::Time cutoff,
                                   absl::Duration budget) {
  static constexpr PurgeRule kRule = {"inbox", "applied_at"};
  return Purge(pool, kRule, cutoff, budget);
}

class OutboxDispatcher::Impl {
 public:
  Impl(Pool* pool, Deliver deliver, Options options)
      : pool_(*pool), deliver_(std::move(deliver)), options_(options) {
    thread_ = std::thread([this] { Loop(); });
  }

  ~Impl() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    progress_.notify_all();
    thread_.join();
  }

  void Notify() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      notified_ = true;
    }
    wake_.notify_all();
  }

  bool WaitDelivered(int64_t id, absl::Duration timeout) {
    const auto end =
        std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(timeout);
    Notify();
    while (true) {
      {
        std::unique_lock<std::mutex> lock(mutex_);
        if (stop_) return false;
        progress_.wait_until(
            lock, std::min(end, std::chrono::steady_clock::now() + kWaitPoll));
      }
      auto row = pool_.Query1(
          "SELECT NOT EXISTS (SELECT 1 FROM outbox WHERE id = $1 AND "
          "delivered_at IS NULL)",
          id);
      bool delivered = false;
      if (row.ok() && row->Scan(&delivered).ok() && delivered) return true;
      if (std::chrono::steady_clock::now() >= end) return false;
    }
  }

 private:
  struct Round {
    int delivered = 0;
    bool more = false;
    // This process has the schema's dispatcher lock.
    bool locked = false;
    absl::Status failure;
  };

  void Loop() {
    absl::Duration backoff = absl::ZeroDuration();
    absl::Duration since_purge = absl::InfiniteDuration();
    while (true) {
      Round round;
      const absl::Status status = DeliverBatch(&round);
      if (round.delivered > 0) progress_.notify_all();
      const bool failed = !status.ok() || !round.failure.ok();
      if (failed) {
        backoff =
            std::clamp(backoff * 2, options_.min_backoff, options_.max_backoff);
        OTRP_LOG(WARNING, "outbox delivery failed",
                 {{"schema", pool_.schema()},
                  {"error", (status.ok() ? round.failure : status).ToString()},
                  {"retry_after", absl::FormatDuration(backoff)}});
      } else {
        backoff = absl::ZeroDuration();
      }
      const bool pending = ReportPending();
      if (since_purge > kPurgePeriod) {
        PurgeDelivered();
        since_purge = absl::ZeroDuration();
      }
      absl::Duration pause = options_.poll_interval;
      if (failed) {
        pause = backoff;
      } else if (round.more) {
        pause = absl::ZeroDuration();
      } else if (pending && round.locked) {
        pause = kHorizonPoll;
      }
      since_purge += pause;
      std::unique_lock<std::mutex> lock(mutex_);
      // A notification doesn't cut a back-off short beyond the first step:
      // the receiver is down, whatever else there is to send.
      wake_.wait_for(lock, absl::ToChronoNanoseconds(pause), [&] {
        return stop_ || (notified_ && backoff <= options_.min_backoff);
      });
      notified_ = false;
      if (stop_) return;
    }
  }

  absl::Status DeliverBatch(Round* round) {
    return pool_.Run([&](Tx& tx) -> absl::Status {
      *round = Round();
      OTRP_ASSIGN_OR_RETURN(
          Row lock, tx.Exec1("SELECT pg_try_advisory_xact_lock($1::int, "
                             "hashtext(current_schema()))",
                             kDispatcherLock));
      OTRP_RETURN_IF_ERROR(lock.Scan(&round->locked));
      if (!round->locked) return absl::OkStatus();
      OTRP_RETURN_IF_ERROR(tx.Exec(kAllowIdle).status());
      // Only messages of transactions below the horizon: no message can
      // appear before one that was read here.
      OTRP_ASSIGN_OR_RETURN(
          Rows rows,
          tx.Exec("SELECT id FROM outbox WHERE delivered_at IS NULL AND xid < "
                  "pg_snapshot_xmin(pg_current_snapshot())::text::bigint "
                  "ORDER BY xid, id LIMIT $1",
                  kBatch));
      round->more = rows.size() == kBatch;
      const auto end = std::chrono::steady_clock::now() + kBatchTime;
      std::vector<int64_t> delivered;
      int64_t failed_id = 0;
      for (Row row : rows) {
        int64_t id;
        OTRP_RETURN_IF_ERROR(row.Scan(&id));
        // One by one: payloads may be large.
        OTRP_ASSIGN_OR_RETURN(OutboxMessage message, Load(tx, id));
        round->failure = deliver_(message);
        if (!round->failure.ok()) {
          failed_id = id;
          break;
        }
        delivered.push_back(id);
        if (std::chrono::steady_clock::now() >= end) {
          round->more = true;
          break;
        }
      }
      for (int64_t id : delivered) {
        OTRP_RETURN_IF_ERROR(
            tx.Exec("UPDATE outbox SET delivered_at = clock_timestamp(), "
                    "attempts = attempts + 1, last_error = '' WHERE id = $1",
                    id)
                .status());
      }
      if (failed_id != 0) {
        round->more = false;
        OTRP_RETURN_IF_ERROR(
            tx.Exec("UPDATE outbox SET attempts = attempts + 1, last_error = "
                    "$2 WHERE id = $1",
                    failed_id,
                    round->failure.ToString().substr(0, kMaxErrorBytes))
                .status());
      }
      round->delivered = static_cast<int>(delivered.size());
      return absl::OkStatus();
    });
  }

  static absl::StatusOr<OutboxMessage> Load(Tx& tx, int64_t id) {
    OTRP_ASSIGN_OR_RETURN(
        Row row, tx.Exec1("SELECT id, event_id, topic, key, payload, "
                          "traceparent, attempts FROM outbox WHERE id = $1",
                          id));
    OutboxMessage m;
    OTRP_RETURN_IF_ERROR(row.Scan(&m.id, &m.event_id, &m.topic, &m.key,
                                  BytesOut(&m.payload), &m.traceparent,
                                  &m.attempts));
    return m;
  }

  // True where messages wait.
  bool ReportPending() {
    auto pending = OutboxPending(pool_);
    if (!pending.ok()) return false;
    telemetry::kOutboxPending.With(pool_.schema())
        .Set(static_cast<double>(pending->messages));
    telemetry::kOutboxOldestAge.With(pool_.schema())
        .Set(absl::ToDoubleSeconds(pending->age));
    return pending->messages > 0;
  }

  void PurgeDelivered() {
    static constexpr PurgeRule kRule = {"outbox", "delivered_at",
                                        PurgeLock::kSkipLocked};
    auto purged = Purge(pool_, kRule, absl::Now() - options_.keep_delivered,
                        kPurgeBudget);
    if (!purged.ok()) {
      OTRP_LOG(
          WARNING, "outbox purge failed",
          {{"schema", pool_.schema()}, {"error", purged.status().ToString()}});
    }
  }

  Pool& pool_;
  const Deliver deliver_;
  const Options options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable progress_;
  bool stop_ = false;
  bool notified_ = false;
  std::thread thread_;
};

OutboxDispatcher::OutboxDispatcher(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}
OutboxDispatcher::~OutboxDispatcher() = default;

std::unique_ptr<OutboxDispatcher> OutboxDispatcher::Start(Pool* pool,
                                                          Deliver deliver,
                                                          Options options) {
  return std::unique_ptr<OutboxDispatcher>(new OutboxDispatcher(
      std::make_unique<Impl>(pool, std::move(deliver), options)));
}

std::unique_ptr<OutboxDispatcher> OutboxDispatcher::Start(Pool* pool,
                                                          Deliver deliver) {
  return Start(pool, std::move(deliver), Options());
}

void OutboxDispatcher::Notify() { impl_->Notify(); }

bool OutboxDispatcher::WaitDelivered(int64_t id, absl::Duration timeout) {
  return impl_->WaitDelivered(id, timeout);
}

}  // namespace store
}  // namespace otrp
