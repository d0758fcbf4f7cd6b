#include "services/api/handlers/exchange.h"

#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/rest/etag.h"
#include "libs/rest/path.h"
#include "libs/rest/problem.h"
#include "libs/rest/transcoder.h"
#include "libs/telemetry/log.h"
#include "services/api/domain/strangers.h"
#include "services/api/handlers/answers.h"
#include "services/api/handlers/browser_rules.h"
#include "services/api/handlers/idempotency_key.h"
#include "services/api/handlers/watch.h"
#include "services/api/limits.h"

namespace otrp {
namespace api {
namespace handlers {
namespace {

int WholeSeconds(absl::Duration duration) {
  return static_cast<int>(std::ceil(absl::ToDoubleSeconds(duration)));
}

}  // namespace

void Exchange::Start(const Env& env, Scheme scheme, http::Request request,
                     http::Respond respond) {
  std::make_shared<Exchange>(env, scheme, std::move(request),
                             std::move(respond))
      ->Begin();
}

Exchange::Exchange(const Env& env, Scheme scheme, http::Request request,
                   http::Respond respond)
    : env_(env),
      scheme_(scheme),
      request_(std::move(request)),
      respond_(std::move(respond)),
      trace_(telemetry::TraceContext::FromHeaderOrNew(
          request_.header("traceparent"), env.random)),
      deadline_(env.clock.Now() + kCallTimeout),
      answered_as_(trace_.trace_id) {}

void Exchange::Begin() {
  route_ = FindRoute();
  if (route_ != nullptr) Identify();
}

const rest::Route* Exchange::FindRoute() {
  absl::StatusOr<rest::Path> path = rest::ParsePath(request_.path);
  if (!path.ok()) {
    Fail(path.status());
    return nullptr;
  }
  path_ = *std::move(path);
  rest::RouteTable::Match match = env_.routes.Find(request_.method, path_);
  variables_ = std::move(match.variables);
  if (match.route != nullptr) return match.route;
  if (match.allow.empty()) {
    Refuse(404, "there is nothing at this path");
    return nullptr;
  }
  headers_.emplace_back("Allow", absl::StrCat(match.allow, ", OPTIONS"));
  if (request_.method == "OPTIONS") {
    http::Response response;
    response.status = 204;
    Reply(std::move(response));
  } else {
    Refuse(405, absl::StrCat("this path takes ", match.allow));
  }
  return nullptr;
}

void Exchange::Identify() {
  absl::StatusOr<Credential> credential = CredentialOf(scheme_, request_);
  if (!credential.ok()) {
    if (absl::IsUnauthenticated(credential.status()) && !TakeStrangersTurn()) {
      return;
    }
    return Fail(credential.status());
  }
  credential_ = *std::move(credential);
  switch (credential_.kind) {
    case Credential::Kind::kCertificate: return AdmitCertificate();
    case Credential::Kind::kSecret: return AskForPrincipal();
    case Credential::Kind::kNone: break;
  }
  if (!TakeStrangersTurn()) return;
  if (!IsForStrangers(route_->rpc->full_name())) {
    return Fail(absl::UnauthenticatedError(
        "send a client certificate or Authorization: Bearer"));
  }
  Admit(absl::nullopt);
}

void Exchange::AdmitCertificate() {
  const absl::Status good =
      env_.revocations.Check(credential_.serial, credential_.caller);
  if (good.ok()) return Admit(credential_.caller);
  if (absl::IsUnauthenticated(good) && !TakeStrangersTurn()) return;
  Fail(good);
}

void Exchange::AskForPrincipal() {
  // Taken before the answer, so that many at once are no way to more tries.
  if (!TakeStrangersTurn()) return;
  env_.authenticator.Authenticate(
      credential_.secret, trace_.ToHeader(),
      [self = shared_from_this()](absl::StatusOr<Principal> principal) {
        if (!absl::IsUnauthenticated(principal.status())) {
          self->env_.strangers.GiveBack(AddressOf(self->request_),
                                        self->env_.clock.Now());
        }
        if (!principal.ok()) return self->Fail(principal.status());
        if (self->env_.clock.Now() >= principal->expires_at) {
          return self->Fail(
              absl::UnauthenticatedError("the token or session is not good"));
        }
        self->Admit(std::move(principal->caller));
      });
}

void Exchange::Admit(absl::optional<rpc::Identity> caller) {
  caller_ = std::move(caller);
  if (caller_.has_value() && !TakeTurn()) return;
  const absl::string_view wanted = rest::MediaTypeOf(route_->body_kind);
  if (!request_.body.empty() && !wanted.empty() &&
      !rest::IsMediaType(request_.header("Content-Type"), wanted)) {
    return Refuse(415, absl::StrCat("Content-Type must be ", wanted));
  }
  absl::StatusOr<rpc::KeyOfCall> key =
      KeyOfRequest(request_, caller_.has_value());
  if (!key.ok()) return Fail(key.status());
  key_ = *std::move(key);
  if (request_.has_header("If-Match") && !IsSafe(request_)) {
    return CheckIfMatch();
  }
  Call();
}

void Exchange::CheckIfMatch() {
  rest::Path resource = path_;
  resource.verb.clear();
  const rest::RouteTable::Match match = env_.routes.Find("GET", resource);
  if (match.route == nullptr) {
    return Refuse(412, "what this path changes has no ETag");
  }
  AnyMessage request = NewMessage(*match.route->rpc->input_type());
  const absl::Status read =
      rest::ReadRequest(*match.route, match.variables, "", "", request.get());
  if (!read.ok()) return Fail(read);
  env_.backends.Call(
      match.route->backend, *match.route->rpc, std::move(request), Options(),
      [self = shared_from_this()](absl::StatusOr<AnyMessage> response) {
        std::string etag;
        if (response.ok()) {
          const absl::StatusOr<std::string> body =
              rest::WriteResponse(**response);
          if (!body.ok()) return self->Fail(body.status());
          etag = rest::ETagOf(*body);
        } else if (!absl::IsNotFound(response.status())) {
          return self->Fail(response.status());
        }
        if (!rest::IfMatchHolds(self->request_.header("If-Match"), etag)) {
          return self->AskForReplay();
        }
        self->Call();
      });
}

void Exchange::AskForReplay() {
  // The first request under the key may be what changed it.
  key_.only_replay = true;
  if (!key_.key.empty()) return Call();
  Refuse(412, "it isn't what If-Match says any more");
}

void Exchange::Call() {
  AnyMessage request = NewMessage(*route_->rpc->input_type());
  const absl::Status read = rest::ReadRequest(
      *route_, variables_, request_.query, request_.body, request.get());
  if (!read.ok()) return Fail(read);
  rpc::CallOptions options = Options();
  options.key = key_;
  env_.backends.CallKeyed(
      route_->backend, *route_->rpc, std::move(request), options,
      [self = shared_from_this()](absl::StatusOr<AnyMessage> response,
                                  const rpc::KeyOutcome& outcome) {
        self->Tell(std::move(response), outcome);
      });
}

void Exchange::Tell(absl::StatusOr<AnyMessage> response,
                    const rpc::KeyOutcome& outcome) {
  switch (outcome.kind) {
    case rpc::KeyOutcome::Kind::kReplayed:
      headers_.emplace_back("Idempotency-Replayed", "true");
      answered_as_ = outcome.trace_id;
      break;
    case rpc::KeyOutcome::Kind::kRunning:
      headers_.emplace_back("Retry-After", "1");
      break;
    case rpc::KeyOutcome::Kind::kOtherRequest:
      return Refuse(422, response.status().message());
    case rpc::KeyOutcome::Kind::kNone:
      if (key_.only_replay && absl::IsNotFound(response.status())) {
        return Refuse(412, "it isn't what If-Match says any more");
      }
  }
  if (response.ok()) return Answer(**response);
  Fail(response.status());
}

void Exchange::Answer(const google::protobuf::Message& response) {
  absl::StatusOr<std::string> body = rest::WriteResponse(response);
  if (!body.ok()) return Fail(body.status());
  if (Watch::IsAskedFor(request_)) return BeginWatch(*body);
  http::Response answer;
  answer.body = *std::move(body);
  answer.headers.emplace_back("Content-Type", "application/json");
  if (IsSafe(request_)) {
    rest::AddETag(request_, &answer);
  } else {
    answer.headers.emplace_back("Cache-Control", "no-store");
  }
  Reply(std::move(answer));
}

void Exchange::BeginWatch(const std::string& body) {
  // Who may get something has a name.
  const rpc::Identity caller = caller_.value_or(rpc::Identity());
  absl::StatusOr<std::unique_ptr<Places::Place>> place =
      env_.streams.Take(caller.ToString());
  if (!place.ok()) return Fail(place.status(), kStreamRetry);
  auto watch =
      std::make_shared<Watch>(env_,
                              Watch::Subject{route_, variables_, request_.query,
                                             credential_, caller, trace_},
                              *std::move(place));
  watch->Begin(body, request_.header("Last-Event-ID"));
  http::Response head;
  head.headers = {{"Content-Type", "text/event-stream"},
                  {"Cache-Control", "no-store"},
                  // Of a proxy that keeps events until it has many.
                  {"X-Accel-Buffering", "no"}};
  Prepare(&head);
  std::move(respond_)(http::Streamed{std::move(head), std::move(watch)});
}

bool Exchange::TakeTurn() {
  const TokenBuckets::Rule& rule = env_.callers.rule();
  // An SP's tokens and members each have their own.
  const TokenBuckets::Left left =
      env_.callers.Take(caller_->ToString(), env_.clock.Now());
  headers_.emplace_back(
      "RateLimit-Policy",
      absl::StrCat("\"caller\";q=", static_cast<int>(rule.burst), ";w=",
                   WholeSeconds(absl::Seconds(rule.burst / rule.per_second))));
  headers_.emplace_back("RateLimit",
                        absl::StrCat("\"caller\";r=", left.tokens,
                                     ";t=", WholeSeconds(left.until)));
  if (left.taken) return true;
  Fail(absl::ResourceExhaustedError("too many requests of this caller"),
       left.until);
  return false;
}

bool Exchange::TakeStrangersTurn() {
  absl::optional<http::Response> refusal =
      handlers::TakeStrangersTurn(env_, request_, trace_.trace_id);
  if (!refusal.has_value()) return true;
  Reply(*std::move(refusal));
  return false;
}

rpc::CallOptions Exchange::Options() const {
  rpc::CallOptions options;
  options.timeout = kCallTimeout;
  options.deadline = deadline_;
  options.traceparent = trace_.ToHeader();
  options.caller = caller_;
  return options;
}

void Exchange::Fail(const absl::Status& status, absl::Duration retry_after) {
  const auto* type = route_ == nullptr ? nullptr : route_->rpc->input_type();
  http::Response response = Problem(status, type, answered_as_, retry_after);
  if (response.status >= 500) {
    OTRP_LOG(WARNING, "a request failed",
             {{"route", route_ == nullptr ? "none" : route_->Name()},
              {"code", absl::StatusCodeToString(status.code())},
              {"error", std::string(status.message())},
              {"trace_id", trace_.trace_id}});
  }
  Reply(std::move(response));
}

void Exchange::Refuse(int status, absl::string_view detail) {
  Reply(rest::HttpProblem(status, detail, trace_.trace_id));
}

void Exchange::Reply(http::Response response) {
  Prepare(&response);
  std::move(respond_)(std::move(response));
}

void Exchange::Prepare(http::Response* response) {
  for (http::Header& header : headers_) {
    response->headers.push_back(std::move(header));
  }
  Finish(scheme_, trace_.trace_id, response);
  OTRP_LOG(DEBUG, "request",
           {{"route", route_ == nullptr ? "none" : route_->Name()},
            {"caller", caller_.has_value() ? caller_->ToString() : "none"},
            {"status", absl::StrCat(response->status)},
            {"trace_id", trace_.trace_id}});
}

}  // namespace handlers
}  // namespace api
}  // namespace otrp
