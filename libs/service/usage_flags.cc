#include "libs/service/usage_flags.h"

#include "absl/flags/flag.h"

ABSL_FLAG(absl::Duration, keep_usage, absl::Hours(400 * 24),
          "How long the ledger of what was used (otrpctl usage) is kept: 768h, "
          "a month and a day, to 87600h. Prices are kept for ever.");

namespace otrp {
namespace service {

absl::StatusOr<absl::Duration> KeepUsageFromFlags() {
  const absl::Duration keep = absl::GetFlag(FLAGS_keep_usage);
  if (keep < absl::Hours(768) || keep > absl::Hours(87600)) {
    return absl::InvalidArgumentError("--keep_usage: must be 768h to 87600h");
  }
  return keep;
}

}  // namespace service
}  // namespace otrp
