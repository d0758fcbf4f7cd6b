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
// Thread-safety: thread-safe; SetServiceName() once, before other threads.

#ifndef OTRP_LIBS_TELEMETRY_LOG_H_
#define OTRP_LIBS_TELEMETRY_LOG_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace otrp {
namespace telemetry {

// PIPE_BUF of Linux.
inline constexpr size_t kMaxLogLineBytes = 4096;

enum class Severity { INFO, WARNING, ERROR };

using LogFields = std::vector<std::pair<absl::string_view, std::string>>;

// Named in every line from now on.
void SetServiceName(absl::string_view name);

void Log(Severity severity, absl::string_view message, const LogFields& fields);

// One line without its newline; for tests.
std::string FormatLogLine(Severity severity, absl::string_view message,
                          const LogFields& fields, absl::string_view service,
                          absl::Time at);

// A JSON string literal with quotes; octets that aren't UTF-8 become U+FFFD.
std::string QuoteForLog(absl::string_view text);

}  // namespace telemetry
}  // namespace otrp

#define OTRP_LOG(severity, message, ...)                                 \
  ::otrp::telemetry::Log(::otrp::telemetry::Severity::severity, message, \
                         ::otrp::telemetry::LogFields(__VA_ARGS__))

#endif  // OTRP_LIBS_TELEMETRY_LOG_H_
