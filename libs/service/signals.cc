#include "libs/service/signals.h"

#include <signal.h>

namespace otrp {
namespace service {
namespace {

sigset_t StopSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void BlockSignals() {
  const sigset_t set = StopSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // A peer that hangs up must be an error of a write, not the end.
  signal(SIGPIPE, SIG_IGN);
}

int WaitForStopSignal() {
  const sigset_t set = StopSignals();
  int signal_number = 0;
  while (sigwait(&set, &signal_number) != 0) {
  }
  return signal_number;
}

int WaitForStopSignal(absl::Duration timeout) {
  const sigset_t set = StopSignals();
  const timespec left = absl::ToTimespec(timeout);
  const int signal_number = sigtimedwait(&set, nullptr, &left);
  return signal_number > 0 ? signal_number : 0;
}

}  // namespace service
}  // namespace otrp
