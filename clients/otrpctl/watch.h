// --watch: a command that only reads, again and again, and what has changed.
//
// On a terminal the screen is drawn anew. Elsewhere the first result is printed
// whole, then what is new: the changed rows of a list, or the whole of what is
// no list; with -o json a line for each time that something changed.
//
// Thread-safety: functions without state.

#ifndef CLIENTS_OTRPCTL_WATCH_H_
#define CLIENTS_OTRPCTL_WATCH_H_

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/otrpctl/command.h"
#include "clients/otrpctl/render.h"

namespace otrp::ctl {

struct News {
  // As `now`, of a list only the items that weren't there like that before.
  Result result;
  // Names of the items that are there no more; also the member "gone".
  std::vector<std::string> gone;
  bool any = false;
};

News NewsOf(const Result& before, const Result& now);

struct Watching {
  Format format = Format::kTable;
  absl::Duration pause;
  // Of stdout.
  bool on_terminal = false;
  std::ostream& out;
  std::ostream& err;
};

// Asks, shows and waits, until `out` takes no more (1), Ctrl-C (the process
// ends with 0, never within an output) or an error that no time mends: a
// mistake in the call (2) or a token that has ended (4). Other errors are shown
// once, and it goes on.
int Watch(const std::function<absl::StatusOr<Result>()>& ask,
          const Watching& watching);

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_WATCH_H_
