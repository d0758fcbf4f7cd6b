#include "tests/support/service_database.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"

namespace otrp {
namespace testing {
namespace {

// Once, after the migrations: what each table and each sequence then has.
constexpr char kRemember[] = R"sql(
  DO $$
  DECLARE name text;
  BEGIN
    CREATE SCHEMA pristine;
    CREATE TABLE pristine.sequence AS
      SELECT format('%I.%I', schemaname, sequencename) AS name, last_value
      FROM pg_sequences WHERE schemaname = current_schema();
    FOR name IN
      SELECT tablename FROM pg_tables WHERE schemaname = current_schema()
    LOOP
      EXECUTE format('CREATE TABLE pristine.%I AS TABLE %I',
                     'table_' || name, name);
    END LOOP;
  END $$
)sql";

// Between two tests. Triggers, which guard foreign keys too, don't fire, so
// that the order of tables is all the same. TRUNCATE would make new files:
// slower than to delete a few rows.
constexpr char kRestore[] = R"sql(
  DO $$
  DECLARE name text;
  BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN
      SELECT tablename FROM pg_tables WHERE schemaname = current_schema()
    LOOP
      EXECUTE format('DELETE FROM %I', name);
      EXECUTE format('INSERT INTO %I OVERRIDING SYSTEM VALUE TABLE pristine.%I',
                     name, 'table_' || name);
    END LOOP;
    PERFORM setval(sequence.name::regclass, coalesce(last_value, 1),
                   last_value IS NOT NULL)
      FROM pristine.sequence;
  END $$
)sql";

absl::Status Script(store::Pool& pool, const char* sql) {
  return pool.Run([&](store::Tx& tx) { return tx.ExecScript(sql); });
}

void Must(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "no database for a test: %s\n",
               status.ToString().c_str());
  std::abort();
}

template <typename T>
T Must(absl::StatusOr<T> value) {
  Must(value.status());
  return *std::move(value);
}

}  // namespace

// The databases that tests have left.
class ServiceDatabase::Kept {
 public:
  static Kept& OfProcess() {
    // Made first, so that it ends last.
    TestPostgres::Shared();
    static Kept kept;
    return kept;
  }

  // Empty parts where none is left.
  Parts Take(const TestPostgres::Schema& schema) {
    std::lock_guard<std::mutex> lock(mutex_);
    std::vector<Parts>& left = left_[{schema.name, schema.migrations_dir}];
    if (left.empty()) return Parts();
    Parts parts = std::move(left.back());
    left.pop_back();
    return parts;
  }

  void Keep(const TestPostgres::Schema& schema, Parts parts) {
    std::lock_guard<std::mutex> lock(mutex_);
    left_[{schema.name, schema.migrations_dir}].push_back(std::move(parts));
  }

 private:
  std::mutex mutex_;
  // By name and migrations of the schema.
  std::map<std::pair<std::string, std::string>, std::vector<Parts>> left_;
};

ServiceDatabase::ServiceDatabase(const TestPostgres::Schema& schema)
    : schema_(schema), parts_(Kept::OfProcess().Take(schema)) {
  if (parts_.database == nullptr) {
    parts_ = NewParts(schema);
  } else {
    Must(Script(*parts_.superuser, kRestore));
  }
  if (parts_.proxy != nullptr) return;
  parts_.proxy = Must(PostgresProxy::Start(TestPostgres::Shared()));
  parts_.pool = Must(parts_.proxy->NewPool(*parts_.database, schema.name, 8));
}

ServiceDatabase::~ServiceDatabase() {
  if (!reusable_) return;
  if (!proxy_is_reusable_) {
    parts_.pool.reset();
    parts_.proxy.reset();
  }
  Kept::OfProcess().Keep(schema_, std::move(parts_));
}

ServiceDatabase::Parts ServiceDatabase::NewParts(
    const TestPostgres::Schema& schema) {
  Parts parts;
  parts.database = Must(TestPostgres::Shared().NewDatabase({schema}));
  parts.superuser = Must(parts.database->NewSuperuserPool(schema.name));
  Must(Script(*parts.superuser, kRemember));
  return parts;
}

PostgresProxy& ServiceDatabase::proxy() {
  proxy_is_reusable_ = false;
  return *parts_.proxy;
}

store::Pool& ServiceDatabase::superuser() {
  reusable_ = false;
  return *parts_.superuser;
}

const TestDatabase& ServiceDatabase::database() {
  reusable_ = false;
  return *parts_.database;
}

std::vector<store::AuditEvent> ServiceDatabase::AuditEvents() {
  std::vector<store::AuditEvent> events;
  store::AuditFilter filter;
  filter.limit = 1000;
  auto stored = store::ListAuditEvents(*parts_.superuser, filter);
  EXPECT_TRUE(stored.ok()) << stored.status();
  if (!stored.ok()) return events;
  for (store::StoredAuditEvent& event : *stored) {
    events.push_back(std::move(event.event));
  }
  std::reverse(events.begin(), events.end());
  return events;
}

std::vector<std::string> ServiceDatabase::AuditActions() {
  std::vector<std::string> actions;
  for (store::AuditEvent& event : AuditEvents()) {
    actions.push_back(std::move(event.action));
  }
  return actions;
}

}  // namespace testing
}  // namespace otrp
