#include "services/tsm/config.h"

#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "libs/base/status_macros.h"
#include "libs/config/config.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:9102",
          "Address of the gRPC server; port 0 picks a free one.");
ABSL_FLAG(std::string, metrics_listen, "127.0.0.1:9202",
          "Address for /metrics, /livez and /readyz (plain HTTP).");
ABSL_FLAG(std::string, tls_dir, "",
          "Directory with cert.pem, key.pem and ca.pem of this service.");
ABSL_FLAG(std::string, dsn_file, "",
          "File with the connection string of PostgreSQL.");
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
ABSL_FLAG(int, db_connections, 8, "Connections to PostgreSQL, 1 to 100.");

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
  config.listen = absl::GetFlag(FLAGS_listen);
  config.metrics_listen = absl::GetFlag(FLAGS_metrics_listen);
  config.tls_dir = absl::GetFlag(FLAGS_tls_dir);
  config.ca_addr = absl::GetFlag(FLAGS_ca_addr);
  config.verifier_addr = absl::GetFlag(FLAGS_verifier_addr);
  config.tsm_id = absl::GetFlag(FLAGS_tsm_id);
  config.db_connections = absl::GetFlag(FLAGS_db_connections);
  OTRP_RETURN_IF_ERROR(config::RequireNonEmpty("tls_dir", config.tls_dir));
  OTRP_RETURN_IF_ERROR(CheckTsmId(config.tsm_id));
  if (config.db_connections < 1 || config.db_connections > 100) {
    return absl::InvalidArgumentError("--db_connections: give 1 to 100");
  }
  OTRP_ASSIGN_OR_RETURN(
      config.dsn,
      config::OpenDsnFile("dsn_file", absl::GetFlag(FLAGS_dsn_file)));
  OTRP_ASSIGN_OR_RETURN(
      config.kek, config::ReadKeyFile("kek_file", absl::GetFlag(FLAGS_kek_file),
                                      kSecretBytes));
  OTRP_ASSIGN_OR_RETURN(
      config.session_secrets,
      config::OpenKeysFile("session_secret_file",
                           absl::GetFlag(FLAGS_session_secret_file),
                           kSecretBytes));
  return config;
}

}  // namespace tsm
}  // namespace otrp
