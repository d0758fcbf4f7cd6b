// What a test of a service's storage or handlers stands on: a database of its
// own with the service's migrations, an empty one, on the process's PostgreSQL.
//
//   ServiceDatabase database{{"tsm", "services/tsm/storage/migrations"}};
//   TsmStore store(database.pool());
//   ...
//   EXPECT_THAT(database.AuditActions(), ElementsAre("session.open"));
//
// Faults are real ones: database.proxy() loses commits or the whole database,
// superuser() plants triggers that raise, locks and missing grants.
//
// A database takes some 30 ms, the process's first one a second more.
//
// Thread-safety: thread-safe, but for the first call of superuser().
// Errors: the process ends with a message where PostgreSQL can't be had;
// reading audit events fails the test.

#ifndef OTRP_TESTS_SUPPORT_SERVICE_DATABASE_H_
#define OTRP_TESTS_SUPPORT_SERVICE_DATABASE_H_

#include <memory>
#include <string>
#include <vector>

#include "libs/store/audit.h"
#include "libs/store/pool.h"
#include "tests/support/postgres.h"
#include "tests/support/postgres_proxy.h"

namespace otrp {
namespace testing {

class ServiceDatabase {
 public:
  explicit ServiceDatabase(const TestPostgres::Schema& schema);

  // As the service's run-time role, through proxy(); 8 connections.
  store::Pool& pool() { return *pool_; }
  PostgresProxy& proxy() { return *proxy_; }
  // As the superuser and past the proxy, the service's schema first in the
  // search path.
  store::Pool& superuser();
  const TestDatabase& database() const { return *database_; }

  // What was audited, oldest first, up to 1000; and the actions of it.
  std::vector<store::AuditEvent> AuditEvents();
  std::vector<std::string> AuditActions();

 private:
  const std::string schema_;
  std::unique_ptr<TestDatabase> database_;
  std::unique_ptr<PostgresProxy> proxy_;
  std::unique_ptr<store::Pool> pool_;
  std::unique_ptr<store::Pool> superuser_;
};

}  // namespace testing
}  // namespace otrp

#endif  // OTRP_TESTS_SUPPORT_SERVICE_DATABASE_H_
