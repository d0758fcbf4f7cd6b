#include "services/attestation_verifier/config.h"

#include "absl/flags/flag.h"
#include "libs/base/status_macros.h"
#include "libs/config/config.h"
#include "libs/service/common_flags.h"
#include "libs/service/usage_flags.h"
#include "services/attestation_verifier/limits.h"

OTRP_SERVICE_FLAGS("127.0.0.1:9103", "127.0.0.1:9203", /*db_connections=*/4);
ABSL_FLAG(std::string, ca_addr, "127.0.0.1:9101", "Address of the CA.");
ABSL_FLAG(absl::Duration, trust_pull_period, absl::Seconds(5),
          "How often trust anchors, CRLs and the policy are pulled; 100ms to "
          "1h.");
ABSL_FLAG(std::string, kek_file, "",
          "File with 32 octets or 64 hexadecimal digits that seal the keys of "
          "signed results; empty: no results are signed.");
ABSL_FLAG(std::string, kept_trust_file, "",
          "Own file with anchors, CRLs and policy, for starts while neither "
          "the database nor the CA is there; empty: such starts wait.");
ABSL_FLAG(absl::Duration, kept_trust_max_age, absl::Hours(24),
          "The file isn't used when its policy was last known to hold longer "
          "ago; 1m to 720h.");

ABSL_FLAG(absl::Duration, result_life, otrp::verifier::kResultLife,
          "How long a signed result is valid; 1m to 24h. What is taken back "
          "shows in results that were signed before only to those who ask "
          "(results:introspect).");
ABSL_FLAG(bool, revocation_any_host, false,
          "Sources of third parties' revocation data may be in private "
          "networks: for tests and a stack on one machine.");
ABSL_FLAG(bool, four_eyes, false,
          "Policies are put into force only as drafts that another operator "
          "than their author activates. Off until there are two.");

namespace otrp {
namespace verifier {

namespace {
constexpr size_t kKekBytes = 32;
}  // namespace

absl::StatusOr<Config> ConfigFromFlags() {
  Config config;
  config.ca_addr = absl::GetFlag(FLAGS_ca_addr);
  config.pull_period = absl::GetFlag(FLAGS_trust_pull_period);
  config.kept_trust_file = absl::GetFlag(FLAGS_kept_trust_file);
  config.result_life = absl::GetFlag(FLAGS_result_life);
  if (config.result_life < kMinResultLife ||
      config.result_life > kMaxResultLife) {
    return absl::InvalidArgumentError("--result_life: give 1m to 24h");
  }
  config.revocation_any_host = absl::GetFlag(FLAGS_revocation_any_host);
  config.four_eyes = absl::GetFlag(FLAGS_four_eyes);
  config.kept_trust_max_age = absl::GetFlag(FLAGS_kept_trust_max_age);
  if (config.kept_trust_max_age < absl::Minutes(1) ||
      config.kept_trust_max_age > absl::Hours(720)) {
    return absl::InvalidArgumentError("--kept_trust_max_age: give 1m to 720h");
  }
  const std::string kek_file = absl::GetFlag(FLAGS_kek_file);
  if (!kek_file.empty()) {
    OTRP_ASSIGN_OR_RETURN(config.kek,
                          config::ReadKeyFile("kek_file", kek_file, kKekBytes));
  }
  OTRP_RETURN_IF_ERROR(config::RequireNonEmpty("ca_addr", config.ca_addr));
  if (config.pull_period < absl::Milliseconds(100) ||
      config.pull_period > absl::Hours(1)) {
    return absl::InvalidArgumentError("--trust_pull_period: give 100ms to 1h");
  }
  OTRP_ASSIGN_OR_RETURN(config.common, service::CommonConfigFromFlags());
  OTRP_ASSIGN_OR_RETURN(config.keep_usage, service::KeepUsageFromFlags());
  return config;
}

}  // namespace verifier
}  // namespace otrp
