#include "libs/service/common_flags.h"

#include "absl/flags/declare.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/config/config.h"
#include "libs/service/dsn_flag.h"
#include "libs/service/revocation_flags.h"

// Defined by OTRP_SERVICE_FLAGS in the service's config.cc.
ABSL_DECLARE_FLAG(std::string, listen);
ABSL_DECLARE_FLAG(std::string, metrics_listen);
ABSL_DECLARE_FLAG(int, db_connections);

namespace otrp {
namespace service {
namespace {

// PostgreSQL has 100 in all by default.
constexpr int kMaxDbConnections = 100;

}  // namespace

absl::StatusOr<CommonConfig> CommonConfigFromFlags(int min_db_connections) {
  CommonConfig config;
  config.listen = absl::GetFlag(FLAGS_listen);
  config.metrics_listen = absl::GetFlag(FLAGS_metrics_listen);
  config.db_connections = absl::GetFlag(FLAGS_db_connections);
  OTRP_RETURN_IF_ERROR(config::ParseHostPort("listen", config.listen).status());
  OTRP_ASSIGN_OR_RETURN(config.tls_dir, TlsDirFromFlag());
  if (config.db_connections < min_db_connections ||
      config.db_connections > kMaxDbConnections) {
    return absl::InvalidArgumentError(absl::StrCat("--db_connections: give ",
                                                   min_db_connections, " to ",
                                                   kMaxDbConnections));
  }
  OTRP_ASSIGN_OR_RETURN(config.dsn, DsnFromFlag());
  config.database = DatabaseAccessFromFlags();
  OTRP_ASSIGN_OR_RETURN(config.revocations, RevocationOptionsFromFlags());
  return config;
}

}  // namespace service
}  // namespace otrp
