#include "services/api/handlers/watch.h"

#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "libs/rest/etag.h"
#include "libs/rest/transcoder.h"
#include "libs/rpc/channel.h"
#include "libs/telemetry/log.h"
#include "services/api/handlers/answers.h"
#include "services/api/limits.h"

namespace otrp {
namespace api {
namespace handlers {
namespace {

std::string Event(absl::string_view name, absl::string_view json) {
  return absl::StrCat("event: ", name, "\ndata: ", json, "\n\n");
}

// A comment: it says that somebody is there.
constexpr char kHeartbeat[] = ":\n\n";

bool EndsAt(int status) {
  return status == 401 || status == 403 || status == 404;
}

}  // namespace

bool Watch::IsAskedFor(const http::Request& request) {
  if (request.method != "GET") return false;
  bool events = false;
  for (absl::string_view range :
       absl::StrSplit(request.header("Accept"), ',')) {
    const absl::string_view type =
        absl::StripAsciiWhitespace(range.substr(0, range.find(';')));
    // A client that takes both wants an answer.
    if (absl::EqualsIgnoreCase(type, "application/json")) return false;
    events = events || absl::EqualsIgnoreCase(type, "text/event-stream");
  }
  return events;
}

Watch::Watch(const Env& env, Subject subject,
             std::unique_ptr<Places::Place> place)
    : env_(env),
      subject_(std::move(subject)),
      end_(env.clock.Now() + env.watch.most),
      place_(std::move(place)),
      sent_at_(env.clock.Now()) {}

void Watch::Begin(absl::string_view body, absl::string_view last_event_id) {
  etag_ = rest::ETagOf(body);
  if (etag_ == last_event_id) return;
  first_ = absl::StrCat("id: ", etag_, "\n", Event("state", body));
}

void Watch::Next(http::GivePiece give) {
  std::string first;
  bool end = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (over_) return;
    first = std::exchange(first_, "");
    end = first.empty() && ending_;
    if (first.empty() && !end) give_.emplace(std::move(give));
  }
  if (!first.empty()) return std::move(give)(std::move(first));
  if (end) return std::move(give).End();
  LookLater();
}

void Watch::Abandon() {
  // They go after the lock: their ends call others.
  absl::optional<http::GivePiece> give;
  std::unique_ptr<grpc::Alarm> alarm;
  std::lock_guard<std::mutex> lock(mutex_);
  over_ = true;
  give = std::exchange(give_, absl::nullopt);
  alarm = std::move(alarm_);
  place_->Leave();
}

bool Watch::IsOver() {
  std::lock_guard<std::mutex> lock(mutex_);
  return over_;
}

void Watch::LookLater() {
  // Another one each time: the one before may be what runs this.
  auto alarm = std::make_unique<grpc::Alarm>();
  std::lock_guard<std::mutex> lock(mutex_);
  if (over_) return;
  alarm_.swap(alarm);
  alarm_->Set(absl::ToChronoTime(absl::Now() + env_.watch.interval),
              [self = shared_from_this()](bool rang) {
                if (rang) self->Look();
              });
}

void Watch::Look() {
  if (IsOver()) return;
  if (env_.clock.Now() >= end_) return SendNothing();
  if (subject_.credential.kind == Credential::Kind::kCertificate) {
    absl::Status good =
        env_.clock.Now() < subject_.credential.not_after
            ? env_.revocations.Check(subject_.credential.serial,
                                     subject_.credential.caller)
            : absl::UnauthenticatedError("the certificate has expired");
    return good.ok() ? Call() : TellProblem(good);
  }
  env_.authenticator.Authenticate(
      subject_.credential.secret, subject_.trace.ToHeader(),
      [self = shared_from_this()](absl::StatusOr<Principal> principal) {
        if (self->IsOver()) return;
        if (!principal.ok()) return self->TellProblem(principal.status());
        if (self->env_.clock.Now() >= principal->expires_at) {
          return self->TellProblem(
              absl::UnauthenticatedError("the token or session is not good"));
        }
        // What he may do may have changed.
        self->subject_.caller = std::move(principal->caller);
        self->Call();
      });
}

void Watch::Call() {
  const rest::Route& route = *subject_.route;
  AnyMessage request = NewMessage(*route.rpc->input_type());
  const absl::Status read = rest::ReadRequest(
      route, subject_.variables, subject_.query, "", request.get());
  if (!read.ok()) return TellProblem(read);
  rpc::CallOptions options;
  options.timeout = kCallTimeout;
  options.traceparent = subject_.trace.ToHeader();
  options.caller = subject_.caller;
  env_.backends.Call(
      route.backend, *route.rpc, std::move(request), options,
      [self = shared_from_this()](absl::StatusOr<AnyMessage> response) {
        if (!self->IsOver()) self->Tell(std::move(response));
      });
}

void Watch::Tell(absl::StatusOr<AnyMessage> response) {
  if (!response.ok()) return TellProblem(response.status());
  const absl::StatusOr<std::string> body = rest::WriteResponse(**response);
  if (!body.ok()) return TellProblem(body.status());
  TellState(*body);
}

void Watch::TellState(absl::string_view body) {
  std::string etag = rest::ETagOf(body);
  // After a problem the reader doesn't know whether what he has is true.
  if (std::exchange(problem_, 0) == 0 && etag == etag_) return SendNothing();
  etag_ = std::move(etag);
  Send(absl::StrCat("id: ", etag_, "\n", Event("state", body)));
}

void Watch::TellProblem(const absl::Status& status) {
  const http::Response problem = Problem(
      status, subject_.route->rpc->input_type(), subject_.trace.trace_id);
  if (std::exchange(problem_, problem.status) == problem.status) {
    return SendNothing();
  }
  OTRP_LOG(DEBUG, "a stream's call failed",
           {{"route", subject_.route->Name()},
            {"code", absl::StatusCodeToString(status.code())},
            {"trace_id", subject_.trace.trace_id}});
  if (EndsAt(problem.status)) {
    std::lock_guard<std::mutex> lock(mutex_);
    ending_ = true;
  }
  Send(Event("problem", problem.body));
}

void Watch::Send(std::string piece) {
  absl::optional<http::GivePiece> give;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    give = std::exchange(give_, absl::nullopt);
  }
  sent_at_ = env_.clock.Now();
  if (give.has_value()) std::move (*give)(std::move(piece));
}

void Watch::SendNothing() {
  const absl::Time now = env_.clock.Now();
  if (now >= end_) {
    absl::optional<http::GivePiece> give;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      give = std::exchange(give_, absl::nullopt);
    }
    if (give.has_value()) std::move(*give).End();
    return;
  }
  if (now - sent_at_ >= env_.watch.heartbeat) return Send(kHeartbeat);
  LookLater();
}

}  // namespace handlers
}  // namespace api
}  // namespace otrp
