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
// A database that a test leaves as an ordinary service would is emptied for
// the next one (a few ms; a new one takes 30 and more, the process's first a
// second): what migrations put there stays. Whoever asks for superuser() or
// database() gets one that nobody else gets.
//
// Thread-safety: pools and proxy are thread-safe, this itself is not.
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
  ~ServiceDatabase();
  ServiceDatabase(const ServiceDatabase&) = delete;
  ServiceDatabase& operator=(const ServiceDatabase&) = delete;

  // As the service's run-time role, through proxy(); 8 connections.
  store::Pool& pool() { return *parts_.pool; }
  PostgresProxy& proxy();
  // As the superuser and past the proxy, the service's schema first in the
  // search path.
  store::Pool& superuser();
  const TestDatabase& database();

  // What was audited, oldest first, up to 1000; and the actions of it.
  std::vector<store::AuditEvent> AuditEvents();
  std::vector<std::string> AuditActions();

 private:
  struct Parts {
    std::unique_ptr<TestDatabase> database;
    std::unique_ptr<store::Pool> superuser;
    // These two are null where the test before used the proxy.
    std::unique_ptr<PostgresProxy> proxy;
    std::unique_ptr<store::Pool> pool;
  };
  class Kept;

  static Parts NewParts(const TestPostgres::Schema& schema);

  const TestPostgres::Schema schema_;
  Parts parts_;
  bool reusable_ = true;
  bool proxy_is_reusable_ = true;
};

}  // namespace testing
}  // namespace otrp

#endif  // OTRP_TESTS_SUPPORT_SERVICE_DATABASE_H_
