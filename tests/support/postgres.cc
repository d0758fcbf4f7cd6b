#include "tests/support/postgres.h"

#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "libs/base/files.h"
#include "libs/base/status_macros.h"
#include "libs/store/migrate.h"
#include "tests/support/subprocess.h"

namespace otrp {
namespace testing {
namespace {

constexpr char kBin[] = "/usr/lib/postgresql/15/bin/";
constexpr char kUser[] = "postgres";
constexpr char kSuperuser[] = "postgres";
constexpr char kOwner[] = "otrp_migrate";
constexpr const char* kSchemas[] = {"ca", "tsm", "portal", "verifier"};

// Throw-away data: speed over safety. Connections for pools of several
// services in one test.
constexpr char kServerOptions[] =
    " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    " -c listen_addresses='' -c max_connections=200 -c shared_buffers=32MB"
    " -c max_wal_size=256MB -c autovacuum=off -c log_min_messages=fatal";

// PostgreSQL refuses to run as root.
std::vector<std::string> AsPostgres(std::vector<std::string> argv) {
  if (geteuid() != 0) return argv;
  std::vector<std::string> out = {
      "/usr/bin/setpriv", absl::StrCat("--reuid=", kUser),
      absl::StrCat("--regid=", kUser), "--clear-groups", "--"};
  out.insert(out.end(), argv.begin(), argv.end());
  return out;
}

absl::Status MakeDir(const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0) {
    return absl::InternalError(absl::StrCat("mkdir ", path, " failed"));
  }
  if (geteuid() != 0) return absl::OkStatus();
  const passwd* user = getpwnam(kUser);
  if (user == nullptr || chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) {
    return absl::InternalError(absl::StrCat(
        path, " can't be given to user ", kUser,
        ": run the test without a sandbox (tags = [\"no-sandbox\"])"));
  }
  return absl::OkStatus();
}

std::string MakeDsn(const std::string& socket_dir, const std::string& user,
                    const std::string& database) {
  return absl::StrCat("host=", socket_dir, " user=", user,
                      " dbname=", database);
}

absl::StatusOr<std::unique_ptr<store::Pool>> MakePool(const std::string& dsn,
                                                      const std::string& schema,
                                                      int size) {
  store::Pool::Options options;
  options.dsn = dsn;
  options.schema = schema;
  options.size = size;
  return store::Pool::Create(options);
}

// CREATE DATABASE can't run in a transaction.
absl::Status Admin(const std::string& socket_dir, const std::string& sql) {
  OTRP_ASSIGN_OR_RETURN(
      auto pool,
      MakePool(MakeDsn(socket_dir, kSuperuser, "postgres"), "public", 1));
  return pool->ExecOnce(sql).status();
}

// True where the process is gone or only waits for someone to take note of
// its end (it is nobody's child any more, and not every init does so soon).
bool HasEnded(int pid) {
  auto stat = ReadWholeFile(absl::StrCat("/proc/", pid, "/stat"));
  if (!stat.ok() || stat->empty()) return true;
  const size_t name_end = stat->rfind(')');
  return name_end == std::string::npos || name_end + 2 >= stat->size() ||
         (*stat)[name_end + 2] == 'Z' || (*stat)[name_end + 2] == 'X';
}

}  // namespace

std::string TestDatabase::Dsn(const std::string& schema) const {
  return MakeDsn(socket_dir_, "otrp_" + schema, name_);
}

std::string TestDatabase::OwnerDsn() const {
  return MakeDsn(socket_dir_, kOwner, name_);
}

std::string TestDatabase::SuperuserDsn() const {
  return MakeDsn(socket_dir_, kSuperuser, name_);
}

absl::StatusOr<std::string> TestDatabase::DsnFile(
    const std::string& schema) const {
  const std::string path =
      absl::StrCat(socket_dir_, "/", name_, "_", schema, ".dsn");
  OTRP_RETURN_IF_ERROR(WriteWholeFile(path, Dsn(schema)));
  return path;
}

absl::StatusOr<std::unique_ptr<store::Pool>> TestDatabase::NewPool(
    const std::string& schema, int size) const {
  return MakePool(Dsn(schema), schema, size);
}

absl::StatusOr<std::unique_ptr<store::Pool>> TestDatabase::NewSuperuserPool(
    const std::string& schema) const {
  return MakePool(SuperuserDsn(), schema, 2);
}

absl::Status TestDatabase::Dump(const std::string& path) const {
  return RunProgram({absl::StrCat(kBin, "pg_dump"), "-h", socket_dir_, "-U",
                     kSuperuser, "-f", path, name_});
}

TestPostgres& TestPostgres::Shared() {
  // Owned by a static object, so that the server goes when the process does.
  static std::unique_ptr<TestPostgres> shared = [] {
    auto started = Start();
    if (!started.ok()) {
      std::fprintf(stderr, "PostgreSQL for tests can't be started: %s\n",
                   started.status().ToString().c_str());
      std::abort();
    }
    return *std::move(started);
  }();
  return *shared;
}

absl::StatusOr<std::unique_ptr<TestPostgres>> TestPostgres::Start() {
  std::unique_ptr<TestPostgres> postgres(new TestPostgres());
  OTRP_RETURN_IF_ERROR(postgres->Init());
  return postgres;
}

TestPostgres::~TestPostgres() {
  if (pid_ != 0) StopServer(SIGQUIT).IgnoreError();
  if (!root_.empty()) RemoveTree(root_);
}

absl::Status TestPostgres::Init() {
  OTRP_ASSIGN_OR_RETURN(root_, MakeTempDir());
  // The postgres user must pass through.
  chmod(root_.c_str(), 0711);
  data_dir_ = root_ + "/data";
  socket_dir_ = root_ + "/sock";
  OTRP_RETURN_IF_ERROR(MakeDir(data_dir_));
  OTRP_RETURN_IF_ERROR(MakeDir(socket_dir_));
  OTRP_RETURN_IF_ERROR(RunProgram(
      AsPostgres({absl::StrCat(kBin, "initdb"), "-D", data_dir_, "-A", "trust",
                  "-U", kSuperuser, "-E", "UTF8", "--locale=C.UTF-8",
                  "--no-sync", "--no-instructions"})));
  OTRP_RETURN_IF_ERROR(StartServer());

  OTRP_RETURN_IF_ERROR(
      Admin(socket_dir_, absl::StrCat("CREATE ROLE ", kOwner, " LOGIN")));
  for (const char* schema : kSchemas) {
    OTRP_RETURN_IF_ERROR(Admin(
        socket_dir_, absl::StrCat("CREATE ROLE otrp_", schema, " LOGIN")));
  }
  return absl::OkStatus();
}

absl::Status TestPostgres::StartServer() {
  OTRP_RETURN_IF_ERROR(RunProgram(
      AsPostgres({absl::StrCat(kBin, "pg_ctl"), "-w", "-s", "-D", data_dir_,
                  "-l", data_dir_ + "/log", "-o",
                  absl::StrCat("-k ", socket_dir_, kServerOptions), "start"})));
  OTRP_ASSIGN_OR_RETURN(std::string pid_file,
                        ReadWholeFile(data_dir_ + "/postmaster.pid"));
  if (!absl::SimpleAtoi(pid_file.substr(0, pid_file.find('\n')), &pid_)) {
    return absl::InternalError("postmaster.pid has no number");
  }
  return absl::OkStatus();
}

absl::Status TestPostgres::StopServer(int signal_number) {
  const int pid = std::exchange(pid_, 0);
  if (pid == 0) return absl::FailedPreconditionError("isn't running");
  kill(pid, signal_number);
  for (int i = 0; i < 1000; ++i) {
    if (HasEnded(pid)) return absl::OkStatus();
    absl::SleepFor(absl::Milliseconds(10));
  }
  return absl::InternalError("PostgreSQL doesn't end");
}

absl::StatusOr<std::unique_ptr<TestDatabase>> TestPostgres::Restore(
    const std::string& path) {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::string name = absl::StrCat("db_", next_database_++);
  OTRP_RETURN_IF_ERROR(Admin(
      socket_dir_, absl::StrCat("CREATE DATABASE ", name, " OWNER ", kOwner)));
  OTRP_RETURN_IF_ERROR(
      RunProgram({absl::StrCat(kBin, "psql"), "-q", "-h", socket_dir_, "-U",
                  kSuperuser, "-v", "ON_ERROR_STOP=1", "-f", path, name}));
  return std::unique_ptr<TestDatabase>(new TestDatabase(name, socket_dir_));
}

absl::Status TestPostgres::Stop() {
  std::lock_guard<std::mutex> lock(mutex_);
  // SIGINT: "fast", ends sessions.
  return StopServer(SIGINT);
}

absl::Status TestPostgres::Crash() {
  std::lock_guard<std::mutex> lock(mutex_);
  return StopServer(SIGQUIT);
}

absl::Status TestPostgres::StartAgain() {
  std::lock_guard<std::mutex> lock(mutex_);
  return StartServer();
}

absl::Status TestPostgres::Restart() {
  std::lock_guard<std::mutex> lock(mutex_);
  OTRP_RETURN_IF_ERROR(StopServer(SIGINT));
  return StartServer();
}

absl::StatusOr<std::unique_ptr<TestDatabase>> TestPostgres::NewDatabase(
    const std::vector<Schema>& schemas) {
  std::lock_guard<std::mutex> lock(mutex_);
  std::string description;
  for (const Schema& schema : schemas) {
    absl::StrAppend(&description, schema.name, "=", schema.migrations_dir, ";");
  }
  auto found = templates_.find(description);
  if (found == templates_.end()) {
    const std::string name = absl::StrCat("template_", templates_.size());
    OTRP_RETURN_IF_ERROR(
        Admin(socket_dir_, absl::StrCat("CREATE DATABASE ", name, " OWNER ",
                                        kOwner, " STRATEGY = file_copy")));
    for (const Schema& schema : schemas) {
      std::vector<store::Migration> migrations;
      if (!schema.migrations_dir.empty()) {
        OTRP_ASSIGN_OR_RETURN(migrations,
                              store::ReadMigrations(schema.migrations_dir));
      }
      store::MigrateOptions options;
      options.dsn = MakeDsn(socket_dir_, kOwner, name);
      options.schema = schema.name;
      OTRP_RETURN_IF_ERROR(store::Migrate(options, migrations).status());
    }
    found = templates_.emplace(description, name).first;
  }
  const std::string name = absl::StrCat("db_", next_database_++);
  OTRP_RETURN_IF_ERROR(
      Admin(socket_dir_, absl::StrCat("CREATE DATABASE ", name, " OWNER ",
                                      kOwner, " TEMPLATE ", found->second)));
  return std::unique_ptr<TestDatabase>(new TestDatabase(name, socket_dir_));
}

}  // namespace testing
}  // namespace otrp
