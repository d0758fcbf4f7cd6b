// Which devices' TAs are to be asked for at service providers' endpoints, and
// whose turn it is. Devices never wait here: they say what they want, hear how
// it stands, and come again.
//
// Each endpoint has a lane of its own; the lanes have their turns one after the
// other. A service provider has a few requests under way at most, so that one
// which is slow leaves room for the others. After several failures in a row an
// endpoint's circuit opens: it gets one request at a time, with growing pauses,
// until one succeeds.
//
// Kept in memory: after a restart, a device that comes again says anew what it
// wants. Of several replicas two may ask for the same; either answer is good.
//
// Thread-safety: thread-safe. Errors: none; failures of requests are told to
// those who want the TA.

#ifndef OTRP_SERVICES_TSM_PULLING_PULL_QUEUE_H_
#define OTRP_SERVICES_TSM_PULLING_PULL_QUEUE_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/crypto/keys.h"
#include "libs/protocol/dialect.h"
#include "services/tsm/limits.h"

namespace otrp {
namespace tsm {

// One device's TA.
struct PullWish {
  std::string spid;
  std::string taid;
  int64_t release_id = 0;
  std::string did;
  protocol::Dialect dialect = protocol::Dialect::kIetf03;
  // The device's key for the SP.
  crypto::PublicKey aik;
};

struct PullOutcome {
  // OK: the answer is in the store. Else its text is for people.
  absl::Status status;
  // It is the endpoint that failed, whatever the device: no connection, no
  // answer in time, one that isn't to be believed.
  bool endpoint_failed = false;
};

// How it stands.
struct PullProgress {
  // It isn't there before that.
  absl::Duration wait;
  // What was wrong the last time; OK where there was no answer so far.
  absl::Status error;
};

class PullQueue {
 public:
  // Asks once, and stores the answer. Called by several threads.
  using Pull = std::function<PullOutcome(const PullWish&)>;

  struct Options {
    int in_all = kPullsInAll;
    int per_sp = kPullsPerSp;
    size_t max_waiting = kMaxPullsWaiting;
    size_t max_waiting_per_sp = kMaxPullsWaitingPerSp;
    absl::Duration first_pause = kPullFirstPause;
    absl::Duration longest_pause = kPullLongestPause;
    int circuit_failures = kPullCircuitFailures;
  };

  // The clock must outlive the queue.
  PullQueue(Options options, const Clock& clock, Pull pull);
  // Waits for the requests that are under way.
  ~PullQueue();
  PullQueue(const PullQueue&) = delete;
  PullQueue& operator=(const PullQueue&) = delete;

  // For a device whose TA isn't in the store: it is asked for, soon or when a
  // pause is over. Beyond the limits of what may wait it isn't, until the
  // device comes again.
  PullProgress Want(PullWish wish);

 private:
  // Of a wish: what makes it the same.
  using Key = std::tuple<std::string, int64_t, protocol::Dialect>;
  // (spid, taid).
  using Endpoint = std::pair<std::string, std::string>;

  struct Job {
    Job(PullWish wanted, absl::Time now)
        : wish(std::move(wanted)), due(now), wanted_until(now) {}

    PullWish wish;
    absl::Time due;
    absl::Time wanted_until;
    int failures = 0;
    bool running = false;
    absl::Status error;
  };
  struct Lane {
    std::map<Key, Job> jobs;
    // Those that don't run, in the order of their turns.
    std::set<std::pair<absl::Time, Key>> order;
    int running = 0;
    // In a row.
    int failures = 0;
    absl::Time closed_until = absl::InfinitePast();
  };

  void Work();
  // The lane and job whose turn it is; false where there is none now.
  bool Next(absl::Time now, Endpoint* endpoint, Key* key);
  void Done(const Endpoint& endpoint, const Key& key,
            const PullOutcome& outcome);
  bool IsOpen(const Lane& lane) const {
    return lane.failures >= options_.circuit_failures;
  }
  absl::Duration Pause(int failures) const;
  void Report() const;

  const Options options_;
  const Clock& clock_;
  const Pull pull_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::map<Endpoint, Lane> lanes_;
  // The lane that had its turn last.
  Endpoint last_;
  std::map<std::string, int> running_by_sp_;
  std::map<std::string, size_t> jobs_by_sp_;
  size_t jobs_ = 0;
  // Last, so that they end before the rest.
  std::vector<std::thread> workers_;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_PULLING_PULL_QUEUE_H_
