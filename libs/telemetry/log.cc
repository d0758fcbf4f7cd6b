#include "libs/telemetry/log.h"

#include <unistd.h>

#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace otrp {
namespace telemetry {
namespace {

struct State {
  std::mutex mutex;
  std::string service;
};

// Never destroyed: threads may log while the process ends.
State& GlobalState() {
  static auto* state = new State();
  return *state;
}

absl::string_view LevelName(Severity severity) {
  switch (severity) {
    case Severity::INFO: return "info";
    case Severity::WARNING: return "warning";
    case Severity::ERROR: break;
  }
  return "error";
}

// Length of a well-formed UTF-8 sequence (RFC 3629) at the front; 0: none.
size_t SequenceLength(absl::string_view text) {
  const auto at = [&text](size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto tail = [&at](size_t i) { return (at(i) & 0xc0u) == 0x80u; };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool bad =
        (first == 0xe0 && at(1) < 0xa0) || (first == 0xed && at(1) > 0x9f);
    return !bad && tail(1) && tail(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool bad =
        (first == 0xf0 && at(1) < 0x90) || (first == 0xf4 && at(1) > 0x8f);
    return !bad && tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string QuoteForLog(absl::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const size_t length = SequenceLength(text);
    const unsigned char c = static_cast<unsigned char>(text[0]);
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else if (length > 1) {
      out.append(text.data(), length);
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c < 0x20 || c == 0x7f) {
      absl::StrAppendFormat(&out, "\\u%04x", c);
    } else {
      out += static_cast<char>(c);
    }
    text.remove_prefix(length == 0 ? 1 : length);
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
  State& state = GlobalState();
  std::lock_guard<std::mutex> lock(state.mutex);
  state.service = std::string(name);
}

void Log(Severity severity, absl::string_view message,
         const LogFields& fields) {
  State& state = GlobalState();
  std::lock_guard<std::mutex> lock(state.mutex);
  const std::string line =
      FormatLogLine(severity, message, fields, state.service, absl::Now()) +
      "\n";
  absl::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t n = write(STDERR_FILENO, rest.data(), rest.size());
    // A log that can't be written is no reason to stop.
    if (n <= 0) return;
    rest.remove_prefix(static_cast<size_t>(n));
  }
}

}  // namespace telemetry
}  // namespace otrp
