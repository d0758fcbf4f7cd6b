// Lets a number of pieces of work run at the same time; others wait in order.
// Private to libs/http.
//
// Thread-safety: thread-safe.

#ifndef OTRP_LIBS_HTTP_TURNS_H_
#define OTRP_LIBS_HTTP_TURNS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>

#include "absl/types/optional.h"

namespace otrp {
namespace http {
namespace internal {

class Turns {
 public:
  // The place of somebody who waits.
  using Place = std::uint64_t;

  explicit Turns(int most) : free_(most) {}

  // Nothing: the turn has come at once, and `start` is forgotten. Else `start`
  // is called when it comes, by whoever calls End(), so it must only pass the
  // word on.
  absl::optional<Place> Begin(std::function<void()> start);

  // True: the waiter is out of the queue, its turn never comes. False: it has
  // come already.
  bool Leave(Place place);

  // Once for each turn that has come.
  void End();

  // Forgets who waits.
  void Drop();

 private:
  std::mutex mutex_;
  int free_;
  Place next_ = 0;
  std::map<Place, std::function<void()>> waiting_;
};

}  // namespace internal
}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_TURNS_H_
