#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "libs/base/status_macros.h"
#include "libs/store/outbox.h"
#include "libs/store/outbox_round.h"
#include "libs/store/purge.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"

namespace otrp {
namespace store {
namespace {

// Another process of the service may be the one that delivers: how often
// WaitDelivered() looks into the database then.
constexpr std::chrono::milliseconds kWaitPoll(25);

constexpr char kIsDelivered[] = R"sql(
    SELECT NOT EXISTS (
      SELECT 1 FROM outbox
      WHERE id = $1 AND (delivered_at IS NULL OR skipped))
    )sql";

// Counting reads all that waits.
constexpr absl::Duration kReportPeriod = absl::Seconds(1);

// Messages wait while delivered ones are removed, so that is kept short.
constexpr absl::Duration kPurgePeriod = absl::Minutes(1);
constexpr absl::Duration kPurgeBudget = absl::Seconds(1);

// True once a period, and at the first call.
class Every {
 public:
  explicit Every(absl::Duration period) : period_(period) {}
  bool Due() {
    const absl::Time now = absl::Now();
    // A clock that was put back must not stop it.
    if (now >= last_ && now < last_ + period_) return false;
    last_ = now;
    return true;
  }

 private:
  const absl::Duration period_;
  absl::Time last_ = absl::InfinitePast();
};

}  // namespace

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
      auto row = pool_.Query1(kIsDelivered, id);
      bool delivered = false;
      if (row.ok() && row->Scan(&delivered).ok() && delivered) return true;
      if (std::chrono::steady_clock::now() >= end) return false;
    }
  }

 private:
  void Loop() {
    absl::Duration backoff = absl::ZeroDuration();
    internal::OutboxMemory memory;
    while (true) {
      const absl::StatusOr<internal::OutboxRound> round =
          internal::DeliverRound(pool_, deliver_, options_, &memory);
      if (!round.ok()) {
        OTRP_LOG(
            WARNING, "outbox can't be read",
            {{"schema", pool_.schema()}, {"error", round.status().ToString()}});
      } else if (round->delivered > 0) {
        progress_.notify_all();
      }
      const bool away = !round.ok() || round->receiver_away;
      backoff = away ? std::clamp(backoff * 2, options_.min_backoff,
                                  options_.max_backoff)
                     : absl::ZeroDuration();
      if (report_.Due()) ReportPending();
      if (purge_.Due()) PurgeDelivered();
      const absl::Duration pause =
          away          ? backoff
          : round->more ? absl::ZeroDuration()
                        : std::min(options_.poll_interval, round->retry_after);
      std::unique_lock<std::mutex> lock(mutex_);
      // A notification doesn't cut a back-off short beyond the first step:
      // the receiver is away, whatever else there is to send.
      wake_.wait_for(lock, absl::ToChronoNanoseconds(pause), [&] {
        return stop_ || (notified_ && backoff <= options_.min_backoff);
      });
      notified_ = false;
      if (stop_) return;
    }
  }

  void ReportPending() {
    auto pending = OutboxPending(pool_);
    if (!pending.ok()) return;
    const std::string& schema = pool_.schema();
    telemetry::kOutboxPending.With(schema).Set(
        static_cast<double>(pending->messages));
    telemetry::kOutboxOldestAge.With(schema).Set(
        absl::ToDoubleSeconds(pending->age));
    telemetry::kOutboxParked.With(schema).Set(
        static_cast<double>(pending->parked));
    telemetry::kOutboxLanesWaiting.With(schema).Set(
        static_cast<double>(pending->lanes_waiting));
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
  Every report_{kReportPeriod};
  Every purge_{kPurgePeriod};
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
