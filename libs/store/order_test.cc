// What outbox and audit log promise, while everything happens at once on a real
// PostgreSQL: writers in any order, rollbacks, a stranger's transaction in
// another database that stays open, a crash, a dump into a new cluster.

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "libs/store/audit.h"
#include "libs/store/outbox.h"
#include "tests/support/postgres.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace store {
namespace {

using ::otrp::testing::TestDatabase;
using ::otrp::testing::TestPostgres;

constexpr int kLanes = 4;
constexpr int kWriters = 6;

// What a writer knows of a message of his.
struct Written {
  std::string lane;
  // By one clock: before Enqueue() was called, after the commit returned.
  int64_t begun = 0;
  int64_t committed = 0;
};

// What was written, and what came of it. Thread-safe.
class History {
 public:
  int64_t Tick() { return ++clock_; }

  void Add(const std::string& event, Written written) {
    std::lock_guard<std::mutex> lock(mutex_);
    written_[event] = std::move(written);
  }
  void Delivered(const OutboxMessage& message) {
    std::lock_guard<std::mutex> lock(mutex_);
    delivered_[message.lane].push_back({message.id, message.event_id});
  }
  // A new cluster may be given again what the old one delivered.
  std::map<std::string, std::vector<std::pair<int64_t, std::string>>>
  TakeDelivered() {
    std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(delivered_, {});
  }
  std::map<std::string, Written> written() {
    std::lock_guard<std::mutex> lock(mutex_);
    return written_;
  }

 private:
  std::atomic<int64_t> clock_{0};
  std::mutex mutex_;
  std::map<std::string, Written> written_;
  std::map<std::string, std::vector<std::pair<int64_t, std::string>>>
      delivered_;
};

void Pause(std::mt19937& random, int most_microseconds) {
  absl::SleepFor(absl::Microseconds(
      std::uniform_int_distribution<int>(0, most_microseconds)(random)));
}

// One writer: transactions of one to three messages, each with an event of the
// audit log, some rolled back.
void Write(Pool& pool, unsigned seed, std::atomic<bool>& stop,
           History& history) {
  std::mt19937 random(seed);
  for (int n = 0; !stop; ++n) {
    std::map<std::string, Written> mine;
    const absl::Status committed = pool.Run([&](Tx& tx) -> absl::Status {
      mine.clear();
      // In the order of their names, as outbox.h asks for.
      std::set<std::string> lanes;
      for (int i = 0; i < 3; ++i) {
        lanes.insert(absl::StrCat("lane ", random() % kLanes));
      }
      Pause(random, 2000);
      for (const std::string& lane : lanes) {
        OutboxMessage message;
        message.event_id = absl::StrCat(seed, "-", n, "-", history.Tick());
        message.lane = lane;
        message.topic = "test";
        message.payload = message.event_id;
        mine[message.event_id] = {lane, history.Tick(), 0};
        OTRP_RETURN_IF_ERROR(Enqueue(tx, message).status());
        AuditEvent event;
        event.actor = "otrp://service/test";
        event.action = "test";
        event.subject = message.event_id;
        OTRP_RETURN_IF_ERROR(AppendAudit(tx, event));
        Pause(random, 3000);
      }
      return random() % 4 == 0 ? absl::AbortedError("rolled back")
                               : absl::OkStatus();
    });
    const int64_t now = history.Tick();
    for (auto& [event, written] : mine) {
      written.committed = now;
      // Where the connection broke nobody knows.
      if (committed.ok()) history.Add(event, written);
    }
    if (committed.code() == absl::StatusCode::kUnavailable) Pause(random, 9999);
  }
}

// A transaction in another database of the server that writes and doesn't end.
class Stranger {
 public:
  explicit Stranger(TestPostgres& postgres) {
    auto db = postgres.NewDatabase({{"ca", ""}});
    EXPECT_TRUE(db.ok()) << db.status();
    auto pool = (*db)->NewSuperuserPool("ca");
    EXPECT_TRUE(pool.ok()) << pool.status();
    pool_ = *std::move(pool);
    EXPECT_TRUE(pool_->ExecOnce("CREATE TABLE foreign_job (a int)").ok());
    thread_ = std::thread([this] {
      pool_
          ->Run([this](Tx& tx) -> absl::Status {
            OTRP_RETURN_IF_ERROR(
                tx.Exec("INSERT INTO foreign_job VALUES (1)").status());
            open_ = true;
            while (!stop_) absl::SleepFor(absl::Milliseconds(1));
            return absl::AbortedError("never finished");
          })
          .IgnoreError();
    });
    while (!open_) absl::SleepFor(absl::Milliseconds(1));
  }
  ~Stranger() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::unique_ptr<Pool> pool_;
  std::atomic<bool> open_{false};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

// All that writes, seals and delivers, at once.
class Traffic {
 public:
  Traffic(Pool& pool, unsigned seed, History& history)
      : pool_(pool), history_(history) {
    for (unsigned i = 0; i < kWriters; ++i) {
      writers_.emplace_back(
          [this, seed, i] { Write(pool_, seed * 100 + i, stop_, history_); });
    }
    sealer_ = std::thread([this, seed] {
      std::mt19937 random(seed);
      while (!stop_) {
        SealAuditLog(pool_).IgnoreError();
        Pause(random, 5000);
      }
    });
    OutboxDispatcher::Options options;
    options.poll_interval = absl::Milliseconds(5);
    options.min_backoff = absl::Milliseconds(1);
    options.max_backoff = absl::Milliseconds(10);
    options.max_lane_backoff = absl::Milliseconds(10);
    options.max_failures = 1'000'000;
    for (unsigned i = 0; i < 2; ++i) {
      auto random = std::make_shared<std::mt19937>(seed + i);
      dispatchers_.push_back(OutboxDispatcher::Start(
          &pool_,
          [this, random](const OutboxMessage& message) -> absl::Status {
            const unsigned chance = (*random)() % 20;
            if (chance == 0) return absl::UnavailableError("away");
            if (chance == 1) return absl::InternalError("a fault");
            EXPECT_EQ(message.payload, message.event_id);
            history_.Delivered(message);
            // Taken, but the answer is lost.
            if (chance == 2) return absl::DeadlineExceededError("late");
            return absl::OkStatus();
          },
          options));
    }
  }

  // Everything stops; what waits stays.
  ~Traffic() {
    stop_ = true;
    for (std::thread& writer : writers_) writer.join();
    sealer_.join();
  }

  void StopWriting() {
    stop_ = true;
    for (std::thread& writer : writers_) writer.join();
    writers_.clear();
  }

 private:
  Pool& pool_;
  History& history_;
  std::atomic<bool> stop_{false};
  std::vector<std::thread> writers_;
  std::thread sealer_;
  std::vector<std::unique_ptr<OutboxDispatcher>> dispatchers_;
};

int64_t Number(Pool& pool, const std::string& sql) {
  auto row = pool.Query1(sql);
  int64_t n = -1;
  EXPECT_TRUE(row.ok() && row->Scan(&n).ok()) << row.status();
  return n;
}

// Within five seconds, the stranger's transaction being open.
void ExpectAllDelivered(Pool& pool) {
  const absl::Time end = absl::Now() + absl::Seconds(5);
  while (absl::Now() < end && Number(pool,
                                     "SELECT count(*) FROM outbox WHERE "
                                     "delivered_at IS NULL") > 0) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_EQ(Number(pool,
                   "SELECT count(*) FROM outbox WHERE delivered_at IS "
                   "NULL OR payload <> ''"),
            0);
}

// Each lane's first deliveries are in the order of ids, and of transactions
// that followed one another.
void ExpectOrder(History& history, std::set<std::string>* delivered) {
  const auto written = history.written();
  for (const auto& [lane, messages] : history.TakeDelivered()) {
    std::set<int64_t> given;
    int64_t latest_begun = 0;
    for (const auto& [id, event] : messages) {
      delivered->insert(event);
      const int64_t last_id = given.empty() ? 0 : *given.rbegin();
      if (!given.insert(id).second) continue;
      EXPECT_GT(id, last_id) << lane << ": " << event << " came late";
      const auto found = written.find(event);
      if (found == written.end()) continue;
      EXPECT_EQ(found->second.lane, lane);
      EXPECT_GT(found->second.committed, latest_begun)
          << lane << ": " << event << " came behind one that began later";
      latest_begun = std::max(latest_begun, found->second.begun);
    }
  }
}

void ExpectSealedOnce(Pool& pool) {
  OTRP_ASSERT_OK(SealAuditLog(pool));
  EXPECT_EQ(Number(pool, "SELECT count(*) FROM audit_event WHERE seal IS NULL"),
            0);
  EXPECT_EQ(Number(pool,
                   "SELECT coalesce(sum(count), 0)::bigint FROM "
                   "audit_seal"),
            Number(pool, "SELECT count(*) FROM audit_event"));
  AuditPart part;
  part.max_seals = 10;
  int64_t events = 0;
  do {
    OTRP_ASSERT_OK_AND_ASSIGN(const AuditVerification v,
                              VerifyAuditLog(pool, part));
    EXPECT_TRUE(v.intact) << ::testing::PrintToString(v.faults);
    events += v.sealed_events;
    part.after_seal = v.next_after_seal;
  } while (part.after_seal != 0);
  EXPECT_EQ(events, Number(pool, "SELECT count(*) FROM audit_event"));
}

// What was committed is there, with its event of the audit log; what wasn't
// isn't (of a commit during the crash both are, or neither is).
void ExpectNothingLost(Pool& pool, History& history,
                       const std::set<std::string>& delivered) {
  OTRP_ASSERT_OK_AND_ASSIGN(const Rows rows,
                            pool.Query("SELECT event_id FROM outbox"));
  std::set<std::string> stored;
  for (const Row& row : rows) stored.insert(std::string(row.Raw(0)));
  for (const auto& [event, written] : history.written()) {
    EXPECT_EQ(stored.count(event), 1u) << event << " is lost";
    EXPECT_EQ(delivered.count(event), 1u) << event << " wasn't delivered";
  }
  for (const std::string& event : delivered) {
    EXPECT_EQ(stored.count(event), 1u) << event << " was rolled back";
  }
  EXPECT_EQ(Number(pool,
                   "SELECT count(*) FROM (SELECT event_id FROM outbox "
                   "EXCEPT SELECT subject FROM audit_event) AS a"),
            0);
  EXPECT_EQ(Number(pool, "SELECT count(*) FROM audit_event"),
            static_cast<int64_t>(stored.size()));
}

// A commit that was answered is one that a crash leaves.
void KeepCommits(Pool& pool) {
  OTRP_ASSERT_OK(
      pool.ExecOnce("ALTER ROLE otrp_portal SET synchronous_commit = on"));
}

class OrderTest : public ::testing::TestWithParam<unsigned> {};

TEST_P(OrderTest, HoldsOverRollbacksStrangersACrashAndANewCluster) {
  const unsigned seed = GetParam();
  std::mt19937 random(seed);
  History history;
  std::set<std::string> delivered;
  const std::string dump =
      absl::StrCat(::testing::TempDir(), "/dump-", seed, ".sql");
  {
    OTRP_ASSERT_OK_AND_ASSIGN(auto postgres, TestPostgres::Start());
    OTRP_ASSERT_OK_AND_ASSIGN(auto db, postgres->NewDatabase({{"portal", ""}}));
    OTRP_ASSERT_OK_AND_ASSIGN(auto super, db->NewSuperuserPool("portal"));
    KeepCommits(*super);
    OTRP_ASSERT_OK_AND_ASSIGN(auto pool, db->NewPool("portal", 12));
    {
      Stranger stranger(*postgres);
      Traffic traffic(*pool, seed, history);
      absl::SleepFor(absl::Milliseconds(700 + random() % 300));
      OTRP_ASSERT_OK(postgres->Crash());
      OTRP_ASSERT_OK(postgres->StartAgain());
    }
    Stranger stranger(*postgres);
    {
      Traffic traffic(*pool, seed + 1, history);
      absl::SleepFor(absl::Milliseconds(700));
      traffic.StopWriting();
      ExpectAllDelivered(*pool);
    }
    ExpectSealedOnce(*pool);
    {
      Traffic traffic(*pool, seed + 2, history);
      absl::SleepFor(absl::Milliseconds(300));
    }
    ExpectOrder(history, &delivered);
    OTRP_ASSERT_OK(db->Dump(dump));
  }
  OTRP_ASSERT_OK_AND_ASSIGN(auto postgres, TestPostgres::Start());
  OTRP_ASSERT_OK_AND_ASSIGN(auto db, postgres->Restore(dump));
  Stranger stranger(*postgres);
  OTRP_ASSERT_OK_AND_ASSIGN(auto pool, db->NewPool("portal", 12));
  {
    Traffic traffic(*pool, seed + 3, history);
    absl::SleepFor(absl::Milliseconds(500));
    traffic.StopWriting();
    ExpectAllDelivered(*pool);
  }
  ExpectOrder(history, &delivered);
  ExpectSealedOnce(*pool);
  ExpectNothingLost(*pool, history, delivered);
  OTRP_ASSERT_OK_AND_ASSIGN(const AuditVerification v, VerifyAuditLog(*pool));
  ASSERT_EQ(v.epochs.size(), 1u);
  EXPECT_THAT(v.epochs[0].reason, ::testing::HasSubstr("was on server"));
  EXPECT_GT(history.written().size(), 200u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, OrderTest, ::testing::Values(1, 20, 300));

}  // namespace
}  // namespace store
}  // namespace otrp
