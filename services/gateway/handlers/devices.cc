#include "services/gateway/handlers/devices.h"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/http/problem.h"
#include "libs/json/json.h"
#include "libs/rpc/channel.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/trace.h"
#include "services/gateway/handlers/media_type.h"
#include "services/gateway/limits.h"

namespace otrp {
namespace gateway {
namespace handlers {
namespace {

// Beside a 204, for agents that want to know why (docs/wire.md section 7).
constexpr absl::string_view kVerdictHeader = "OTrP-Verdict";

using TsmStub = tsm::v1::DeviceMessaging::StubInterface;

void AddSecurityHeaders(http::Response* response) {
  for (const http::Header& header : {
           http::Header("Cache-Control", "no-store"),
           http::Header("X-Content-Type-Options", "nosniff"),
           http::Header("Content-Security-Policy", "default-src 'none'"),
           http::Header("Referrer-Policy", "no-referrer"),
       }) {
    response->headers.push_back(header);
  }
}

// A device can only try again or give up. Details are for our log.
http::Response Failed(const absl::Status& status,
                      const telemetry::TraceContext& trace) {
  OTRP_LOG(WARNING, "the TSM took no message",
           {{"trace_id", trace.trace_id},
            {"code", absl::StatusCodeToString(status.code())},
            {"error", std::string(status.message())}});
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    // The TSM may have done it: the same bytes again get the stored reply.
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kAborted:
      return http::Problem(503, "busy; send the same message again soon");
    default: return http::Problem(500, "internal error");
  }
}

// What speaks against handing the request on.
absl::optional<http::Response> Refusal(const http::Request& request) {
  if (!request.body.empty() &&
      !IsMediaType(request.header("Content-Type"), kOtrpMediaType)) {
    http::Response response = http::Problem(
        415, absl::StrCat("Content-Type must be ", kOtrpMediaType));
    response.headers.emplace_back("Accept", kOtrpMediaType);
    return response;
  }
  if (!Accepts(request, kOtrpMediaType)) {
    return http::Problem(406,
                         absl::StrCat("Accept must admit ", kOtrpMediaType));
  }
  if (!request.body.empty()) {
    const absl::Status json =
        json::Parse(request.body, json::kStrangers).status();
    if (!json.ok()) {
      return http::Problem(400, absl::StrCat("not JSON: ", json.message()));
    }
  }
  return absl::nullopt;
}

http::Response Answered(tsm::v1::AdvanceResponse advanced) {
  http::Response response;
  response.body = std::move(*advanced.mutable_message());
  response.status = response.body.empty() ? 204 : 200;
  if (!response.body.empty()) {
    response.headers.emplace_back("Content-Type", kOtrpMediaType);
  }
  if (advanced.refused()) {
    response.headers.emplace_back(kVerdictHeader, "refused");
  }
  if (advanced.come_again_after_s() > 0) {
    response.headers.emplace_back("Retry-After",
                                  absl::StrCat(advanced.come_again_after_s()));
  }
  AddSecurityHeaders(&response);
  return response;
}

}  // namespace

void PostMessage(const Env& env, DevicePath path, http::Request request,
                 http::Respond respond) {
  absl::optional<http::Response> refusal = Refusal(request);
  if (refusal.has_value()) return std::move(respond)(*std::move(refusal));

  const size_t octets_in = request.body.size();
  tsm::v1::AdvanceRequest advance;
  advance.set_message(std::move(request.body));
  advance.set_dialect(path.dialect);
  advance.set_es256(path.es256);
  const telemetry::TraceContext trace =
      telemetry::TraceContext::New(env.random);
  rpc::CallOptions options;
  options.timeout = kAdvanceTimeout;
  options.traceparent = trace.ToHeader();
  const absl::Time started = absl::Now();
  // What gRPC calls back must be copyable.
  auto held = std::make_shared<http::Respond>(std::move(respond));
  rpc::CallAsync(
      *env.tsm->async(), &TsmStub::async_interface::Advance, std::move(advance),
      options,
      [trace, octets_in, started,
       held](absl::StatusOr<tsm::v1::AdvanceResponse> advanced) {
        if (!advanced.ok()) {
          return std::move(*held)(Failed(advanced.status(), trace));
        }
        const absl::Duration took = absl::Now() - started;
        // The TSM's line of it is the one that is always written.
        OTRP_LOG(DEBUG, "device message",
                 {{"trace_id", trace.trace_id},
                  {"octets_in", absl::StrCat(octets_in)},
                  {"octets_out", absl::StrCat(advanced->message().size())},
                  {"us", absl::StrCat(absl::ToInt64Microseconds(took))}});
        std::move (*held)(Answered(*std::move(advanced)));
      });
}

}  // namespace handlers
}  // namespace gateway
}  // namespace otrp
