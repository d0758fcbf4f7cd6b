#include "libs/store/migrate.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "libs/base/files.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/store/pool.h"
#include "libs/telemetry/log.h"

namespace otrp {
namespace store {
namespace {

// Files of migrations/, made by the build.
constexpr char kCommonSql[] =
#include "libs/store/common_sql.inc"
    ;
constexpr char kIdempotencySql[] =
#include "libs/store/idempotency_sql.inc"
    ;
constexpr char kOrderSql[] =
#include "libs/store/order_sql.inc"
    ;

// Advisory lock of migrations; the second key is the schema's.
constexpr int kMigrationLock = 0x316;

// A migration may rewrite a table.
constexpr absl::Duration kStatementTimeout = absl::Minutes(30);

absl::Status CheckName(absl::string_view name) {
  bool good = name.size() > 9 && absl::EndsWith(name, ".sql") && name[4] == '_';
  for (int i = 0; good && i < 4; ++i) good = absl::ascii_isdigit(name[i]);
  if (good) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("migration \"", name, "\": must be named NNNN_name.sql"));
}

bool IsRoleName(absl::string_view name) {
  if (name.empty() || absl::ascii_isdigit(name[0])) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
  });
}

std::string Filled(const Migration& migration, const MigrateOptions& options) {
  return absl::StrReplaceAll(migration.sql,
                             {{"{{schema}}", options.schema},
                              {"{{runtime_role}}", options.runtime_role}});
}

// Creates the schema, its record of migrations, and the run-time role's way
// into it.
absl::Status Prepare(Pool& pool, const MigrateOptions& options) {
  return pool.Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(
        tx.Exec("SELECT pg_advisory_xact_lock($1::int, hashtext($2))",
                kMigrationLock, options.schema)
            .status());
    OTRP_ASSIGN_OR_RETURN(
        Rows there, tx.Exec("SELECT 1 FROM pg_namespace WHERE nspname = $1",
                            options.schema));
    if (there.empty()) {
      OTRP_RETURN_IF_ERROR(
          tx.ExecScript(absl::StrCat("CREATE SCHEMA ", options.schema)));
    }
    return tx.ExecScript(absl::StrCat(
        "GRANT USAGE ON SCHEMA ", options.schema, " TO ", options.runtime_role,
        "; CREATE TABLE IF NOT EXISTS ", options.schema,
        ".schema_migration (name text PRIMARY KEY, sha256 bytea NOT NULL, "
        "applied_at timestamptz NOT NULL DEFAULT clock_timestamp()); "
        "GRANT SELECT ON ",
        options.schema, ".schema_migration TO ", options.runtime_role));
  });
}

// For each column of the schema that a sequence fills, a statement that brings
// the sequence to the column's maximum where it is behind.
constexpr char kSequences[] = R"sql(
    SELECT format(
      'SELECT setval(%1$L, top.id) FROM '
      '(SELECT max(%2$I) AS id FROM %3$I.%4$I) AS top, %1$s AS held '
      'WHERE top.id > held.last_value '
      'OR (top.id = held.last_value AND NOT held.is_called)',
      sequence.oid::regclass, attname, $1::text, owner.relname)
    FROM pg_class AS sequence
    JOIN pg_depend ON objid = sequence.oid AND classid = 'pg_class'::regclass
      AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i')
    JOIN pg_class AS owner ON owner.oid = refobjid
    JOIN pg_attribute ON attrelid = owner.oid AND attnum = refobjsubid
    WHERE sequence.relkind = 'S'
      AND sequence.relnamespace = $1::text::regnamespace
    ORDER BY 1
    )sql";

// Logical replication copies rows, not sequences: on a server that got its data
// so, the next number would be one that is taken.
absl::Status RaiseSequences(Pool& pool, const MigrateOptions& options) {
  return pool.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(const Rows statements,
                          tx.Exec(kSequences, options.schema));
    for (const Row& row : statements) {
      std::string statement;
      OTRP_RETURN_IF_ERROR(row.Scan(&statement));
      OTRP_ASSIGN_OR_RETURN(const Rows raised, tx.Exec(statement));
      if (raised.empty()) continue;
      OTRP_LOG(WARNING, "a sequence was behind its table",
               {{"schema", options.schema}, {"statement", statement}});
    }
    return absl::OkStatus();
  });
}

// True when it was applied now.
absl::StatusOr<bool> Apply(Pool& pool, const MigrateOptions& options,
                           const Migration& migration) {
  const std::string hash = crypto::Sha256(migration.sql);
  bool applied = false;
  OTRP_RETURN_IF_ERROR(pool.Run([&](Tx& tx) -> absl::Status {
    applied = false;
    OTRP_RETURN_IF_ERROR(
        tx.Exec("SELECT pg_advisory_xact_lock($1::int, hashtext($2))",
                kMigrationLock, options.schema)
            .status());
    OTRP_ASSIGN_OR_RETURN(
        Rows rows, tx.Exec("SELECT sha256 FROM schema_migration WHERE name = "
                           "$1",
                           migration.name));
    if (!rows.empty()) {
      std::string recorded;
      OTRP_RETURN_IF_ERROR(rows[0].Scan(BytesOut(&recorded)));
      if (recorded == hash) return absl::OkStatus();
      return absl::FailedPreconditionError(absl::StrCat(
          "migration \"", migration.name, "\" of schema ", options.schema,
          " was changed after it was applied; add a new migration instead"));
    }
    absl::Status status = tx.ExecScript(Filled(migration, options));
    if (!status.ok()) {
      return absl::Status(status.code(),
                          absl::StrCat("migration \"", migration.name,
                                       "\": ", status.message()));
    }
    applied = true;
    return tx
        .Exec("INSERT INTO schema_migration (name, sha256) VALUES ($1, $2)",
              migration.name, Bytes(hash))
        .status();
  }));
  return applied;
}

}  // namespace

std::vector<Migration> CommonMigrations() {
  return {{"0000_common.sql", kCommonSql},
          {"0000_idempotency.sql", kIdempotencySql},
          {"0000_order.sql", kOrderSql}};
}

absl::StatusOr<std::vector<Migration>> ReadMigrations(const std::string& dir) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::directory_iterator it(dir, error);
  if (error) {
    return absl::NotFoundError(
        absl::StrCat("migrations directory \"", dir, "\": ", error.message()));
  }
  std::map<std::string, std::string> found;
  for (; it != fs::directory_iterator(); it.increment(error)) {
    if (error) break;
    const std::string name = it->path().filename().string();
    if (!absl::EndsWith(name, ".sql")) continue;
    OTRP_RETURN_IF_ERROR(CheckName(name));
    OTRP_ASSIGN_OR_RETURN(std::string sql, ReadWholeFile(it->path().string()));
    found.emplace(name, std::move(sql));
  }
  std::vector<Migration> migrations;
  for (auto& [name, sql] : found) {
    const std::string number = name.substr(0, 4);
    if (number == "0000" || (!migrations.empty() &&
                             migrations.back().name.substr(0, 4) == number)) {
      return absl::InvalidArgumentError(
          absl::StrCat("migration \"", name, "\": its number is taken"));
    }
    migrations.push_back({name, std::move(sql)});
  }
  return migrations;
}

absl::StatusOr<std::vector<std::string>> Migrate(
    const MigrateOptions& given, const std::vector<Migration>& migrations) {
  MigrateOptions options = given;
  if (options.runtime_role.empty()) {
    options.runtime_role = "otrp_" + options.schema;
  }
  if (!IsRoleName(options.runtime_role)) {
    return absl::InvalidArgumentError(
        "runtime_role must be a name of a-z, 0-9 and '_'");
  }
  Pool::Options pool_options;
  pool_options.dsn = options.dsn;
  if (options.access.pooler == Pooler::kTransaction) {
    return absl::InvalidArgumentError(
        "--db_pooler: migrations need the server itself, or a pooler of "
        "sessions");
  }
  pool_options.access = options.access;
  pool_options.schema = options.schema;
  pool_options.application_name = "otrp_migrate";
  pool_options.size = 1;
  pool_options.statement_timeout = kStatementTimeout;
  pool_options.lock_timeout = absl::Minutes(1);
  OTRP_ASSIGN_OR_RETURN(auto pool, Pool::Create(pool_options));
  OTRP_RETURN_IF_ERROR(Prepare(*pool, options));

  std::vector<Migration> all = CommonMigrations();
  all.insert(all.end(), migrations.begin(), migrations.end());
  std::vector<std::string> applied;
  for (const Migration& migration : all) {
    OTRP_ASSIGN_OR_RETURN(bool now, Apply(*pool, options, migration));
    if (!now) continue;
    OTRP_LOG(INFO, "migration applied",
             {{"schema", options.schema}, {"migration", migration.name}});
    applied.push_back(migration.name);
  }
  OTRP_RETURN_IF_ERROR(RaiseSequences(*pool, options));
  return applied;
}

}  // namespace store
}  // namespace otrp
