#include "services/tsm/pulling/pull_queue.h"

#include <algorithm>
#include <chrono>

#include "libs/telemetry/metrics.h"

namespace otrp {
namespace tsm {
namespace {

// A job that is due later is looked at this often.
constexpr std::chrono::milliseconds kLook{100};

// A device that has just asked: most endpoints answer within a second.
constexpr absl::Duration kFirstAnswer = absl::Seconds(2);

}  // namespace

PullQueue::PullQueue(Options options, const Clock& clock, Pull pull)
    : options_(options), clock_(clock), pull_(std::move(pull)) {
  Report();
  for (int i = 0; i < options_.in_all; ++i) {
    workers_.emplace_back([this] { Work(); });
  }
}

PullQueue::~PullQueue() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

absl::Duration PullQueue::Pause(int failures) const {
  absl::Duration pause = options_.first_pause;
  for (int i = 1; i < failures && pause < options_.longest_pause; ++i) {
    pause *= 2;
  }
  return std::min(pause, options_.longest_pause);
}

PullProgress PullQueue::Want(PullWish wish) {
  const absl::Time now = clock_.Now();
  const Endpoint endpoint(wish.spid, wish.taid);
  const Key key(wish.did, wish.release_id, wish.dialect);
  std::lock_guard<std::mutex> lock(mutex_);
  Lane& lane = lanes_[endpoint];
  auto found = lane.jobs.find(key);
  if (found == lane.jobs.end()) {
    size_t& of_sp = jobs_by_sp_[wish.spid];
    if (jobs_ >= options_.max_waiting || of_sp >= options_.max_waiting_per_sp) {
      return {options_.longest_pause, absl::OkStatus()};
    }
    ++of_sp;
    ++jobs_;
    found = lane.jobs.emplace(key, Job(std::move(wish), now)).first;
    lane.order.emplace(now, key);
    Report();
    changed_.notify_one();
  } else {
    // The device may have another key by now.
    if (!found->second.running) found->second.wish.aik = wish.aik;
  }
  Job& job = found->second;
  job.wanted_until = now + kPullWanted;
  const absl::Time from = std::max({now, job.due, lane.closed_until});
  return {from - now + kFirstAnswer, job.error};
}

bool PullQueue::Next(absl::Time now, Endpoint* endpoint, Key* key) {
  // Once around, beginning behind the lane that was the last.
  auto at = lanes_.upper_bound(last_);
  for (size_t i = 0; i < lanes_.size(); ++i, ++at) {
    if (at == lanes_.end()) at = lanes_.begin();
    Lane& lane = at->second;
    if (lane.order.empty() || lane.order.begin()->first > now) continue;
    if (lane.closed_until > now || (IsOpen(lane) && lane.running > 0)) continue;
    if (running_by_sp_[at->first.first] >= options_.per_sp) continue;
    *endpoint = at->first;
    *key = lane.order.begin()->second;
    lane.order.erase(lane.order.begin());
    last_ = *endpoint;
    return true;
  }
  return false;
}

void PullQueue::Work() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    Endpoint endpoint;
    Key key;
    if (!Next(clock_.Now(), &endpoint, &key)) {
      if (jobs_ == 0) {
        changed_.wait(lock);
      } else {
        changed_.wait_for(lock, kLook);
      }
      continue;
    }
    Lane& lane = lanes_[endpoint];
    Job& job = lane.jobs.at(key);
    job.running = true;
    ++lane.running;
    ++running_by_sp_[endpoint.first];
    const PullWish wish = job.wish;
    lock.unlock();
    const PullOutcome outcome = pull_(wish);
    lock.lock();
    Done(endpoint, key, outcome);
  }
}

void PullQueue::Done(const Endpoint& endpoint, const Key& key,
                     const PullOutcome& outcome) {
  const absl::Time now = clock_.Now();
  Lane& lane = lanes_[endpoint];
  --lane.running;
  --running_by_sp_[endpoint.first];
  if (outcome.endpoint_failed) {
    ++lane.failures;
    if (IsOpen(lane)) {
      lane.closed_until =
          now + Pause(lane.failures - options_.circuit_failures + 1);
    }
  } else {
    lane.failures = 0;
    lane.closed_until = absl::InfinitePast();
  }
  Job& job = lane.jobs.at(key);
  job.running = false;
  job.error = outcome.status;
  job.due = now + Pause(++job.failures);
  if (outcome.status.ok() || job.wanted_until < now) {
    lane.jobs.erase(key);
    --jobs_;
    if (--jobs_by_sp_[endpoint.first] == 0) jobs_by_sp_.erase(endpoint.first);
  } else {
    lane.order.emplace(job.due, key);
  }
  if (running_by_sp_[endpoint.first] == 0) running_by_sp_.erase(endpoint.first);
  if (lane.jobs.empty()) lanes_.erase(endpoint);
  Report();
  changed_.notify_all();
}

void PullQueue::Report() const {
  telemetry::kPullsWaiting.With().Set(static_cast<double>(jobs_));
  const auto down =
      std::count_if(lanes_.begin(), lanes_.end(),
                    [this](const auto& lane) { return IsOpen(lane.second); });
  telemetry::kPullEndpointsDown.With().Set(static_cast<double>(down));
}

}  // namespace tsm
}  // namespace otrp
