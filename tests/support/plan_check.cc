#include "tests/support/plan_check.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <regex>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "libs/base/status_macros.h"
#include "tests/support/postgres.h"

namespace otrp {
namespace testing {
namespace {

// Tables of every service that grow.
constexpr const char* kCommonGrowing[] = {"audit_event", "audit_seal", "outbox",
                                          "inbox", "idempotency_key"};

// Nearly all of them sealed, delivered or young: as in a service that keeps up,
// whose lanes are held up now and then.
constexpr char kFillCommon[] = R"sql(
  INSERT INTO audit_event (at, seal, actor, action, subject, outcome)
    SELECT now() - make_interval(secs => 100000 - n),
      CASE WHEN n < 99990 THEN 100000 + n END, 'actor', 'action',
      'subject ' || n, 'ok'
    FROM generate_series(1, 100000) AS n;
  INSERT INTO audit_seal (id, format, count, prev_hash, hash)
    SELECT 100000 + n, 2, 1, 'a', 'b'
    FROM generate_series(1, 99990) AS n;
  INSERT INTO outbox (event_id, lane, topic, key, payload, delivered_at)
    SELECT 'event ' || n, 'lane ' || n % 100, 'topic', 'key ' || n, 'payload',
      CASE WHEN n < 99990 THEN now() - make_interval(secs => n) END
    FROM generate_series(1, 100000) AS n;
  INSERT INTO inbox (source, event_id, applied_at)
    SELECT 'source', 'event ' || n, now() - make_interval(secs => n)
    FROM generate_series(1, 100000) AS n;
  INSERT INTO idempotency_key (scope, key, request_sha256, response, created_at)
    SELECT 'scope', 'key ' || n, 'a', 'b', now() - make_interval(secs => n)
    FROM generate_series(1, 100000) AS n;
)sql";

// PostgreSQL plans a statement anew for its first five runs, then may settle
// on one plan for all parameters: both are looked at.
constexpr int kRuns = 6;

bool CanBePlanned(absl::string_view statement) {
  statement = absl::StripLeadingAsciiWhitespace(statement);
  for (const char* verb :
       {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "("}) {
    if (absl::StartsWith(statement, verb)) return true;
  }
  return false;
}

// "$1 = 'a', $2 = NULL" -> "'a', NULL": literals as SQL takes them.
std::string Literals(const std::string& parameters) {
  std::vector<std::string> literals;
  size_t at = 0;
  while (at < parameters.size()) {
    const size_t value = parameters.find(" = ", at);
    if (value == std::string::npos) break;
    size_t end = value + 3;
    if (parameters[end] == '\'') {
      // A quote within is doubled.
      for (++end; end < parameters.size(); ++end) {
        if (parameters[end] != '\'') continue;
        if (end + 1 < parameters.size() && parameters[end + 1] == '\'') {
          ++end;
          continue;
        }
        break;
      }
      ++end;
    } else {
      end = std::min(parameters.find(',', end), parameters.size());
    }
    literals.push_back(parameters.substr(value + 3, end - value - 3));
    at = end + 2;
  }
  return absl::StrJoin(literals, ", ");
}

// Runs of a statement that are looked at, each with other parameters.
constexpr size_t kMaxParameters = 10;

// Statements of PostgreSQL's log, with their parameters.
std::map<std::string, std::set<std::string>> ParseLog(const std::string& log) {
  static const auto* const kEntry =
      new std::regex(R"(^\d{4}-\d\d-\d\d [^\[]*\[\d+\] ([A-Z]+):  )");
  static const auto* const kExecute = new std::regex("^execute [^:]+: ");
  std::map<std::string, std::set<std::string>> statements;
  std::string kind;
  std::string text;
  std::string last;
  auto finish = [&] {
    std::smatch match;
    if (kind == "LOG") {
      last.clear();
      if (std::regex_search(text, match, *kExecute)) {
        last = match.suffix();
        if (CanBePlanned(last)) statements[last];
      }
    } else if (kind == "DETAIL" && statements.count(last) != 0 &&
               absl::StartsWith(text, "parameters: ")) {
      std::set<std::string>& runs = statements[last];
      if (runs.size() < kMaxParameters) runs.insert(Literals(text.substr(12)));
    }
  };
  for (absl::string_view view : absl::StrSplit(log, '\n')) {
    // Further lines of an entry begin with a tab.
    if (absl::ConsumePrefix(&view, "\t")) {
      absl::StrAppend(&text, "\n", view);
      continue;
    }
    finish();
    const std::string line(view.substr(0, 100));
    std::smatch match;
    const bool entry = std::regex_search(line, match, *kEntry);
    kind = entry ? match[1].str() : "";
    text = entry ? std::string(view.substr(match.length(0))) : "";
  }
  finish();
  for (auto& [statement, runs] : statements) {
    if (runs.empty()) runs.insert("");
  }
  return statements;
}

}  // namespace

::testing::Environment* PlanCheck::Add(Options options) {
  for (const char* table : kCommonGrowing) options.growing.insert(table);
  return ::testing::AddGlobalTestEnvironment(new PlanCheck(std::move(options)));
}

void PlanCheck::SetUp() {
  auto database = TestPostgres::Shared().NewDatabase({{options_.schema, ""}});
  ASSERT_TRUE(database.ok()) << database.status();
  auto pool = (*database)->NewSuperuserPool(options_.schema);
  ASSERT_TRUE(pool.ok()) << pool.status();
  for (const char* setting :
       {"log_statement = 'all'", "log_min_messages = 'log'"}) {
    const absl::Status set =
        (*pool)
            ->ExecOnce(absl::StrCat("ALTER ROLE otrp_", options_.schema,
                                    " SET ", setting))
            .status();
    ASSERT_TRUE(set.ok()) << set;
  }
}

bool PlanCheck::Allowed(const std::string& statement) const {
  return std::any_of(options_.allowed.begin(), options_.allowed.end(),
                     [&](const auto& allowed) {
                       return absl::StrContains(statement, allowed.first);
                     });
}

void PlanCheck::Check(store::Tx& tx, const std::string& statement,
                      const std::set<std::string>& parameters) {
  static const auto* const kScan = new std::regex("Seq Scan on (\\w+)");
  for (const std::string& values : parameters) {
    ASSERT_TRUE(tx.ExecScript("PREPARE checked AS " + statement).ok())
        << statement;
    for (int run = 0; run < kRuns; ++run) {
      // Another text each time, so that the pool doesn't prepare it.
      const auto rows = tx.Exec(absl::StrCat(
          "EXPLAIN EXECUTE checked",
          values.empty() ? "" : absl::StrCat("(", values, ")"), " -- ", run));
      ASSERT_TRUE(rows.ok()) << rows.status() << "\n" << statement;
      std::string plan;
      for (store::Row row : *rows) {
        std::string line;
        ASSERT_TRUE(row.Scan(&line).ok());
        absl::StrAppend(&plan, line, "\n");
      }
      for (std::sregex_iterator scan(plan.begin(), plan.end(), *kScan), end;
           scan != end; ++scan) {
        if (options_.growing.count((*scan)[1]) == 0) continue;
        ADD_FAILURE() << "reads all of " << (*scan)[1] << ", run " << run
                      << ":\n"
                      << statement << "\n"
                      << plan;
        run = kRuns;
      }
    }
    ASSERT_TRUE(tx.ExecScript("DEALLOCATE checked").ok());
  }
}

void PlanCheck::TearDown() {
  auto database = TestPostgres::Shared().NewDatabase(
      {{options_.schema, options_.migrations_dir}});
  ASSERT_TRUE(database.ok()) << database.status();
  auto pool = (*database)->NewSuperuserPool(options_.schema);
  ASSERT_TRUE(pool.ok()) << pool.status();
  const absl::Status checked = (*pool)->Run([&](store::Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(
        store::Row row,
        tx.Exec1("SELECT pg_read_file(current_setting('data_directory') "
                 "|| '/log')"));
    std::string log;
    OTRP_RETURN_IF_ERROR(row.Scan(&log));
    const auto statements = ParseLog(log);
    EXPECT_FALSE(statements.empty()) << "no statement was seen";

    OTRP_RETURN_IF_ERROR(
        tx.ExecScript("SET LOCAL session_replication_role = replica; "
                      "SET LOCAL statement_timeout = '60s'"));
    OTRP_RETURN_IF_ERROR(tx.ExecScript(kFillCommon));
    if (!options_.fill.empty()) {
      OTRP_RETURN_IF_ERROR(tx.ExecScript(options_.fill));
    }
    OTRP_RETURN_IF_ERROR(tx.ExecScript("ANALYZE"));
    for (const std::string& table : options_.growing) {
      OTRP_ASSIGN_OR_RETURN(store::Row size,
                            tx.Exec1("SELECT reltuples::bigint FROM pg_class "
                                     "WHERE oid = $1::text::regclass",
                                     table));
      int64_t rows = 0;
      OTRP_RETURN_IF_ERROR(size.Scan(&rows));
      EXPECT_GE(rows, 50000) << table << " isn't filled";
    }
    for (const auto& [statement, parameters] : statements) {
      if (!Allowed(statement)) {
        Check(tx, statement, parameters);
        if (::testing::Test::HasFatalFailure()) break;
      }
    }
    std::printf("%zu statements planned\n", statements.size());
    return absl::OkStatus();
  });
  EXPECT_TRUE(checked.ok()) << checked;
}

}  // namespace testing
}  // namespace otrp
