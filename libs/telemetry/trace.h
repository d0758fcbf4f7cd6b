// Trace ids: W3C Trace Context's traceparent, version 00.
//
// What it is not: a tracer. Ids join log lines, audit events and session
// messages of one request across services.
//
// Thread-safety: values.

#ifndef OTRP_LIBS_TELEMETRY_TRACE_H_
#define OTRP_LIBS_TELEMETRY_TRACE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/random.h"

namespace otrp {
namespace telemetry {

struct TraceContext {
  // 32 lower-case hex digits, not all zero.
  std::string trace_id;
  // 16 lower-case hex digits, not all zero.
  std::string span_id;
  bool sampled = true;

  static TraceContext New(Random& random);
  // INVALID_ARGUMENT for anything but a well-formed header.
  static absl::StatusOr<TraceContext> Parse(absl::string_view traceparent);
  // The trace of a header, as a new span; a new trace where it is empty or
  // malformed (Trace Context, section 2.2.1: restart).
  static TraceContext FromHeaderOrNew(absl::string_view traceparent,
                                      Random& random);

  // "00-<trace id>-<span id>-<flags>".
  std::string ToHeader() const;
};

}  // namespace telemetry
}  // namespace otrp

#endif  // OTRP_LIBS_TELEMETRY_TRACE_H_
