// How much memory strangers may make us hold.
//
// Thread-safety: Budget and Memory are thread-safe; a Charge belongs to one
// thread at a time.

#ifndef OTRP_LIBS_HTTP_BUDGET_H_
#define OTRP_LIBS_HTTP_BUDGET_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace otrp {
namespace http {

class Budget {
 public:
  explicit Budget(size_t most) : left_(most) {}

  // False: there isn't as much left, and nothing was taken.
  bool Take(size_t octets) {
    size_t left = left_.load();
    do {
      if (left < octets) return false;
    } while (!left_.compare_exchange_weak(left, left - octets));
    return true;
  }
  void Give(size_t octets) { left_ += octets; }
  size_t left() const { return left_; }

 private:
  std::atomic<size_t> left_;
};

// Of listeners, for what has come of requests (a quarter) and for answers that
// wait for their readers (the rest). Apart: who sends much mustn't keep answers
// from others, nor who reads slowly others' requests.
struct Memory {
  explicit Memory(size_t octets)
      : requests(std::make_shared<Budget>(octets / 4)),
        answers(std::make_shared<Budget>(octets / 4 * 3)) {}

  const std::shared_ptr<Budget> requests;
  const std::shared_ptr<Budget> answers;
};

namespace internal {

// What one owner holds of a budget; given back at its end.
class Charge {
 public:
  explicit Charge(std::shared_ptr<Budget> budget)
      : budget_(std::move(budget)) {}
  ~Charge() { budget_->Give(held_); }
  Charge(const Charge&) = delete;
  Charge& operator=(const Charge&) = delete;

  // From now on `octets` in all. False, and what was held before stays, where
  // the budget has not as many left.
  bool Hold(size_t octets) {
    if (octets > held_ && !budget_->Take(octets - held_)) return false;
    if (octets < held_) budget_->Give(held_ - octets);
    held_ = octets;
    return true;
  }

 private:
  const std::shared_ptr<Budget> budget_;
  size_t held_ = 0;
};

}  // namespace internal
}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_BUDGET_H_
