#include "services/sp_portal/config.h"

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/config/config.h"
#include "libs/service/common_flags.h"
#include "services/sp_portal/limits.h"

OTRP_SERVICE_FLAGS("127.0.0.1:9104", "127.0.0.1:9204", /*db_connections=*/8);
ABSL_FLAG(std::string, kek_file, "",
          "File with the key that seals images in the database: 32 octets, "
          "or 64 hexadecimal digits. The same for all replicas.");
ABSL_FLAG(bool, require_review, false,
          "Whether a version must be submitted and approved by an operator "
          "before it can be released.");
ABSL_FLAG(int64_t, sp_applications, otrp::portal::kMaxApplicationsPerSp,
          "How many applications a service provider may have.");
ABSL_FLAG(int64_t, sp_versions, otrp::portal::kMaxVersionsPerApplication,
          "How many versions an application may have.");
ABSL_FLAG(int64_t, sp_image_bytes, otrp::portal::kMaxImageBytesPerSp,
          "How many octets the images of a service provider may have in all.");
ABSL_FLAG(bool, webhook_any_host, false,
          "Webhooks may also be at plain http and at hosts that aren't of the "
          "public Internet. For tests and closed networks.");
ABSL_FLAG(std::string, ca_addr, "127.0.0.1:9101", "Address of the CA.");
ABSL_FLAG(std::string, tsm_addr, "127.0.0.1:9102", "Address of the TSM.");
ABSL_FLAG(absl::Duration, token_max_life, absl::Hours(365 * 24),
          "What no API token may live beyond: 1m to 43800h.");
ABSL_FLAG(bool, insecure_issuers, false,
          "Issuers of ID tokens may be http:// URLs and in private networks: "
          "for tests and a stack on one machine.");

namespace otrp {
namespace portal {
namespace {

absl::Status RequirePositive(absl::string_view flag, int64_t value) {
  if (value > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, ": must be 1 at least"));
}

}  // namespace

absl::StatusOr<Config> ConfigFromFlags() {
  Config config;
  OTRP_ASSIGN_OR_RETURN(config.common,
                        service::CommonConfigFromFlags(kMinDbConnections));
  config.ca_addr = absl::GetFlag(FLAGS_ca_addr);
  config.tsm_addr = absl::GetFlag(FLAGS_tsm_addr);
  OTRP_RETURN_IF_ERROR(config::RequireNonEmpty("ca_addr", config.ca_addr));
  OTRP_RETURN_IF_ERROR(config::RequireNonEmpty("tsm_addr", config.tsm_addr));
  config.quotas.applications = absl::GetFlag(FLAGS_sp_applications);
  config.quotas.versions = absl::GetFlag(FLAGS_sp_versions);
  config.quotas.image_bytes = absl::GetFlag(FLAGS_sp_image_bytes);
  OTRP_RETURN_IF_ERROR(
      RequirePositive("sp_applications", config.quotas.applications));
  OTRP_RETURN_IF_ERROR(RequirePositive("sp_versions", config.quotas.versions));
  OTRP_RETURN_IF_ERROR(
      RequirePositive("sp_image_bytes", config.quotas.image_bytes));
  config.require_review = absl::GetFlag(FLAGS_require_review);
  config.any_webhook_host = absl::GetFlag(FLAGS_webhook_any_host);
  OTRP_ASSIGN_OR_RETURN(
      config.kek, config::ReadKeyFile("kek_file", absl::GetFlag(FLAGS_kek_file),
                                      kKekBytes));
  config.max_token_life = absl::GetFlag(FLAGS_token_max_life);
  if (config.max_token_life < kMinTokenLife ||
      config.max_token_life > kMaxTokenLife) {
    return absl::InvalidArgumentError("--token_max_life: must be 1m to 43800h");
  }
  config.insecure_issuers = absl::GetFlag(FLAGS_insecure_issuers);
  return config;
}

}  // namespace portal
}  // namespace otrp
