// What each address may have of a listener, so that no one takes it from all
// others. Private to libs/http.
//
// Thread-safety: thread-safe.

#ifndef OTRP_LIBS_HTTP_PEERS_H_
#define OTRP_LIBS_HTTP_PEERS_H_

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

#include "libs/http/budget.h"
#include "libs/http/ip_address.h"

namespace otrp {
namespace http {
namespace internal {

class Peers {
  struct State;

 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Limits {
    // 0: no limit.
    int connections = 0;
    // A second, over time; twice as many at once. 0: no limit.
    int requests = 0;
    // Octets of unfinished requests that are held.
    size_t octets = 0;
  };
  // Addresses that are remembered. Beyond, all share what one may have.
  static constexpr size_t kMaxPeers = 65536;

  // A place among the connections of an address, for as long as it lives.
  class Place {
   public:
    Place(Peers* peers, State* state) : peers_(peers), state_(state) {}
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    // What the address may make us hold; of all of its connections.
    const std::shared_ptr<Budget>& budget() const { return state_->octets; }

   private:
    Peers* const peers_;
    // Not forgotten while somebody has a place.
    State* const state_;
  };

  explicit Peers(const Limits& limits) : limits_(limits) {}

  // Null where the address has all the connections that it may have.
  std::unique_ptr<Place> Enter(const IpAddress& peer, Time now);
  // Whether the address may send one more request.
  bool Request(const IpAddress& peer, Time now);

 private:
  struct State {
    int connections = 0;
    double tokens = 0;
    Time filled;
    std::shared_ptr<Budget> octets;
  };

  State& Find(const IpAddress& peer, Time now);
  void Fill(State* state, Time now) const;
  void ForgetTheIdle(Time now);

  const Limits limits_;
  std::mutex mutex_;
  std::map<IpAddress, State> states_;
  Time swept_;
};

}  // namespace internal
}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_PEERS_H_
