#include "libs/store/pool.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/status_macros.h"
#include "libs/store/connection.h"
#include "libs/store/result_holder.h"
#include "libs/telemetry/metrics.h"
#include "libs/telemetry/queue_time.h"
#include "pqxx/nontransaction"
#include "pqxx/transaction"

namespace otrp {
namespace store {
namespace {

bool IsIdentifier(absl::string_view text) {
  if (text.empty() || text.size() > 63) return false;
  for (char c : text) {
    if (!absl::ascii_islower(c) && !absl::ascii_isdigit(c) && c != '_') {
      return false;
    }
  }
  return !absl::ascii_isdigit(text[0]);
}

std::unique_ptr<pqxx::transaction_base> Begin(pqxx::connection& driver,
                                              const TxOptions& options) {
  using pqxx::isolation_level;
  constexpr auto kRead = pqxx::readwrite_policy::read_only;
  switch (options.isolation) {
    case Isolation::kRepeatableRead:
      if (options.read_only) {
        return std::make_unique<
            pqxx::transaction<isolation_level::repeatable_read, kRead>>(driver);
      }
      return std::make_unique<
          pqxx::transaction<isolation_level::repeatable_read>>(driver);
    case Isolation::kSerializable:
      if (options.read_only) {
        return std::make_unique<
            pqxx::transaction<isolation_level::serializable, kRead>>(driver);
      }
      return std::make_unique<pqxx::transaction<isolation_level::serializable>>(
          driver);
    case Isolation::kReadCommitted: break;
  }
  if (options.read_only) {
    return std::make_unique<
        pqxx::transaction<isolation_level::read_committed, kRead>>(driver);
  }
  return std::make_unique<pqxx::transaction<>>(driver);
}

void Abort(pqxx::transaction_base& transaction) {
  try {
    transaction.abort();
  } catch (...) {
    // The connection is gone, and with it the transaction.
  }
}

// 5 ms, 20 ms: long enough for the other transaction to end as a rule.
void Pause(int attempt) {
  absl::SleepFor(absl::Milliseconds(5) * attempt * attempt);
}

}  // namespace

class Tx::Impl {
 public:
  Impl(internal::Connection& connection, pqxx::transaction_base& transaction)
      : connection_(connection), transaction_(transaction) {}

  template <typename Work>
  absl::StatusOr<Rows> Guarded(Work work) {
    if (!failure_.status.ok()) return failure_.status;
    try {
      return Rows(std::make_shared<internal::ResultHolder>(work()));
    } catch (...) {
      failure_ = internal::FailureOfCurrentException(connection_);
      return failure_.status;
    }
  }

  internal::Connection& connection_;
  pqxx::transaction_base& transaction_;
  // The first failure of a statement.
  internal::Failure failure_;
};

absl::StatusOr<Rows> Tx::ExecParams(absl::string_view sql,
                                    const std::vector<Param>& params) {
  return impl_->Guarded([&] {
    return impl_->connection_.ExecThrowing(impl_->transaction_, sql, params);
  });
}

absl::Status Tx::ExecScript(absl::string_view sql) {
  return impl_
      ->Guarded([&] { return impl_->transaction_.exec(std::string(sql)); })
      .status();
}

absl::StatusOr<Row> Tx::OneRow(absl::StatusOr<Rows> rows) {
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return absl::NotFoundError("no such row");
  if (rows->size() > 1) {
    return absl::InternalError(
        absl::StrCat("database result: ", rows->size(), " rows, not 1"));
  }
  return (*rows)[0];
}

absl::StatusOr<int64_t> Tx::TouchedRows(absl::StatusOr<Rows> rows) {
  if (!rows.ok()) return rows.status();
  return rows->affected();
}

namespace internal {

class PoolState {
 public:
  explicit PoolState(Pool::Options options) : options_(std::move(options)) {
    telemetry::kDbPoolSize.With(options_.schema).Set(options_.size);
    Report();
  }

  const Pool::Options& options() const { return options_; }

  absl::StatusOr<std::unique_ptr<Connection>> Acquire() {
    std::unique_ptr<Connection> connection;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      if (!WaitForFree(lock)) {
        return absl::UnavailableError(
            absl::StrCat("all ", options_.size,
                         " database connections are in use; try again"));
      }
      ++in_use_;
      Report();
      if (!idle_.empty()) {
        connection = std::move(idle_.back());
        idle_.pop_back();
      }
    }
    if (connection != nullptr && connection->Usable()) return connection;
    connection.reset();
    auto opened = OpenConnection();
    if (!opened.ok()) GiveUp();
    return opened;
  }

  void Release(std::unique_ptr<Connection> connection, bool reusable) {
    if (!reusable || !connection->driver().is_open()) connection.reset();
    std::lock_guard<std::mutex> lock(mutex_);
    --in_use_;
    Report();
    if (connection != nullptr) idle_.push_back(std::move(connection));
    returned_.notify_one();
  }

 private:
  absl::StatusOr<std::unique_ptr<Connection>> OpenConnection() const {
    if (!options_.dsn_source) return Connection::Open(options_, options_.dsn);
    absl::StatusOr<std::string> dsn = options_.dsn_source();
    if (!dsn.ok()) return absl::UnavailableError(dsn.status().message());
    const absl::Status good =
        CheckConnectionString(*dsn, options_.access.least_ssl);
    if (!good.ok()) return absl::UnavailableError(good.message());
    return Connection::Open(options_, *std::move(dsn));
  }

  bool WaitForFree(std::unique_lock<std::mutex>& lock) {
    const auto is_free = [this] { return in_use_ < options_.size; };
    if (is_free()) {
      queue_.Observe(absl::ZeroDuration());
      return true;
    }
    ++waiting_;
    Report();
    const auto start = std::chrono::steady_clock::now();
    const bool found = returned_.wait_for(
        lock, absl::ToChronoNanoseconds(options_.acquire_timeout), is_free);
    queue_.Observe(absl::FromChrono(std::chrono::steady_clock::now() - start));
    --waiting_;
    Report();
    return found;
  }

  void GiveUp() {
    std::lock_guard<std::mutex> lock(mutex_);
    --in_use_;
    Report();
    returned_.notify_one();
  }

  void Report() const {
    in_use_gauge_.Set(in_use_);
    waiting_gauge_.Set(waiting_);
  }

  const Pool::Options options_;
  const telemetry::Gauge in_use_gauge_ =
      telemetry::kDbPoolInUse.With(options_.schema);
  const telemetry::Gauge waiting_gauge_ =
      telemetry::kDbPoolWaiting.With(options_.schema);
  const telemetry::QueueTime queue_{"database"};
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;
  int in_use_ = 0;
  int waiting_ = 0;
};

}  // namespace internal

namespace {

// A connection for the length of a scope.
class Lease {
 public:
  static absl::StatusOr<Lease> Take(internal::PoolState& state) {
    OTRP_ASSIGN_OR_RETURN(auto connection, state.Acquire());
    return Lease(state, std::move(connection));
  }
  Lease(Lease&& other) noexcept = default;
  ~Lease() {
    if (connection_ != nullptr) {
      state_->Release(std::move(connection_), reusable_);
    }
  }

  internal::Connection& operator*() { return *connection_; }
  void Discard() { reusable_ = false; }

 private:
  Lease(internal::PoolState& state,
        std::unique_ptr<internal::Connection> connection)
      : state_(&state), connection_(std::move(connection)) {}

  internal::PoolState* state_;
  std::unique_ptr<internal::Connection> connection_;
  bool reusable_ = true;
};

// Observes the time of one transaction, all attempts included.
class Timer {
 public:
  explicit Timer(const std::string& schema)
      : schema_(schema), start_(std::chrono::steady_clock::now()) {}
  ~Timer() {
    telemetry::kDbTransactionDuration.With(schema_).Observe(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_)
            .count());
  }

 private:
  const std::string& schema_;
  const std::chrono::steady_clock::time_point start_;
};

}  // namespace

Pool::Pool(Options options)
    : state_(std::make_unique<internal::PoolState>(std::move(options))) {}

Pool::~Pool() = default;

const std::string& Pool::schema() const { return state_->options().schema; }

absl::StatusOr<std::unique_ptr<Pool>> Pool::Create(Options options) {
  if (options.dsn.empty() && !options.dsn_source) {
    return absl::InvalidArgumentError(
        "database: dsn is empty; give \"host=... user=... dbname=...\"");
  }
  if (!options.dsn.empty()) {
    OTRP_RETURN_IF_ERROR(
        CheckConnectionString(options.dsn, options.access.least_ssl));
  }
  if (!IsIdentifier(options.schema)) {
    return absl::InvalidArgumentError(
        "database: schema must be a name of a-z, 0-9 and '_'");
  }
  if (options.size < 1 || options.size > 1000) {
    return absl::InvalidArgumentError(
        "database: the pool's size must be 1 to 1000");
  }
  if (options.application_name.empty()) {
    options.application_name = "otrp_" + options.schema;
  }
  if (!IsIdentifier(options.application_name)) {
    return absl::InvalidArgumentError(
        "database: application_name must be a name of a-z, 0-9 and '_'");
  }
  return std::unique_ptr<Pool>(new Pool(std::move(options)));
}

absl::Status Pool::Run(absl::FunctionRef<absl::Status(Tx&)> work,
                       TxOptions options) {
  const Timer timer(schema());
  for (int attempt = 1;; ++attempt) {
    absl::StatusOr<Lease> taken = Lease::Take(*state_);
    if (!taken.ok()) return Counted(taken.status());
    Lease& lease = *taken;
    internal::Failure failure;
    bool committing = false;
    try {
      auto transaction = Begin((*lease).driver(), options);
      Tx::Impl impl(*lease, *transaction);
      Tx tx(&impl);
      absl::Status status = work(tx);
      failure = impl.failure_;
      if (failure.status.ok() && status.ok()) {
        committing = true;
        transaction->commit();
        return absl::OkStatus();
      }
      Abort(*transaction);
      // What `work` decided by itself says nothing of the database.
      if (failure.status.ok()) return status;
      // COMMIT after a failed statement would roll back in silence, so the
      // failure counts even where `work` overlooked it.
      if (!status.ok()) failure.status = std::move(status);
    } catch (...) {
      // BEGIN or COMMIT failed.
      failure = internal::FailureOfCurrentException(*lease);
      if (committing && failure.connection_lost) {
        failure.status = absl::UnknownError(
            "the database connection was lost while committing: the outcome "
            "is unknown");
        failure.retryable = false;
      }
    }
    if (failure.connection_lost) lease.Discard();
    if (!failure.retryable || attempt == kMaxAttempts) {
      return Counted(std::move(failure.status));
    }
    Pause(attempt);
  }
}

absl::Status Pool::Counted(absl::Status status) const {
  switch (status.code()) {
    // Of the infrastructure; a broken constraint is the caller's affair.
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kInternal:
      telemetry::kDbFailures
          .With(schema(), absl::StatusCodeToString(status.code()))
          .Increment();
      break;
    default: break;
  }
  return status;
}

absl::StatusOr<Rows> Pool::ExecOnceParams(absl::string_view sql,
                                          const std::vector<Param>& params,
                                          bool read_only) {
  const Timer timer(schema());
  for (int attempt = 1;; ++attempt) {
    absl::StatusOr<Lease> taken = Lease::Take(*state_);
    if (!taken.ok()) return Counted(taken.status());
    Lease& lease = *taken;
    internal::Failure failure;
    try {
      pqxx::nontransaction transaction((*lease).driver());
      return Rows(std::make_shared<internal::ResultHolder>(
          (*lease).ExecThrowing(transaction, sql, params)));
    } catch (...) {
      failure = internal::FailureOfCurrentException(*lease);
      if (failure.connection_lost && !failure.nothing_done && !read_only) {
        failure.status = absl::UnknownError(
            "the database connection was lost while a statement ran: the "
            "outcome is unknown");
        failure.retryable = false;
      }
    }
    if (failure.connection_lost) lease.Discard();
    if (!failure.retryable || attempt == kMaxAttempts) {
      return Counted(std::move(failure.status));
    }
    Pause(attempt);
  }
}

absl::Status Pool::Ping() { return Query("SELECT 1").status(); }

absl::Status Pool::WaitReady(absl::Duration timeout) {
  const auto end =
      std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(timeout);
  while (true) {
    absl::Status status = Ping();
    if (status.ok() || std::chrono::steady_clock::now() >= end) return status;
    absl::SleepFor(absl::Milliseconds(200));
  }
}

}  // namespace store
}  // namespace otrp
