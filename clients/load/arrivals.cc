#include "clients/load/arrivals.h"

#include <cmath>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace otrp::load {
namespace {

// Beyond this nobody waits for the next arrival.
constexpr double kNeverSeconds = 1e9;

}  // namespace

absl::StatusOr<std::vector<RampStep>> ParseRamp(absl::string_view text) {
  std::vector<RampStep> steps;
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    const std::vector<absl::string_view> words = absl::StrSplit(part, ':');
    RampStep step;
    if (words.size() != 3 || !absl::SimpleAtod(words[0], &step.from) ||
        !absl::SimpleAtod(words[1], &step.to) ||
        !absl::ParseDuration(words[2], &step.duration) || !(step.from >= 0) ||
        !(step.to >= 0) || !std::isfinite(step.from + step.to) ||
        step.duration <= absl::ZeroDuration() ||
        step.duration == absl::InfiniteDuration()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "\"", part, "\" isn't FROM:TO:DURATION, for example 0:50:30s"));
    }
    steps.push_back(step);
  }
  return steps;
}

Arrivals::Arrivals(Options options)
    : options_(std::move(options)),
      random_(options_.seed + static_cast<uint64_t>(options_.share)) {
  // An even stream: this part's first one is `share` after the whole's first.
  if (options_.spacing == Spacing::kConstant) {
    expected_ = (options_.share + 0.5) / options_.shares - 1;
  }
}

absl::Duration Arrivals::Next() {
  if (options_.spacing == Spacing::kConstant) {
    expected_ += 1;
  } else {
    expected_ += std::exponential_distribution<double>(1)(random_);
  }
  while (true) {
    const bool last = step_ >= options_.ramp.size();
    const double from =
        (last ? options_.rate : options_.ramp[step_].from) / options_.shares;
    const double to =
        (last ? options_.rate : options_.ramp[step_].to) / options_.shares;
    const double length =
        last ? kNeverSeconds
             : absl::ToDoubleSeconds(options_.ramp[step_].duration);
    const double within = (from + to) / 2 * length;
    const double missing = expected_ - step_expected_;
    if (missing <= within && within > 0) {
      // from*t + (to-from)/(2*length)*t^2 = missing, in the form that doesn't
      // cancel.
      const double slope = (to - from) / length;
      const double root =
          std::sqrt(std::max(0.0, from * from + 2 * slope * missing));
      return absl::Seconds(step_begin_ + 2 * missing / (from + root));
    }
    if (last) return absl::InfiniteDuration();
    step_begin_ += length;
    step_expected_ += within;
    ++step_;
  }
}

}  // namespace otrp::load
