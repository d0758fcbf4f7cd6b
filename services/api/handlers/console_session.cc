#include "services/api/handlers/console_session.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "libs/rest/problem.h"
#include "libs/rest/transcoder.h"
#include "libs/rpc/identity.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/trace.h"
#include "services/api/clients/authenticator.h"
#include "services/api/clients/console_sessions.h"
#include "services/api/handlers/answers.h"
#include "services/api/handlers/browser_rules.h"
#include "services/api/handlers/credential.h"
#include "services/api/limits.h"

namespace otrp {
namespace api {
namespace handlers {
namespace {

std::string CookieOf(Scheme scheme, absl::string_view value,
                     absl::Duration life) {
  return absl::StrCat(
      CookieName(scheme), "=", value, "; Path=/; HttpOnly; SameSite=Strict",
      scheme == Scheme::kHttps ? "; Secure" : "",
      "; Max-Age=", std::max<int64_t>(0, absl::ToInt64Seconds(life)));
}

std::string Describe(const Principal& principal) {
  const rpc::Identity& caller = principal.caller;
  json::Value who = json::Value::Object();
  who.Set("kind", json::Value::String(rpc::KindName(caller.kind)));
  who.Set("name", json::Value::String(caller.name));
  who.Set("role", json::Value::String(rpc::RoleName(caller.role)));
  who.Set("agent", json::Value::String(caller.agent));
  json::Value taids = json::Value::Array();
  for (const std::string& taid : caller.taids) {
    taids.Append(json::Value::String(taid));
  }
  who.Set("taids", std::move(taids));
  json::Value body = json::Value::Object();
  body.Set("caller", std::move(who));
  body.Set("expires_at", json::Value::String(absl::FormatTime(
                             "%Y-%m-%dT%H:%M:%SZ", principal.expires_at,
                             absl::UTCTimeZone())));
  return body.Serialize();
}

// The token of a sign-in.
absl::StatusOr<std::string> TokenIn(const std::string& body) {
  OTRP_ASSIGN_OR_RETURN(const json::Value root,
                        json::Parse(body, json::kStrangers));
  const json::Value* token = root.Find("token");
  if (root.size() != 1 || token == nullptr || !token->is_string()) {
    return absl::InvalidArgumentError(
        "token: must be there, as a string, and nothing else");
  }
  if (!IsSecret(token->as_string())) {
    return absl::UnauthenticatedError("the token is not good");
  }
  return token->as_string();
}

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(const Env& env, Scheme scheme, http::Request request,
          http::Respond respond)
      : env_(env),
        scheme_(scheme),
        request_(std::move(request)),
        respond_(std::move(respond)),
        trace_(telemetry::TraceContext::FromHeaderOrNew(
            request_.header("traceparent"), env.random)) {}

  void Begin() {
    if (!request_.query.empty()) {
      return Fail(absl::InvalidArgumentError(
          "this path has no parameters, and a credential stands in no URL"));
    }
    if (request_.method == "POST") return SignIn();
    if (IsSafe(request_)) return Tell();
    if (request_.method == "DELETE") return SignOut();
    headers_.emplace_back("Allow", "GET, HEAD, POST, DELETE");
    Refuse(405, "this path takes GET, HEAD, POST, DELETE");
  }

 private:
  void SignIn() {
    const absl::Status page = CheckSameOrigin(scheme_, request_);
    if (!page.ok()) return Fail(page);
    if (request_.has_header("Authorization") ||
        request_.client_certificate.has_value()) {
      return Fail(absl::InvalidArgumentError(
          "there must be one credential: the token in the body, without a "
          "client certificate or Authorization"));
    }
    if (!rest::IsMediaType(request_.header("Content-Type"),
                           "application/json")) {
      return Refuse(415, "Content-Type must be application/json");
    }
    if (request_.body.size() > kMaxSignInBytes) {
      return Refuse(413, "a sign-in is shorter");
    }
    const absl::StatusOr<std::string> token = TokenIn(request_.body);
    if (absl::IsInvalidArgument(token.status())) return Fail(token.status());
    // Before the answer: many at once are no way to more tries.
    if (!TakeTurn()) return;
    if (!token.ok()) return Fail(token.status());
    env_.sessions.Begin(*token, trace_.ToHeader(),
                        [self = shared_from_this()](
                            absl::StatusOr<ConsoleSessions::Begun> begun) {
                          self->GiveTurnBack(begun.status());
                          if (!begun.ok()) return self->Fail(begun.status());
                          self->Welcome(*begun);
                        });
  }

  void Welcome(const ConsoleSessions::Begun& begun) {
    // It becomes part of a header.
    if (!IsSecret(begun.secret)) {
      return Fail(absl::InternalError("the portal's secret is none"));
    }
    headers_.emplace_back(
        "Set-Cookie", CookieOf(scheme_, begun.secret,
                               begun.principal.expires_at - env_.clock.Now()));
    Answer(201, begun.principal);
  }

  void Tell() {
    WithSession([self = shared_from_this()](const Secret& secret) {
      if (!self->TakeTurn()) return;
      self->env_.authenticator.Authenticate(
          secret, self->trace_.ToHeader(),
          [self](const absl::StatusOr<Principal>& principal) {
            self->GiveTurnBack(principal.status());
            if (!principal.ok()) return self->Fail(principal.status());
            self->Answer(200, *principal);
          });
    });
  }

  void SignOut() {
    WithSession([self = shared_from_this()](const Secret& secret) {
      if (!self->TakeTurn()) return;
      self->env_.sessions.End(secret.value, self->trace_.ToHeader(),
                              [self, secret](absl::StatusOr<bool> ended) {
                                if (!ended.ok())
                                  return self->Fail(ended.status());
                                // One that wasn't there is a guess.
                                if (*ended)
                                  self->GiveTurnBack(absl::OkStatus());
                                self->env_.authenticator.Forget(secret);
                                self->ExpireCookie();
                                http::Response response;
                                response.status = 204;
                                self->Reply(std::move(response));
                              });
    });
  }

  // Calls `then` with the cookie's secret; answers where there is none.
  template <typename Then>
  void WithSession(Then then) {
    const absl::StatusOr<Credential> credential =
        CredentialOf(scheme_, request_);
    if (absl::IsUnauthenticated(credential.status()) && !TakeTurn()) return;
    if (!credential.ok()) return Fail(credential.status());
    if (credential->kind != Credential::Kind::kSecret ||
        credential->secret.kind != Secret::Kind::kSession) {
      return Fail(absl::UnauthenticatedError(
          "there is no session: POST a member's token here"));
    }
    then(credential->secret);
  }

  bool TakeTurn() {
    absl::optional<http::Response> refusal =
        TakeStrangersTurn(env_, request_, trace_.trace_id);
    if (!refusal.has_value()) return true;
    Reply(*std::move(refusal));
    return false;
  }

  void GiveTurnBack(const absl::Status& status) const {
    if (absl::IsUnauthenticated(status)) return;
    env_.strangers.GiveBack(AddressOf(request_), env_.clock.Now());
  }

  void ExpireCookie() {
    headers_.emplace_back("Set-Cookie",
                          CookieOf(scheme_, "", absl::ZeroDuration()));
  }

  void Answer(int status, const Principal& principal) {
    http::Response response;
    response.status = status;
    response.headers = {{"Content-Type", "application/json"}};
    response.body = Describe(principal);
    Reply(std::move(response));
  }

  void Fail(const absl::Status& status) {
    // A cookie that isn't good is of no more use to anybody.
    if (absl::IsUnauthenticated(status) &&
        !SessionCookies(scheme_, request_).empty()) {
      ExpireCookie();
    }
    Reply(Problem(status, nullptr, trace_.trace_id));
  }

  void Refuse(int status, absl::string_view detail) {
    Reply(rest::HttpProblem(status, detail, trace_.trace_id));
  }

  void Reply(http::Response response) {
    for (http::Header& header : headers_) {
      response.headers.push_back(std::move(header));
    }
    if (!http::HasHeader(response.headers, "Cache-Control")) {
      response.headers.emplace_back("Cache-Control", "no-store");
    }
    Finish(scheme_, trace_.trace_id, &response);
    OTRP_LOG(DEBUG, "request",
             {{"route", "/console/session"},
              {"status", absl::StrCat(response.status)},
              {"trace_id", trace_.trace_id}});
    std::move(respond_)(std::move(response));
  }

  const Env& env_;
  const Scheme scheme_;
  const http::Request request_;
  http::Respond respond_;
  const telemetry::TraceContext trace_;
  // For the answer, whatever it is.
  std::vector<http::Header> headers_;
};

}  // namespace

void AnswerConsoleSession(const Env& env, Scheme scheme, http::Request request,
                          http::Respond respond) {
  std::make_shared<Session>(env, scheme, std::move(request), std::move(respond))
      ->Begin();
}

}  // namespace handlers
}  // namespace api
}  // namespace otrp
