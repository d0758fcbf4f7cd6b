#include "clients/otrpctl/command.h"

namespace otrp::ctl {

int ExitCode(const absl::Status& status) {
  if (status.ok()) return 0;
  if (cli::IsUsageError(status)) return 2;
  switch (status.code()) {
    case absl::StatusCode::kNotFound: return 3;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated: return 4;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted: return 5;
    default: return 1;
  }
}

}  // namespace otrp::ctl
