#include "libs/telemetry/log.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/printable.h"
#include "libs/base/utf8.h"

namespace otrp {
namespace telemetry {
namespace {

// Never freed: threads may log while the process ends.
std::atomic<const std::string*> service_name{nullptr};

std::atomic<Severity> level{Severity::INFO};
std::atomic<int> lines_per_second{kDefaultLogLinesPerSecond};

struct LevelRow {
  Severity severity;
  absl::string_view name;
};
constexpr LevelRow kLevels[] = {{Severity::DEBUG, "debug"},
                                {Severity::INFO, "info"},
                                {Severity::WARNING, "warning"},
                                {Severity::ERROR, "error"}};

// Longer values are cut to one of these, the first that makes the line fit.
constexpr size_t kValueBytes[] = {2048, 512, 128, 16};

std::string CutLine(Severity severity, absl::string_view message,
                    const LogFields& fields, absl::string_view service,
                    absl::Time at) {
  std::string line = FormatLogLine(severity, message, fields, service, at);
  for (size_t max : kValueBytes) {
    if (line.size() < kMaxLogLineBytes) return line;
    LogFields cut;
    for (const auto& [key, value] : fields) {
      cut.emplace_back(key, std::string(Utf8Prefix(value, max)));
    }
    cut.emplace_back("cut", "true");
    line = FormatLogLine(severity, message, cut, service, at);
  }
  return line;
}

}  // namespace

absl::string_view LevelName(Severity severity) {
  for (const LevelRow& row : kLevels) {
    if (row.severity == severity) return row.name;
  }
  return "error";
}

bool AbslParseFlag(absl::string_view text, Severity* severity,
                   std::string* error) {
  for (const LevelRow& row : kLevels) {
    if (row.name != text) continue;
    *severity = row.severity;
    return true;
  }
  *error = "must be debug, info, warning or error";
  return false;
}

std::string AbslUnparseFlag(Severity severity) {
  return std::string(LevelName(severity));
}

std::string QuoteForLog(absl::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    size_t length = 1;
    if (text[0] == '"' || text[0] == '\\') {
      out += '\\';
      out += text[0];
    } else if (text[0] == '\n') {
      out += "\\n";
    } else {
      length = AppendPrintable(text, &out);
    }
    text.remove_prefix(length);
  }
  return out + "\"";
}

std::string FormatLogLine(Severity severity, absl::string_view message,
                          const LogFields& fields, absl::string_view service,
                          absl::Time at) {
  std::string line = absl::StrCat(
      "{\"ts\":\"",
      absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", at, absl::UTCTimeZone()),
      "\",\"level\":\"", LevelName(severity),
      "\",\"service\":", QuoteForLog(service),
      ",\"msg\":", QuoteForLog(message));
  for (const auto& [key, value] : fields) {
    absl::StrAppend(&line, ",", QuoteForLog(key), ":", QuoteForLog(value));
  }
  return line + "}";
}

void SetServiceName(absl::string_view name) {
  service_name.store(new std::string(name), std::memory_order_release);
}

void SetLogLevel(Severity least) { level = least; }

bool IsLogged(Severity severity) {
  return severity >= level.load(std::memory_order_relaxed);
}

void SetLogLinesPerSecond(int lines) { lines_per_second = lines; }

bool LogSite::Take(int64_t second, uint64_t* left_out) {
  if (second_.exchange(second, std::memory_order_relaxed) != second) {
    lines_.store(0, std::memory_order_relaxed);
  }
  const int limit = lines_per_second.load(std::memory_order_relaxed);
  if (limit > 0 && lines_.fetch_add(1, std::memory_order_relaxed) >= limit) {
    left_out_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  *left_out = left_out_.exchange(0, std::memory_order_relaxed);
  return true;
}

void Log(LogSite& site, Severity severity, absl::string_view message,
         const LogFields& fields) {
  if (!IsLogged(severity)) return;
  const absl::Time now = absl::Now();
  uint64_t left_out = 0;
  if (!site.Take(absl::ToUnixSeconds(now), &left_out)) return;
  const std::string* name = service_name.load(std::memory_order_acquire);
  const absl::string_view service =
      name == nullptr ? absl::string_view() : *name;
  std::string line;
  if (left_out == 0) {
    line = CutLine(severity, message, fields, service, now);
  } else {
    LogFields more = fields;
    more.emplace_back("left_out", absl::StrCat(left_out));
    line = CutLine(severity, message, more, service, now);
  }
  line += '\n';
  // One call of write(2) a line: up to PIPE_BUF octets a pipe takes it whole,
  // so that lines don't mix although no thread waits for another's.
  absl::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t n = write(STDERR_FILENO, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    // A log that can't be written is no reason to stop.
    if (n <= 0) return;
    rest.remove_prefix(static_cast<size_t>(n));
  }
}

}  // namespace telemetry
}  // namespace otrp
