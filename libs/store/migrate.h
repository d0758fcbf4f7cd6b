// Schema migrations: numbered SQL files, forward only, each applied once, in
// one transaction with the record of it.
//
// Runs as the owner role (otrp_migrate), never as a service: run-time roles
// have no DDL. Files are NNNN_name.sql with NNNN from 0001; those of number
// 0000 (audit log, outbox, inbox, idempotency keys) come with this library and
// go first. In each file {{schema}} and {{runtime_role}} are replaced, and
// search_path is the schema. The schema is created where it isn't there.
//
// Migrations known to the database but not to this call are left alone (a
// newer version ran before: N and N+1 run together). A file that changed
// after it was applied is FAILED_PRECONDITION. An advisory lock makes
// concurrent runs wait for one another.
//
// Sequences that are behind their tables, as on a server that got its data by
// logical replication, are brought up to them at each run.

#ifndef OTRP_LIBS_STORE_MIGRATE_H_
#define OTRP_LIBS_STORE_MIGRATE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/store/access.h"

namespace otrp {
namespace store {

struct Migration {
  // File name, e.g. "0001_accounts.sql".
  std::string name;
  std::string sql;
};

// Reads *.sql of a directory in order. INVALID_ARGUMENT for a name that isn't
// NNNN_name.sql or a number used twice.
absl::StatusOr<std::vector<Migration>> ReadMigrations(const std::string& dir);

// The library's own, of number 0000.
std::vector<Migration> CommonMigrations();

struct MigrateOptions {
  std::string dsn;
  std::string schema;
  // Gets its grants in the files; "otrp_" + schema where empty.
  std::string runtime_role;
  // Not behind a pooler of transactions.
  Access access;
};

// Applies what is missing; the names applied now.
absl::StatusOr<std::vector<std::string>> Migrate(
    const MigrateOptions& options, const std::vector<Migration>& migrations);

}  // namespace store
}  // namespace otrp

#endif  // OTRP_LIBS_STORE_MIGRATE_H_
