// otrp_migrate: brings one schema up to date. Runs as the owner role, before
// the service that uses the schema.
//
//   otrp_migrate --dsn_file=F --schema=ca
//       --dir=services/ca/storage/migrations [--runtime_role=otrp_ca]

#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/config/config.h"
#include "libs/store/access.h"
#include "libs/store/migrate.h"
#include "libs/telemetry/log.h"

ABSL_FLAG(std::string, dsn_file, "",
          "File with the owner role's connection string; not readable by "
          "group or others.");
ABSL_FLAG(std::string, schema, "", "Schema: ca, tsm, portal or verifier.");
ABSL_FLAG(std::string, dir, "", "Directory of the schema's NNNN_name.sql.");
ABSL_FLAG(std::string, runtime_role, "",
          "Role that the service logs in as; otrp_<schema> where empty.");

ABSL_FLAG(
    otrp::store::Pooler, db_pooler, otrp::store::Pooler::kNone,
    "What stands before PostgreSQL: none, or session, a pooler that gives "
    "a connection of the server's for a session.");
ABSL_FLAG(otrp::store::SslMode, db_least_sslmode,
          otrp::store::SslMode::kRequire,
          "Lowest sslmode of a connection string to another machine: disable, "
          "allow, prefer, require, verify-ca or verify-full.");

namespace {

absl::Status Run() {
  otrp::store::MigrateOptions options;
  options.access = {absl::GetFlag(FLAGS_db_pooler),
                    absl::GetFlag(FLAGS_db_least_sslmode)};
  OTRP_ASSIGN_OR_RETURN(
      options.dsn,
      otrp::config::ReadDsnFile("dsn_file", absl::GetFlag(FLAGS_dsn_file)));
  options.schema = absl::GetFlag(FLAGS_schema);
  options.runtime_role = absl::GetFlag(FLAGS_runtime_role);
  OTRP_ASSIGN_OR_RETURN(auto migrations,
                        otrp::store::ReadMigrations(absl::GetFlag(FLAGS_dir)));
  OTRP_ASSIGN_OR_RETURN(auto applied,
                        otrp::store::Migrate(options, migrations));
  OTRP_LOG(
      INFO, "schema is up to date",
      {{"schema", options.schema}, {"applied", absl::StrCat(applied.size())}});
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("Applies schema migrations.");
  absl::ParseCommandLine(argc, argv);
  otrp::telemetry::SetServiceName("otrp_migrate");
  const absl::Status status = Run();
  if (status.ok()) return 0;
  OTRP_LOG(ERROR, "migration failed", {{"error", status.ToString()}});
  return 1;
}
