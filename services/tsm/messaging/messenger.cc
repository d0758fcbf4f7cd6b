#include "services/tsm/messaging/messenger.h"

#include <time.h>

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
#include "services/tsm/messaging/tools.h"

namespace otrp {
namespace tsm {
namespace {

// CPU time of this thread. Only for metrics.
double ThreadCpuSeconds() {
  timespec now;
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0) return 0;
  return static_cast<double>(now.tv_sec) +
         static_cast<double>(now.tv_nsec) * 1e-9;
}

// A device that opens a session: nothing is known, nothing is written.
absl::StatusOr<std::string> TakeConnect(Exchange& exchange) {
  exchange.call.Changed(false);
  OTRP_ASSIGN_OR_RETURN(
      FirstRequest request,
      exchange.tools.first_requests.Take(
          exchange.path.dialect, exchange.path.es256 ? crypto::KeyType::kEcP256
                                                     : crypto::KeyType::kRsa));
  return std::move(request.message);
}

absl::StatusOr<std::string> TakeAny(Exchange& exchange) {
  if (exchange.message.empty()) {
    exchange.name = "connect";
    return TakeConnect(exchange);
  }
  if (exchange.message.size() > kMaxDeviceMessageBytes) {
    return exchange.Refuse(MessageVerdict::kMalformed, "", "too large");
  }
  absl::StatusOr<protocol::Incoming> incoming =
      protocol::Incoming::Parse(exchange.message);
  if (!incoming.ok()) {
    return exchange.Refuse(MessageVerdict::kMalformed, "",
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
      // The device gets what the catalogue assigns to it, all of it.
      return TakeConnect(exchange);
  }
  return absl::InternalError("an incoming message of no kind");
}

// The one line of a message in all services, with the trace that the session
// keeps.
void Report(const Exchange& exchange, const absl::StatusOr<std::string>& reply,
            double cpu_seconds) {
  const std::string verdict(
      WordOf(reply.ok() ? exchange.verdict : MessageVerdict::kUnavailable));
  const std::string dialect(protocol::DialectName(exchange.path.dialect));
  telemetry::kMessages.With(exchange.name, dialect, verdict).Increment();
  telemetry::kMessageDuration.With(exchange.name)
      .Observe(static_cast<double>(exchange.elapsed_us()) * 1e-6);
  telemetry::kMessageCpu.With(exchange.name).Increment(cpu_seconds);
  OTRP_LOG(INFO, "device message",
           {{"trace_id", exchange.call.trace_id()},
            {"tid", exchange.tid},
            {"type", exchange.name},
            {"dialect", dialect},
            {"verdict", verdict},
            {"octets_in", absl::StrCat(exchange.message.size())},
            {"octets_out", absl::StrCat(reply.ok() ? reply->size() : 0)},
            {"us", absl::StrCat(exchange.elapsed_us())}});
}

}  // namespace

Messenger::Messenger(Options options, const Collaborators& collaborators)
    : tools_(std::make_unique<Tools>(std::move(options), collaborators)) {}

Messenger::~Messenger() = default;

absl::StatusOr<Reply> Messenger::Take(const rpc::CallContext& call,
                                      absl::string_view message,
                                      DevicePath path) {
  const double cpu = ThreadCpuSeconds();
  Exchange exchange(call, *tools_, message, path);
  absl::StatusOr<std::string> reply = TakeAny(exchange);
  Report(exchange, reply, ThreadCpuSeconds() - cpu);
  if (!reply.ok()) return reply.status();
  Reply out{*std::move(reply), exchange.not_trusted, absl::ZeroDuration()};
  if (out.message.empty()) out.come_again = exchange.come_again;
  return out;
}

absl::Status Messenger::SignAhead() { return tools_->first_requests.Refill(); }

void Messenger::ReplaceSecrets(std::vector<SecretBytes> secrets) {
  if (!tools_->secrets.Replace(std::move(secrets))) return;
  tools_->first_requests.Clear();
  OTRP_LOG(INFO, "session secrets replaced",
           {{"current", tools_->secrets.Current()->id}});
}

}  // namespace tsm
}  // namespace otrp
