// Private to libs/store: one connection, its prepared statements, and the end
// of the driver's exceptions.
//
// Why libpqxx 6.4 and not libpq alone: its transactions, results and error
// classes are used, and what it lacks (parameters in binary whose number is
// known at run time, a look at an idle socket) stands in connection.cc, some 90
// lines behind this header. libpq would save these and the try blocks, and cost
// as many of our own for results, error codes and doubtful commits; a query's
// time is the server's either way.

#ifndef OTRP_LIBS_STORE_CONNECTION_H_
#define OTRP_LIBS_STORE_CONNECTION_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/store/pool.h"
#include "libs/store/value.h"
#include "pqxx/connection"
#include "pqxx/transaction_base"

namespace otrp {
namespace store {
namespace internal {

// What a failed call means for the transaction that it was part of.
struct Failure {
  absl::Status status;
  // The same again may succeed.
  bool retryable = false;
  // The connection is gone. A commit under way then is of unknown outcome...
  bool connection_lost = false;
  // ... unless the server said that it ended the session before it did it.
  bool nothing_done = false;
};

class Connection {
 public:
  // With the session's settings. UNAVAILABLE where the database doesn't answer,
  // doesn't let us in, or its role lacks what a pooler makes necessary.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(
      const Pool::Options& options, std::string dsn);

  // False where the server has closed it while it was idle. Costs a poll(2),
  // no round trip.
  bool Usable() const;

  pqxx::connection& driver() { return driver_; }

  // Throws the driver's exceptions.
  pqxx::result ExecThrowing(pqxx::transaction_base& transaction,
                            absl::string_view sql,
                            const std::vector<Param>& params);

 private:
  Connection(const std::string& dsn, size_t max_prepared)
      : driver_(dsn), max_prepared_(max_prepared) {}

  pqxx::connection driver_;
  const size_t max_prepared_;
  // SQL text -> name of the prepared statement.
  absl::flat_hash_map<std::string, std::string> prepared_;
};

// What the exception in flight means; only inside a catch block. A connection
// that broke under a statement shows in `connection`, not always in the type
// of the exception.
Failure FailureOfCurrentException(Connection& connection);

}  // namespace internal
}  // namespace store
}  // namespace otrp

#endif  // OTRP_LIBS_STORE_CONNECTION_H_
