// A private PostgreSQL cluster for tests: real, quick, thrown away.
//
//   TEST(PgStoreTest, KeepsWhatItWasGiven) {
//     OTRP_ASSERT_OK_AND_ASSIGN(
//         auto db, TestPostgres::Shared().NewDatabase(
//             {{"portal", "services/sp_portal/storage/migrations"}}));
//     OTRP_ASSERT_OK_AND_ASSIGN(auto pool, db->NewPool("portal"));
//     ...
//   }
//
// Shared() starts one cluster per process (1-2 s); NewDatabase() copies a
// template that was migrated once (tens of ms), so that every test case has a
// database of its own. Pools log in as the run-time role of the schema, so
// missing grants show. fsync is off: this is no place to test durability of
// the disk, but Crash() and Restart() work.
//
// Most tests want ServiceDatabase (service_database.h), which stands on this.
//
// BUILD: tests need `data = ["//services/x/storage:migrations"]` and
// `needs_postgres = True`, since PostgreSQL refuses to run as root and a
// sandbox can't change user.
//
// Thread-safety: thread-safe.

#ifndef OTRP_TESTS_SUPPORT_POSTGRES_H_
#define OTRP_TESTS_SUPPORT_POSTGRES_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/store/pool.h"

namespace otrp {
namespace testing {

class TestPostgres;

// One database; dropped with the cluster.
class TestDatabase {
 public:
  // As the run-time role otrp_<schema>.
  std::string Dsn(const std::string& schema) const;
  // As otrp_migrate, who owns the schemas.
  std::string OwnerDsn() const;
  // As the superuser: for planting faults.
  std::string SuperuserDsn() const;
  // The same, each as a file for --dsn_file.
  absl::StatusOr<std::string> DsnFile(const std::string& schema) const;

  // A pool as the run-time role.
  absl::StatusOr<std::unique_ptr<store::Pool>> NewPool(
      const std::string& schema, int size = 4) const;
  // A pool as the superuser, with the schema first in the search path.
  absl::StatusOr<std::unique_ptr<store::Pool>> NewSuperuserPool(
      const std::string& schema) const;

  // Writes all of it to a file (pg_dump).
  absl::Status Dump(const std::string& path) const;

  const std::string& name() const { return name_; }

 private:
  friend class TestPostgres;
  TestDatabase(std::string name, std::string socket_dir)
      : name_(std::move(name)), socket_dir_(std::move(socket_dir)) {}

  std::string name_;
  std::string socket_dir_;
};

class TestPostgres {
 public:
  struct Schema {
    std::string name;
    // Directory of migrations, from the workspace's root; empty: only the
    // common tables.
    std::string migrations_dir;
  };

  // The process's cluster; the process ends with a message where it can't be
  // started.
  static TestPostgres& Shared();

  // A cluster of its own, for tests that crash it.
  static absl::StatusOr<std::unique_ptr<TestPostgres>> Start();
  // Stops the server (by pid) and removes its files.
  ~TestPostgres();
  TestPostgres(const TestPostgres&) = delete;
  TestPostgres& operator=(const TestPostgres&) = delete;

  absl::StatusOr<std::unique_ptr<TestDatabase>> NewDatabase(
      const std::vector<Schema>& schemas);

  // A database of what another one's Dump() wrote, of whichever cluster.
  absl::StatusOr<std::unique_ptr<TestDatabase>> Restore(
      const std::string& path);

  // Stops: sessions are told and ended.
  absl::Status Stop();
  // Stops as a power cut does (SIGQUIT): no farewell, recovery at start.
  absl::Status Crash();
  absl::Status StartAgain();
  absl::Status Restart();

  const std::string& socket_dir() const { return socket_dir_; }

 private:
  TestPostgres() = default;
  absl::Status Init();
  absl::Status StartServer();
  absl::Status StopServer(int signal);

  std::string root_;
  std::string data_dir_;
  std::string socket_dir_;
  int pid_ = 0;
  std::mutex mutex_;
  int next_database_ = 1;
  // Template database by the schemas' description.
  std::map<std::string, std::string> templates_;
};

}  // namespace testing
}  // namespace otrp

#endif  // OTRP_TESTS_SUPPORT_POSTGRES_H_
