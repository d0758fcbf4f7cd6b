#include "clients/device/agent.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace otrp::device {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr absl::string_view kMediaType = "application/otrp+json";

double MillisecondsSince(SteadyTime start) {
  return std::chrono::duration<double, std::milli>(
             std::chrono::steady_clock::now() - start)
      .count();
}

void Sleep(const AgentOptions& options, absl::Duration duration) {
  if (options.sleep) {
    options.sleep(duration);
  } else {
    std::this_thread::sleep_for(absl::ToChronoNanoseconds(duration));
  }
}

bool WorthAnotherTry(const absl::StatusOr<TransportReply>& reply) {
  if (!reply.ok()) {
    return absl::IsUnavailable(reply.status()) ||
           absl::IsDeadlineExceeded(reply.status());
  }
  return reply->status == 429 || reply->status == 502 || reply->status == 503 ||
         reply->status == 504;
}

absl::StatusOr<TransportReply> PostPatiently(Transport& transport,
                                             const std::string& body,
                                             const AgentOptions& options) {
  for (int attempt = 1;; ++attempt) {
    absl::StatusOr<TransportReply> reply = transport.Post(body);
    if (!WorthAnotherTry(reply) || attempt >= options.attempts) return reply;
    absl::Duration pause = options.pause * attempt;
    if (reply.ok() && reply->retry_after.has_value()) {
      pause = std::min(*reply->retry_after, options.max_retry_after);
    }
    Sleep(options, pause);
  }
}

bool IsOtrp(absl::string_view content_type) {
  const absl::string_view type = content_type.substr(0, content_type.find(';'));
  return absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(type), kMediaType);
}

absl::Status CheckReply(const TransportReply& reply) {
  if (reply.status == 429) {
    return absl::UnavailableError(
        "the TSM answers 429: too many requests come from this address; try "
        "again later");
  }
  if (reply.status == 503) {
    return absl::UnavailableError(
        "the TSM answers 503: it is overloaded or a service behind it is away; "
        "try again later");
  }
  if (reply.status != 200) {
    return absl::FailedPreconditionError(
        absl::StrCat("the TSM answers HTTP ", reply.status,
                     " where 200 or 204 was expected; is the URL the TSM's?"));
  }
  if (!IsOtrp(reply.content_type)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the TSM answers with Content-Type \"", reply.content_type,
                     "\"; expected ", kMediaType));
  }
  return absl::OkStatus();
}

Exchange ToExchange(Outcome outcome) {
  Exchange exchange;
  exchange.request = std::move(outcome.request);
  exchange.sigalg = std::move(outcome.sigalg);
  exchange.answer_sigalg = std::move(outcome.answer_sigalg);
  exchange.status = outcome.passed ? "pass" : "fail";
  exchange.error_code = std::move(outcome.error_code);
  exchange.error_message = std::move(outcome.error_message);
  return exchange;
}

}  // namespace

bool SessionReport::AllPassed() const {
  return end.ok() && !refused &&
         std::all_of(exchanges.begin(), exchanges.end(),
                     [](const Exchange& exchange) {
                       return exchange.status == "pass";
                     });
}

std::string LearnSigAlg(const SessionReport& report, const std::string& known) {
  bool refused = false;
  for (const Exchange& exchange : report.exchanges) {
    if (exchange.request != "GetDeviceStateRequest") continue;
    if (exchange.status != "pass") {
      refused = refused || exchange.error_code == "ERR_UNSUPPORTED_CRYPTO_ALG";
      continue;
    }
    if (refused) return exchange.sigalg;
    if (known.empty() && exchange.answer_sigalg == "ES256") return "ES256";
    break;
  }
  return known;
}

SessionReport RunSession(Broker& broker, Transport& transport,
                         const AgentOptions& options) {
  SessionReport report;
  absl::StatusOr<TransportReply> reply = PostPatiently(transport, "", options);
  while (true) {
    if (!reply.ok()) {
      report.end = reply.status();
      return report;
    }
    if (reply->status == 204) {
      report.refused = reply->refused;
      report.come_again = reply->retry_after;
      return report;
    }
    report.end = CheckReply(*reply);
    if (!report.end.ok()) return report;
    if (report.exchanges.size() >=
        static_cast<size_t>(std::max(options.max_messages, 0))) {
      report.end = absl::FailedPreconditionError(
          absl::StrCat("the TSM sent ", options.max_messages,
                       " requests and doesn't come to an end"));
      return report;
    }
    const SteadyTime start = std::chrono::steady_clock::now();
    Outcome outcome;
    const std::string answer = broker.Process(reply->body, &outcome);
    reply = PostPatiently(transport, answer, options);
    Exchange exchange = ToExchange(std::move(outcome));
    exchange.milliseconds = MillisecondsSince(start);
    report.exchanges.push_back(std::move(exchange));
  }
}

SessionReport RunSessions(Broker& broker, Transport& transport,
                          absl::Duration patience,
                          const AgentOptions& options) {
  SessionReport all = RunSession(broker, transport, options);
  while (all.come_again.has_value() && *all.come_again <= patience) {
    patience -= *all.come_again;
    Sleep(options, *all.come_again);
    SessionReport next = RunSession(broker, transport, options);
    for (Exchange& exchange : next.exchanges) {
      all.exchanges.push_back(std::move(exchange));
    }
    next.exchanges = std::move(all.exchanges);
    all = std::move(next);
  }
  return all;
}

}  // namespace otrp::device
