#include "clients/otrpctl/command.h"

#include "absl/strings/cord.h"

namespace otrp::ctl {
namespace {

// Marks a status as the caller's mistake; see UsageError().
constexpr absl::string_view kUsagePayload = "otrp.ctl/usage";

}  // namespace

std::string Args::Get(const std::string& flag) const {
  const auto found = flags_.find(flag);
  return found == flags_.end() ? std::string() : found->second;
}

std::string Args::Positional(size_t n) const {
  return n < positional_.size() ? positional_[n] : std::string();
}

absl::Status UsageError(absl::string_view message) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kUsagePayload, absl::Cord("1"));
  return status;
}

bool IsUsageError(const absl::Status& status) {
  return status.GetPayload(kUsagePayload).has_value();
}

int ExitCode(const absl::Status& status) {
  if (status.ok()) return 0;
  if (IsUsageError(status)) return 2;
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
