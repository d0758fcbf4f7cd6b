// When transactions begin in an open loop: a rate over time, and the moments
// that it asks for, evenly or at random (Poisson).
//
// Moments don't depend on how the server does, which is what an open loop is.
//
// Thread-safety: one thread at a time.
// Errors: INVALID_ARGUMENT for a ramp that isn't FROM:TO:DURATION[,..].

#ifndef CLIENTS_LOAD_ARRIVALS_H_
#define CLIENTS_LOAD_ARRIVALS_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace otrp::load {

// The rate goes in a straight line from one value to the other. Arrivals a
// second.
struct RampStep {
  double from = 0;
  double to = 0;
  absl::Duration duration;
};

// "0:50:30s,50:50:1m": from 0 to 50 within 30 seconds, then a minute at 50.
absl::StatusOr<std::vector<RampStep>> ParseRamp(absl::string_view text);

enum class Spacing { kPoisson, kConstant };

class Arrivals {
 public:
  struct Options {
    // First the steps, then `rate` for ever.
    std::vector<RampStep> ramp;
    double rate = 0;
    Spacing spacing = Spacing::kPoisson;
    // This process's part of the whole: `share` of `shares`. Parts of an even
    // stream interleave.
    int share = 0;
    int shares = 1;
    uint64_t seed = 0;
  };

  explicit Arrivals(Options options);

  // Since the start; never goes back. InfiniteDuration when none will come.
  absl::Duration Next();

 private:
  const Options options_;
  std::mt19937_64 random_;
  // Arrivals expected up to the next one.
  double expected_ = 0;
  // The step in which we are, when it began, and what came before it.
  size_t step_ = 0;
  double step_begin_ = 0;
  double step_expected_ = 0;
};

}  // namespace otrp::load

#endif  // CLIENTS_LOAD_ARRIVALS_H_
