#include "clients/otrpctl/progress.h"

#include <unistd.h>

#include <iostream>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace otrp::ctl {
namespace {

constexpr int kBarColumns = 20;
constexpr double kMiB = 1 << 20;

}  // namespace

std::string ProgressLine(int64_t begin, int64_t done, int64_t total,
                         absl::Duration elapsed) {
  const double part =
      total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 1;
  const size_t full = static_cast<size_t>(part * kBarColumns);
  std::string line = absl::StrFormat(
      "[%-*s] %3d %%  %.1f of %.1f MiB", kBarColumns, std::string(full, '#'),
      static_cast<int>(part * 100), static_cast<double>(done) / kMiB,
      static_cast<double>(total) / kMiB);
  const double seconds = absl::ToDoubleSeconds(elapsed);
  if (done > begin && seconds > 0) {
    absl::StrAppendFormat(&line, "  %.1f MiB/s",
                          static_cast<double>(done - begin) / kMiB / seconds);
  }
  return line;
}

std::ostream* Progress::Terminal() {
  return isatty(STDERR_FILENO) == 1 ? &std::cerr : nullptr;
}

Progress::Progress(int64_t begin, int64_t total, std::ostream* out)
    : begin_(begin), total_(total), out_(out), started_(absl::Now()) {
  At(begin);
}

Progress::~Progress() {
  if (out_ != nullptr) *out_ << "\r\033[K" << std::flush;
}

void Progress::At(int64_t done) {
  if (out_ == nullptr) return;
  *out_ << "\r" << ProgressLine(begin_, done, total_, absl::Now() - started_)
        << "\033[K" << std::flush;
}

}  // namespace otrp::ctl
