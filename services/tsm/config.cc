#include "services/tsm/config.h"

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "libs/base/status_macros.h"
#include "libs/config/config.h"
#include "libs/service/common_flags.h"
#include "libs/service/usage_flags.h"

OTRP_SERVICE_FLAGS("127.0.0.1:9102", "127.0.0.1:9202", /*db_connections=*/8);
ABSL_FLAG(std::string, kek_file, "",
          "File with the key that seals the TSM's private keys: 32 octets, "
          "or 64 hexadecimal digits. The same for all replicas.");
ABSL_FLAG(std::string, session_secret_file, "",
          "File with the secret of device sessions: 32 octets, or 64 "
          "hexadecimal digits. The same for all replicas.");
ABSL_FLAG(std::string, ca_addr, "127.0.0.1:9101", "Address of the CA.");
ABSL_FLAG(std::string, verifier_addr, "127.0.0.1:9103",
          "Address of the attestation verifier.");
ABSL_FLAG(std::string, tsm_id, "https://tsm.otrp.example/otrp",
          "This TSM's id (tamid): an absolute URI, in its certificates.");
ABSL_FLAG(bool, pull_private_endpoints, false,
          "Let service providers' pull endpoints have private and loopback "
          "addresses, for those in one's own network. Without it they must be "
          "hosts of the public Internet.");

namespace otrp {
namespace tsm {
namespace {

constexpr size_t kSecretBytes = 32;

}  // namespace

absl::Status CheckTsmId(absl::string_view tsm_id) {
  const size_t colon = tsm_id.find(':');
  bool good = colon != absl::string_view::npos && colon > 0 &&
              colon + 1 < tsm_id.size() && tsm_id.size() <= 200;
  for (unsigned char c : tsm_id) good = good && absl::ascii_isgraph(c);
  if (good) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "--tsm_id: give an absolute URI of up to 200 printable characters, "
      "e.g. https://tsm.example.com/otrp");
}

absl::StatusOr<Config> ConfigFromFlags() {
  Config config;
  OTRP_ASSIGN_OR_RETURN(config.common, service::CommonConfigFromFlags());
  OTRP_ASSIGN_OR_RETURN(config.keep_usage, service::KeepUsageFromFlags());
  config.ca_addr = absl::GetFlag(FLAGS_ca_addr);
  config.verifier_addr = absl::GetFlag(FLAGS_verifier_addr);
  config.tsm_id = absl::GetFlag(FLAGS_tsm_id);
  OTRP_RETURN_IF_ERROR(CheckTsmId(config.tsm_id));
  OTRP_ASSIGN_OR_RETURN(
      config.kek, config::ReadKeyFile("kek_file", absl::GetFlag(FLAGS_kek_file),
                                      kSecretBytes));
  OTRP_ASSIGN_OR_RETURN(
      config.session_secrets,
      config::OpenKeysFile("session_secret_file",
                           absl::GetFlag(FLAGS_session_secret_file),
                           kSecretBytes));
  config.pull_private_endpoints = absl::GetFlag(FLAGS_pull_private_endpoints);
  return config;
}

}  // namespace tsm
}  // namespace otrp
