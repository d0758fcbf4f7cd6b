#include "libs/store/connection.h"

#include <poll.h>

#include <cstddef>
#include <exception>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/store/session_settings.h"
#include "pqxx/binarystring"
#include "pqxx/except"
#include "pqxx/prepared_statement"

namespace otrp {
namespace store {
namespace internal {

// A text or NULL parameter on its way into the driver.
struct TextArg {
  const Param* param = nullptr;
};

}  // namespace internal
}  // namespace store
}  // namespace otrp

namespace pqxx {

template <>
struct string_traits<otrp::store::internal::TextArg> {
  static constexpr const char* name() noexcept { return "TextArg"; }
  static constexpr bool has_null() noexcept { return true; }
  static bool is_null(const otrp::store::internal::TextArg& arg) {
    return arg.param->kind() == otrp::store::Param::Kind::kNull;
  }
  static std::string to_string(const otrp::store::internal::TextArg& arg) {
    const absl::string_view view = arg.param->view();
    return std::string(view.data(), view.size());
  }
};

}  // namespace pqxx

namespace otrp {
namespace store {
namespace internal {
namespace {

// A statement that is built with many different texts would fill the server's
// memory: beyond this many, statements are sent without being prepared.
constexpr size_t kMaxPreparedStatements = 400;

// Iterators that libpqxx's "dynamic parameters" walk. A run of parameters is
// either all text (or NULL) or all binary.
class TextIterator {
 public:
  TextIterator() = default;
  explicit TextIterator(const Param* p) : p_(p) {}
  TextArg operator*() const { return TextArg{p_}; }
  TextIterator& operator++() {
    ++p_;
    return *this;
  }
  bool operator!=(const TextIterator& other) const { return p_ != other.p_; }

 private:
  const Param* p_ = nullptr;
};

class BytesIterator {
 public:
  BytesIterator() = default;
  explicit BytesIterator(const Param* p) : p_(p) {}
  pqxx::binarystring operator*() const {
    return pqxx::binarystring(p_->view().data(), p_->view().size());
  }
  BytesIterator& operator++() {
    ++p_;
    return *this;
  }
  bool operator!=(const BytesIterator& other) const { return p_ != other.p_; }

 private:
  const Param* p_ = nullptr;
};

using TextRun = pqxx::internal::dynamic_params<TextIterator>;
using BytesRun = pqxx::internal::dynamic_params<BytesIterator>;

// The driver fixes at compile time which arguments are binary, so parameters
// go as alternating runs of text and bytes. This many pairs of runs:
constexpr size_t kRunPairs = 8;

struct Runs {
  // Bounds of the runs: text [b[0], b[1]), bytes [b[1], b[2]), text ...
  const Param* bounds[2 * kRunPairs + 1];
  // Holds the bytes beyond the last pair as bytea's text form.
  std::vector<std::string> texts;
  std::vector<Param> rewritten;
};

bool IsBytes(const Param& param) { return param.kind() == Param::Kind::kBytes; }

size_t CountPairs(const std::vector<Param>& params) {
  size_t pairs = 0;
  for (size_t i = 0; i < params.size(); ++i) {
    if (IsBytes(params[i]) && (i == 0 || !IsBytes(params[i - 1]))) ++pairs;
  }
  return pairs + 1;
}

// bytea's hex form, for the rare statement with more runs than kRunPairs.
std::string ByteaText(absl::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\\x";
  out.reserve(2 + 2 * bytes.size());
  for (unsigned char c : bytes) {
    out += kDigits[c >> 4];
    out += kDigits[c & 15];
  }
  return out;
}

void SplitRuns(const std::vector<Param>& params, Runs* runs) {
  const std::vector<Param>* source = &params;
  if (CountPairs(params) > kRunPairs) {
    runs->texts.reserve(params.size());
    runs->rewritten.reserve(params.size());
    for (const Param& param : params) {
      if (IsBytes(param)) {
        runs->texts.push_back(ByteaText(param.view()));
        runs->rewritten.push_back(Param(runs->texts.back()));
      } else {
        runs->rewritten.push_back(param);
      }
    }
    source = &runs->rewritten;
  }
  const Param* p = source->data();
  const Param* const end = p + source->size();
  runs->bounds[0] = p;
  for (size_t run = 0; run < 2 * kRunPairs; ++run) {
    const bool bytes = run % 2 == 1;
    while (p != end && IsBytes(*p) == bytes) ++p;
    runs->bounds[run + 1] = p;
  }
}

// The name between the quotes that follow "constraint" in the server's
// message: tells what was violated without telling the values.
std::string ConstraintOf(absl::string_view message) {
  const size_t at = message.find("constraint \"");
  if (at == absl::string_view::npos) return "";
  message.remove_prefix(at + 12);
  return std::string(message.substr(0, message.find('"')));
}

// First line only: DETAIL and CONTEXT lines carry values.
std::string FirstLine(absl::string_view message) {
  return std::string(message.substr(0, message.find('\n')));
}

Failure Integrity(absl::StatusCode code, absl::string_view what,
                  const pqxx::sql_error& error) {
  const std::string constraint = ConstraintOf(error.what());
  return {absl::Status(code, constraint.empty()
                                 ? std::string(what)
                                 : absl::StrCat(what, " (", constraint, ")"))};
}

Failure FailureOfSqlError(const pqxx::sql_error& error) {
  const std::string& state = error.sqlstate();
  if (absl::StartsWith(state, "57P") || state == "25P03") {
    // The server told us that it ends this session: nothing was committed.
    Failure ended{absl::UnavailableError("the database ended the session"),
                  true, true};
    ended.nothing_done = true;
    return ended;
  }
  if (state == "57014") {
    return {absl::DeadlineExceededError("a database statement took too long")};
  }
  if (state == "55P03") {
    return {absl::UnavailableError("a database lock is held for too long"),
            true};
  }
  if (absl::StartsWith(state, "40")) {
    return {absl::UnavailableError("the transaction met another one"), true};
  }
  if (absl::StartsWith(state, "53")) {
    return {absl::UnavailableError("the database is short of resources")};
  }
  // No such table, no such schema: who comes before the migrations waits.
  if (state == "42P01" || state == "3F000") {
    return {absl::UnavailableError(
        absl::StrCat("the database isn't migrated (otrp_migrate): ",
                     FirstLine(error.what())))};
  }
  return {absl::InternalError(
      absl::StrCat("database error ", state, ": ", FirstLine(error.what())))};
}

Failure FailureByType() {
  try {
    throw;
  } catch (const pqxx::unique_violation& e) {
    return Integrity(absl::StatusCode::kAlreadyExists, "already there", e);
  } catch (const pqxx::foreign_key_violation& e) {
    return Integrity(absl::StatusCode::kFailedPrecondition,
                     "refers to, or is referred to by, another row", e);
  } catch (const pqxx::restrict_violation& e) {
    return Integrity(absl::StatusCode::kFailedPrecondition,
                     "is referred to by another row", e);
  } catch (const pqxx::check_violation& e) {
    return Integrity(absl::StatusCode::kInvalidArgument,
                     "value outside the allowed range", e);
  } catch (const pqxx::not_null_violation& e) {
    return Integrity(absl::StatusCode::kInvalidArgument, "value missing", e);
  } catch (const pqxx::integrity_constraint_violation& e) {
    // What is left: EXCLUDE constraints.
    return Integrity(absl::StatusCode::kAlreadyExists, "already there", e);
  } catch (const pqxx::in_doubt_error&) {
    return {absl::UnknownError("the database connection was lost while "
                               "committing: the outcome is unknown"),
            false, true};
  } catch (const pqxx::broken_connection& e) {
    return {absl::UnavailableError(absl::StrCat(
                "the database can't be reached: ", FirstLine(e.what()))),
            true, true};
  } catch (const pqxx::transaction_rollback&) {
    return {absl::UnavailableError("the transaction met another one"), true};
  } catch (const pqxx::sql_error& e) {
    return FailureOfSqlError(e);
  } catch (const std::exception& e) {
    return {absl::InternalError(
        absl::StrCat("database driver: ", FirstLine(e.what())))};
  }
}

}  // namespace

Failure FailureOfCurrentException(Connection& connection) {
  Failure failure = FailureByType();
  // libpq may have met the end of the stream and still call it open.
  if (!connection.Usable() && !failure.connection_lost) {
    return {absl::UnavailableError("the database connection was lost"), true,
            true};
  }
  return failure;
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(
    const Pool::Options& options, std::string dsn) {
  try {
    // In the next transaction what was prepared may be on another connection
    // of the pooler's.
    const size_t max_prepared = options.access.pooler == Pooler::kTransaction
                                    ? 0
                                    : kMaxPreparedStatements;
    std::unique_ptr<Connection> connection(
        new Connection(FullDsn(options, std::move(dsn)), max_prepared));
    const absl::Status settled = Settle(options, connection->driver_);
    if (!settled.ok()) return absl::UnavailableError(settled.message());
    return connection;
  } catch (...) {
    const Failure failure = FailureByType();
    return absl::UnavailableError(failure.status.message());
  }
}

bool Connection::Usable() const {
  if (!driver_.is_open()) return false;
  // An idle connection has nothing to say. If it does, it is the server's
  // farewell or the end of the stream.
  pollfd fd{driver_.sock(), POLLIN, 0};
  return poll(&fd, 1, 0) == 0;
}

pqxx::result Connection::ExecThrowing(pqxx::transaction_base& transaction,
                                      absl::string_view sql,
                                      const std::vector<Param>& params) {
  std::string text(sql);
  auto found = prepared_.find(text);
  if (found == prepared_.end() && prepared_.size() < max_prepared_) {
    std::string name = absl::StrCat("s", prepared_.size());
    driver_.prepare(name, text);
    found = prepared_.emplace(text, std::move(name)).first;
  }
  Runs runs;
  SplitRuns(params, &runs);
  const auto& b = runs.bounds;
  auto text_run = [&b](size_t i) {
    return TextRun(TextIterator(b[2 * i]), TextIterator(b[2 * i + 1]));
  };
  auto bytes_run = [&b](size_t i) {
    return BytesRun(BytesIterator(b[2 * i + 1]), BytesIterator(b[2 * i + 2]));
  };
  static_assert(kRunPairs == 8, "the calls below list eight pairs");
  if (found == prepared_.end()) {
    return transaction.exec_params(
        text, text_run(0), bytes_run(0), text_run(1), bytes_run(1), text_run(2),
        bytes_run(2), text_run(3), bytes_run(3), text_run(4), bytes_run(4),
        text_run(5), bytes_run(5), text_run(6), bytes_run(6), text_run(7),
        bytes_run(7));
  }
  return transaction.exec_prepared(
      found->second, text_run(0), bytes_run(0), text_run(1), bytes_run(1),
      text_run(2), bytes_run(2), text_run(3), bytes_run(3), text_run(4),
      bytes_run(4), text_run(5), bytes_run(5), text_run(6), bytes_run(6),
      text_run(7), bytes_run(7));
}

}  // namespace internal
}  // namespace store
}  // namespace otrp
