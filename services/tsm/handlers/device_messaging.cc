#include "services/tsm/handlers/device_messaging.h"

#include <time.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/protocol/message.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"
#include "services/tsm/messaging/device_state.h"
#include "services/tsm/messaging/exchange.h"
#include "services/tsm/messaging/refusals.h"
#include "services/tsm/messaging/response.h"

namespace otrp {
namespace tsm {
namespace handlers {
namespace {

// CPU time of this thread. Only for metrics.
double ThreadCpuSeconds() {
  timespec now;
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0) return 0;
  return static_cast<double>(now.tv_sec) +
         static_cast<double>(now.tv_nsec) * 1e-9;
}

std::string DialectOf(v1::Dialect dialect) {
  return dialect == v1::DIALECT_PEI03 ? "pei03" : "ietf03";
}

// A device that opens a session: nothing is known, nothing is written.
absl::StatusOr<std::string> TakeConnect(Exchange& exchange) {
  exchange.call.NoteNothingChanged();
  OTRP_ASSIGN_OR_RETURN(FirstRequest request,
                        exchange.env.first_requests.Take(
                            exchange.dialect, crypto::KeyType::kRsa));
  return std::move(request.message);
}

absl::StatusOr<std::string> Take(Exchange& exchange) {
  if (exchange.message.empty()) {
    exchange.name = "connect";
    return TakeConnect(exchange);
  }
  if (exchange.message.size() > kMaxDeviceMessageBytes) {
    return exchange.Refuse(refusal::kMalformed, "", "too large");
  }
  absl::StatusOr<protocol::Incoming> incoming =
      protocol::Incoming::Parse(exchange.message);
  if (!incoming.ok()) {
    return exchange.Refuse(refusal::kMalformed, "",
                           incoming.status().message());
  }
  exchange.name = incoming->name();
  switch (incoming->kind()) {
    case protocol::Incoming::Kind::kDeviceState:
      return TakeDeviceState(exchange, *std::move(incoming));
    case protocol::Incoming::Kind::kResponse:
      return TakeResponse(exchange, *std::move(incoming));
    case protocol::Incoming::Kind::kAgentError:
      return TakeAgentError(exchange, *incoming);
    case protocol::Incoming::Kind::kStarter:
      // A wish, not an entitlement: what the device gets is what the catalogue
      // assigns to it, and that is planned in any case.
      return TakeConnect(exchange);
  }
  return absl::InternalError("an incoming message of no kind");
}

}  // namespace

absl::Status Advance(const rpc::CallContext& call, Env& env,
                     const v1::AdvanceRequest& request,
                     v1::AdvanceResponse& response) {
  const double cpu = ThreadCpuSeconds();
  Exchange exchange(call, env, request.message(), DialectOf(request.dialect()));
  absl::StatusOr<std::string> reply = Take(exchange);
  const std::string verdict =
      reply.ok() ? exchange.verdict : std::string("unavailable");
  telemetry::kMessages.With(exchange.name, exchange.dialect, verdict)
      .Increment();
  telemetry::kMessageDuration.With(exchange.name)
      .Observe(static_cast<double>(exchange.elapsed_us()) * 1e-6);
  telemetry::kMessageCpu.With(exchange.name)
      .Increment(ThreadCpuSeconds() - cpu);
  // One line a message, with the trace that the gateway and the verifier name
  // in theirs and the session keeps.
  OTRP_LOG(INFO, "device message",
           {{"trace_id", call.trace_id()},
            {"tid", exchange.tid},
            {"type", exchange.name},
            {"dialect", exchange.dialect},
            {"verdict", verdict},
            {"us", absl::StrCat(exchange.elapsed_us())}});
  OTRP_RETURN_IF_ERROR(reply.status());
  response.set_message(*std::move(reply));
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace tsm
}  // namespace otrp
