// Structured log: one JSON object a line on stderr.
//
//   OTRP_LOG(INFO, "listening", {{"address", address}, {"port", "9101"}});
//   {"ts":"2026-11-23T15:04:05.678901Z","level":"info","service":"ca",
//    "msg":"listening","address":"127.0.0.1:0","port":"9101"}
//
// Messages are constants; what varies goes into fields (a field "trace_id"
// joins lines of one request). Never log a secret, a key or a payload.
//
// A line has less than kMaxLogLineBytes: longer values are cut, and "cut" says
// so. That many octets a pipe takes whole, so that lines don't mix although no
// thread waits for another one's.
//
// Of one kind of line (one place in the code) so many a second are written as
// SetLogLinesPerSecond() says; the next one that is has "left_out": how many
// weren't. So a flood of one kind neither fills a disk nor hides the others.
//
// Thread-safety: thread-safe; the setters once, before other threads.

#ifndef OTRP_LIBS_TELEMETRY_LOG_H_
#define OTRP_LIBS_TELEMETRY_LOG_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace otrp {
namespace telemetry {

// PIPE_BUF of Linux.
inline constexpr size_t kMaxLogLineBytes = 4096;

// DEBUG: what another line tells already, INFO: what happens, WARNING: what
// failed through no fault of ours, ERROR: what somebody should look at.
enum class Severity { DEBUG, INFO, WARNING, ERROR };

// "debug", "info", "warning", "error".
absl::string_view LevelName(Severity severity);

// For flags.
bool AbslParseFlag(absl::string_view text, Severity* severity,
                   std::string* error);
std::string AbslUnparseFlag(Severity severity);

using LogFields = std::vector<std::pair<absl::string_view, std::string>>;

// Named in every line from now on.
void SetServiceName(absl::string_view name);

// Lines below it aren't written; INFO at first.
void SetLogLevel(Severity level);
bool IsLogged(Severity severity);

// Of each kind; 0: all. 1,000 at first.
inline constexpr int kDefaultLogLinesPerSecond = 1000;
void SetLogLinesPerSecond(int lines);

// One kind of line; lives as long as the process.
class LogSite {
 public:
  constexpr LogSite() = default;
  LogSite(const LogSite&) = delete;
  LogSite& operator=(const LogSite&) = delete;

  // Whether a line may be written in that second (of the Unix time); if so,
  // how many were left out since the last one that was. Where a second begins,
  // threads may let pass a line or two more.
  bool Take(int64_t second, uint64_t* left_out);

 private:
  std::atomic<int64_t> second_{0};
  std::atomic<int64_t> lines_{0};
  std::atomic<uint64_t> left_out_{0};
};

void Log(LogSite& site, Severity severity, absl::string_view message,
         const LogFields& fields);

// One line without its newline; for tests.
std::string FormatLogLine(Severity severity, absl::string_view message,
                          const LogFields& fields, absl::string_view service,
                          absl::Time at);

// A JSON string literal with quotes; what can't be seen is escaped, octets that
// aren't UTF-8 become U+FFFD.
std::string QuoteForLog(absl::string_view text);

}  // namespace telemetry
}  // namespace otrp

// Fields are made only for lines that are written at this level.
#define OTRP_LOG(severity, message, ...)                                      \
  do {                                                                        \
    if (::otrp::telemetry::IsLogged(::otrp::telemetry::Severity::severity)) { \
      static ::otrp::telemetry::LogSite otrp_log_site;                        \
      ::otrp::telemetry::Log(otrp_log_site,                                   \
                             ::otrp::telemetry::Severity::severity, message,  \
                             ::otrp::telemetry::LogFields(__VA_ARGS__));      \
    }                                                                         \
  } while (false)

#endif  // OTRP_LIBS_TELEMETRY_LOG_H_
