#include "libs/store/session_settings.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "pqxx/nontransaction"
#include "pqxx/result"

namespace otrp {
namespace store {
namespace internal {
namespace {

// A name as in pg_settings, in lower case, and our value.
using Setting = std::pair<std::string, std::string>;

std::vector<Setting> Settings(const Pool::Options& options) {
  const auto ms = [](absl::Duration time) {
    return absl::StrCat(absl::ToInt64Milliseconds(time));
  };
  return {
      {"search_path", options.schema},
      {"statement_timeout", ms(options.statement_timeout)},
      {"idle_in_transaction_session_timeout",
       ms(options.idle_in_transaction_timeout)},
      {"lock_timeout", ms(options.lock_timeout)},
      {"timezone", "UTC"},
      {"datestyle", "ISO"},
      {"bytea_output", "hex"},
      {"standard_conforming_strings", "on"},
      // Compiling a statement costs more than running any of ours.
      {"jit", "off"},
  };
}

std::string PercentEncode(absl::string_view text) {
  std::string out;
  for (unsigned char c : text) {
    if (absl::ascii_isalnum(c)) {
      out += static_cast<char>(c);
    } else {
      absl::StrAppendFormat(&out, "%%%02X", c);
    }
  }
  return out;
}

// Whether a role's setting does what ours would. Limits may be stricter.
bool Serves(const Setting& ours, absl::string_view theirs) {
  if (absl::EndsWith(ours.first, "_timeout")) {
    int64_t most = 0;
    int64_t ms = 0;
    return absl::SimpleAtoi(ours.second, &most) &&
           absl::SimpleAtoi(theirs, &ms) && ms > 0 && ms <= most;
  }
  if (ours.first == "search_path") {
    absl::string_view first = theirs.substr(0, theirs.find(','));
    absl::ConsumePrefix(&first, "\"");
    absl::ConsumeSuffix(&first, "\"");
    return first == ours.second;
  }
  if (ours.first == "datestyle") return absl::StartsWith(theirs, ours.second);
  if (ours.first == "timezone" && theirs == "Etc/UTC") return true;
  return theirs == ours.second;
}

absl::Status CheckRole(const Pool::Options& options, pqxx::connection& driver) {
  const std::vector<Setting> settings = Settings(options);
  const std::string names =
      absl::StrJoin(settings, ",", [](std::string* out, const Setting& one) {
        absl::StrAppend(out, "'", one.first, "'");
      });
  pqxx::nontransaction work(driver);
  const pqxx::result rows = work.exec(
      absl::StrCat("SELECT current_user, lower(name), setting FROM pg_settings "
                   "WHERE lower(name) IN (",
                   names, ")"));
  for (const Setting& ours : settings) {
    for (const auto& row : rows) {
      if (row[1].c_str() != ours.first || Serves(ours, row[2].c_str())) {
        continue;
      }
      return absl::FailedPreconditionError(
          absl::StrCat("--db_pooler=transaction: the role's ", ours.first,
                       " is \"", row[2].c_str(), "\"; do ALTER ROLE ",
                       row[0].c_str(), " SET ", ours.first, " = '", ours.second,
                       "', and let the pooler connect anew"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string FullDsn(const Pool::Options& options, std::string dsn) {
  std::vector<Setting> extras = {
      {"application_name", options.application_name},
      {"connect_timeout", absl::StrCat(absl::ToInt64Seconds(absl::Ceil(
                              options.connect_timeout, absl::Seconds(1))))},
      // A peer that vanished without a word is noticed within 15 s.
      {"tcp_user_timeout", "15000"},
  };
  if (options.access.pooler == Pooler::kNone) {
    extras.emplace_back("options",
                        absl::StrJoin(Settings(options), " ",
                                      [](std::string* out, const Setting& one) {
                                        absl::StrAppend(out, "-c ", one.first,
                                                        "=", one.second);
                                      }));
  }
  const bool uri = absl::StartsWith(dsn, "postgres://") ||
                   absl::StartsWith(dsn, "postgresql://");
  for (const auto& [key, value] : extras) {
    if (uri) {
      absl::StrAppend(&dsn, absl::StrContains(dsn, '?') ? "&" : "?", key, "=",
                      PercentEncode(value));
    } else {
      absl::StrAppend(&dsn, " ", key, "='", value, "'");
    }
  }
  return dsn;
}

absl::Status Settle(const Pool::Options& options, pqxx::connection& driver) {
  switch (options.access.pooler) {
    case Pooler::kNone: return absl::OkStatus();
    case Pooler::kTransaction: return CheckRole(options, driver);
    case Pooler::kSession: break;
  }
  // One text, one round trip.
  pqxx::nontransaction work(driver);
  work.exec(absl::StrJoin(
      Settings(options), ";", [](std::string* out, const Setting& one) {
        absl::StrAppend(out, "SET ", one.first, " = '", one.second, "'");
      }));
  return absl::OkStatus();
}

}  // namespace internal
}  // namespace store
}  // namespace otrp
