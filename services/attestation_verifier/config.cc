#include "services/attestation_verifier/config.h"

#include "absl/flags/flag.h"
#include "libs/base/status_macros.h"
#include "libs/config/config.h"
#include "libs/service/common_flags.h"

OTRP_SERVICE_FLAGS("127.0.0.1:9103", "127.0.0.1:9203", /*db_connections=*/4);
ABSL_FLAG(std::string, ca_addr, "127.0.0.1:9101", "Address of the CA.");
ABSL_FLAG(absl::Duration, trust_pull_period, absl::Seconds(5),
          "How often trust anchors, CRLs and the policy are pulled; 100ms to "
          "1h.");

namespace otrp {
namespace verifier {

absl::StatusOr<Config> ConfigFromFlags() {
  Config config;
  config.ca_addr = absl::GetFlag(FLAGS_ca_addr);
  config.pull_period = absl::GetFlag(FLAGS_trust_pull_period);
  OTRP_RETURN_IF_ERROR(config::RequireNonEmpty("ca_addr", config.ca_addr));
  if (config.pull_period < absl::Milliseconds(100) ||
      config.pull_period > absl::Hours(1)) {
    return absl::InvalidArgumentError("--trust_pull_period: give 100ms to 1h");
  }
  OTRP_ASSIGN_OR_RETURN(config.common, service::CommonConfigFromFlags());
  return config;
}

}  // namespace verifier
}  // namespace otrp
