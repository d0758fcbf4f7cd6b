// How far an upload has come, on one line of a terminal that is written over.
//
//   Progress progress(received, image.size(), Progress::Terminal());
//   ... progress.At(sent); ...
//
// The line is gone when the object is.
//
// Thread-safety: none. Errors: none.

#ifndef CLIENTS_OTRPCTL_PROGRESS_H_
#define CLIENTS_OTRPCTL_PROGRESS_H_

#include <cstdint>
#include <ostream>
#include <string>

#include "absl/time/time.h"

namespace otrp::ctl {

// "[#####     ]  50 %   8.0 of 16.0 MiB  4.0 MiB/s": after `elapsed`, in which
// `done` less `begin` octets went. At most 60 columns.
std::string ProgressLine(int64_t begin, int64_t done, int64_t total,
                         absl::Duration elapsed);

class Progress {
 public:
  // stderr where somebody sees it, else null.
  static std::ostream* Terminal();

  // `out`: null shows nothing; must outlive it.
  Progress(int64_t begin, int64_t total, std::ostream* out);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  void At(int64_t done);

 private:
  const int64_t begin_;
  const int64_t total_;
  std::ostream* const out_;
  const absl::Time started_;
};

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_PROGRESS_H_
