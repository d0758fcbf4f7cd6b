#include "clients/otrpctl/command.h"

namespace otrp::ctl {

Command Asking(Command command) {
  command.asks = true;
  command.flags.push_back({"yes", "", false, "doesn't ask; for scripts"});
  return command;
}

void AddDelivered(bool delivered, Result* result) {
  result->value.Set("delivered", json::Value::Bool(delivered));
  if (delivered) return;
  result->notes.push_back(
      "stored; the tsm doesn't have it yet and will get it when it is back");
}

int ExitCode(const absl::Status& status) {
  if (status.ok()) return 0;
  if (cli::IsUsageError(status)) return 2;
  switch (status.code()) {
    case absl::StatusCode::kNotFound: return 3;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated: return 4;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded: return 5;
    // RESOURCE_EXHAUSTED too: a full quota stays full.
    default: return 1;
  }
}

}  // namespace otrp::ctl
