// Repeatable "randomness" for tests: the same seed gives the same octets.
// Anybody can foretell it, so that it must never make a key outside of a test.
//
// Thread-safety: thread-safe; the order of calls decides who gets what.

#ifndef OTRP_LIBS_BASE_FAKE_RANDOM_H_
#define OTRP_LIBS_BASE_FAKE_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>

#include "libs/base/random.h"

namespace otrp {

class FakeRandom : public Random {
 public:
  explicit FakeRandom(uint64_t seed) : engine_(seed) {}

  void Fill(char* out, size_t n) override {
    std::lock_guard<std::mutex> lock(mutex_);
    uint64_t word = 0;
    for (size_t i = 0; i < n; ++i) {
      if (i % 8 == 0) word = engine_();
      out[i] = static_cast<char>(word & 0xff);
      word >>= 8;
    }
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace otrp

#endif  // OTRP_LIBS_BASE_FAKE_RANDOM_H_
