// Connections to PostgreSQL and transactions on them: the suite's only way
// into the database.
//
// What it is not: a query builder or a cache. Callers write SQL; parameters
// always travel apart from it ($1, $2, ...), and every statement is prepared
// once per connection and reused.
//
//   OTRP_ASSIGN_OR_RETURN(auto pool, store::Pool::Create(options));
//   // One statement, one round trip, no BEGIN and COMMIT around it:
//   OTRP_ASSIGN_OR_RETURN(store::Rows rows, pool->ExecOnce(
//       "WITH s AS (UPDATE session SET ... RETURNING ...), "
//       "a AS (INSERT INTO audit_event ...) SELECT ...", tid, rid));
//   // Several statements:
//   OTRP_RETURN_IF_ERROR(pool->Run([&](store::Tx& tx) -> absl::Status {
//     OTRP_ASSIGN_OR_RETURN(store::Row row, tx.Exec1("SELECT ...", spid));
//     ...
//   }));
//
// Run() may call its function again (up to kMaxAttempts times) after a
// serialization failure, a deadlock, or a connection lost before COMMIT was
// sent; the function must therefore set, not add to, what it captures.
//
// Thread-safety: Pool is thread-safe; a Tx belongs to the thread of its
// function and must not outlive it.
//
// Errors: UNIQUE, EXCLUDE -> ALREADY_EXISTS; FOREIGN KEY, RESTRICT ->
// FAILED_PRECONDITION; CHECK, NOT NULL -> INVALID_ARGUMENT (all name the
// constraint, never the values); statement timeout -> DEADLINE_EXCEEDED; no
// connection, no free connection within acquire_timeout, retries used up ->
// UNAVAILABLE; connection lost while committing -> UNKNOWN (it may or may not
// be there: repeat with the same idempotency key); anything else -> INTERNAL.

#ifndef OTRP_LIBS_STORE_POOL_H_
#define OTRP_LIBS_STORE_POOL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/store/access.h"
#include "libs/store/value.h"

namespace otrp {
namespace store {

namespace internal {
class Connection;
class PoolState;
}  // namespace internal

// How often Run() and ExecOnce() try in all. Three: under write conflicts two
// are enough almost always, and a caller with a deadline shall hear soon.
inline constexpr int kMaxAttempts = 3;

enum class Isolation { kReadCommitted, kRepeatableRead, kSerializable };

struct TxOptions {
  Isolation isolation = Isolation::kReadCommitted;
  bool read_only = false;
};

// An open transaction. Once a statement failed, every further one fails too
// (PostgreSQL aborts the transaction): return the error.
class Tx {
 public:
  Tx(const Tx&) = delete;
  Tx& operator=(const Tx&) = delete;

  // Runs one statement.
  template <typename... Args>
  absl::StatusOr<Rows> Exec(absl::string_view sql, const Args&... args) {
    const std::vector<Param> params{Param(args)...};
    return ExecParams(sql, params);
  }
  // Exactly one row: NOT_FOUND for none, INTERNAL for more.
  template <typename... Args>
  absl::StatusOr<Row> Exec1(absl::string_view sql, const Args&... args) {
    const std::vector<Param> params{Param(args)...};
    return OneRow(ExecParams(sql, params));
  }
  // No rows wanted: the number of rows touched.
  template <typename... Args>
  absl::StatusOr<int64_t> ExecCount(absl::string_view sql,
                                    const Args&... args) {
    const std::vector<Param> params{Param(args)...};
    return TouchedRows(ExecParams(sql, params));
  }

  absl::StatusOr<Rows> ExecParams(absl::string_view sql,
                                  const std::vector<Param>& params);

  // Several statements without parameters in one text, not prepared. For
  // migrations and tests.
  absl::Status ExecScript(absl::string_view sql);

 private:
  friend class Pool;
  class Impl;
  explicit Tx(Impl* impl) : impl_(impl) {}
  static absl::StatusOr<Row> OneRow(absl::StatusOr<Rows> rows);
  static absl::StatusOr<int64_t> TouchedRows(absl::StatusOr<Rows> rows);

  Impl* impl_;
};

class Pool {
 public:
  struct Options {
    // libpq's connection string, "host=... user=... dbname=..." or a URI.
    std::string dsn;
    // Where set, asked instead of `dsn` before each new connection, so that
    // its password can change while we run. Thread-safe.
    std::function<absl::StatusOr<std::string>()> dsn_source;
    // First in the search path, and the label of the metrics.
    std::string schema;
    Access access;
    // Shown in pg_stat_activity; defaults to "otrp_" + schema.
    std::string application_name;
    int size = 8;
    // How long a caller waits for a free connection.
    absl::Duration acquire_timeout = absl::Seconds(2);
    absl::Duration connect_timeout = absl::Seconds(3);
    // Longer statements are ended by the server.
    absl::Duration statement_timeout = absl::Seconds(10);
    // A transaction that idles longer loses its connection.
    absl::Duration idle_in_transaction_timeout = absl::Seconds(15);
    // Waits for locks end after this.
    absl::Duration lock_timeout = absl::Seconds(5);
  };

  // Checks the options; connections are opened when they are needed, so that
  // services may start before the database does. INVALID_ARGUMENT for bad
  // options.
  static absl::StatusOr<std::unique_ptr<Pool>> Create(Options options);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Runs `work` in a transaction: commits when it returns OK, else rolls
  // back and returns its status.
  absl::Status Run(absl::FunctionRef<absl::Status(Tx&)> work,
                   TxOptions options = {});

  // Runs one statement as a transaction of its own (autocommit).
  //
  // A connection lost on the way gives UNKNOWN, since the statement may have
  // been committed; for SELECT use Query(), which just tries again.
  template <typename... Args>
  absl::StatusOr<Rows> ExecOnce(absl::string_view sql, const Args&... args) {
    const std::vector<Param> params{Param(args)...};
    return ExecOnceParams(sql, params, /*read_only=*/false);
  }
  // As ExecOnce() for a statement without effects.
  template <typename... Args>
  absl::StatusOr<Rows> Query(absl::string_view sql, const Args&... args) {
    const std::vector<Param> params{Param(args)...};
    return ExecOnceParams(sql, params, /*read_only=*/true);
  }
  // Exactly one row: NOT_FOUND for none, INTERNAL for more.
  template <typename... Args>
  absl::StatusOr<Row> Query1(absl::string_view sql, const Args&... args) {
    const std::vector<Param> params{Param(args)...};
    return Tx::OneRow(ExecOnceParams(sql, params, /*read_only=*/true));
  }

  absl::StatusOr<Rows> ExecOnceParams(absl::string_view sql,
                                      const std::vector<Param>& params,
                                      bool read_only);

  // One round trip; for /readyz.
  absl::Status Ping();

  // Pings until the database answers; its last error after `timeout`.
  absl::Status WaitReady(absl::Duration timeout);

  const std::string& schema() const;

 private:
  explicit Pool(Options options);

  // Counts a failure that is the database's; gives it back.
  absl::Status Counted(absl::Status status) const;

  std::unique_ptr<internal::PoolState> state_;
};

}  // namespace store
}  // namespace otrp

#endif  // OTRP_LIBS_STORE_POOL_H_
