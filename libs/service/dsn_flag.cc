#include "libs/service/dsn_flag.h"

#include <string>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

ABSL_FLAG(std::string, dsn_file, "",
          "File with the connection string of PostgreSQL.");

ABSL_FLAG(otrp::store::Pooler, db_pooler, otrp::store::Pooler::kNone,
          "What stands before PostgreSQL: none, or a pooler such as PgBouncer "
          "that gives a server's connection for a session or for a "
          "transaction: session, transaction (docs/operations.md).");
ABSL_FLAG(otrp::store::SslMode, db_least_sslmode,
          otrp::store::SslMode::kRequire,
          "Lowest sslmode of a connection string to another machine: disable, "
          "allow, prefer, require, verify-ca or verify-full.");

namespace otrp {
namespace service {

absl::StatusOr<config::DsnSource> DsnFromFlag() {
  OTRP_ASSIGN_OR_RETURN(
      config::DsnSource source,
      config::OpenDsnFile("dsn_file", absl::GetFlag(FLAGS_dsn_file)));
  OTRP_ASSIGN_OR_RETURN(const std::string dsn, source());
  const absl::Status good =
      store::CheckConnectionString(dsn, absl::GetFlag(FLAGS_db_least_sslmode));
  if (!good.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--dsn_file: ", good.message()));
  }
  return source;
}

store::Access DatabaseAccessFromFlags() {
  return {absl::GetFlag(FLAGS_db_pooler),
          absl::GetFlag(FLAGS_db_least_sslmode)};
}

}  // namespace service
}  // namespace otrp
