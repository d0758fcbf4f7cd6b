#include "libs/telemetry/trace.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace otrp {
namespace telemetry {
namespace {

constexpr size_t kTraceIdBytes = 16;
constexpr size_t kSpanIdBytes = 8;
constexpr size_t kHeaderSize = 55;

std::string NewId(Random& random, size_t bytes) {
  std::string id = random.Bytes(bytes);
  // All zero means "none".
  if (id == std::string(bytes, '\0')) id.back() = 1;
  return absl::BytesToHexString(id);
}

bool IsLowerHex(absl::string_view text) {
  for (char c : text) {
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

bool IsId(absl::string_view text) {
  return IsLowerHex(text) &&
         text.find_first_not_of('0') != absl::string_view::npos;
}

}  // namespace

TraceContext TraceContext::New(Random& random) {
  TraceContext context;
  context.trace_id = NewId(random, kTraceIdBytes);
  context.span_id = NewId(random, kSpanIdBytes);
  return context;
}

absl::StatusOr<TraceContext> TraceContext::Parse(
    absl::string_view traceparent) {
  const absl::string_view t = traceparent;
  if (t.size() != kHeaderSize || t.substr(0, 3) != "00-" || t[35] != '-' ||
      t[52] != '-' || !IsId(t.substr(3, 32)) || !IsId(t.substr(36, 16)) ||
      !IsLowerHex(t.substr(53, 2))) {
    return absl::InvalidArgumentError(
        "traceparent: must be 00-<32 hex>-<16 hex>-<2 hex>");
  }
  TraceContext context;
  context.trace_id = std::string(t.substr(3, 32));
  context.span_id = std::string(t.substr(36, 16));
  const char low = t[54];
  context.sampled = (low >= 'a' ? low - 'a' + 10 : low - '0') % 2 == 1;
  return context;
}

TraceContext TraceContext::FromHeaderOrNew(absl::string_view traceparent,
                                           Random& random) {
  auto parsed = Parse(traceparent);
  if (!parsed.ok()) return New(random);
  parsed->span_id = NewId(random, kSpanIdBytes);
  return *std::move(parsed);
}

std::string TraceContext::ToHeader() const {
  return absl::StrCat("00-", trace_id, "-", span_id, sampled ? "-01" : "-00");
}

}  // namespace telemetry
}  // namespace otrp
