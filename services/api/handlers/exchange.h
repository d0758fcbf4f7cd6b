// One request of the REST interface, from HTTP to the service that answers and
// back.
//
// Thread-safety: Start() from any thread. Errors: none; what goes wrong is an
// answer, application/problem+json (RFC 9457).
// Source: draft-ietf-httpapi-ratelimit-headers (RateLimit, RateLimit-Policy),
// RFC 9110 section 13 (conditions).

#ifndef OTRP_SERVICES_API_HANDLERS_EXCHANGE_H_
#define OTRP_SERVICES_API_HANDLERS_EXCHANGE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/http/message.h"
#include "libs/http/respond.h"
#include "libs/rest/routes.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/idempotency.h"
#include "libs/rpc/identity.h"
#include "libs/telemetry/trace.h"
#include "services/api/env.h"
#include "services/api/handlers/credential.h"
#include "services/api/handlers/security_headers.h"

namespace otrp {
namespace api {
namespace handlers {

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  // Doesn't block. `env` must outlive the answer.
  static void Start(const Env& env, Scheme scheme, http::Request request,
                    http::Respond respond);

  // For Start().
  Exchange(const Env& env, Scheme scheme, http::Request request,
           http::Respond respond);

 private:
  void Begin();
  // Null where it has been answered.
  const rest::Route* FindRoute();
  void Identify();
  void AdmitCertificate();
  void AskForPrincipal();
  // With the caller; nothing for one who needs no credential here.
  void Admit(absl::optional<rpc::Identity> caller);
  // Calls where If-Match, if there is one, holds.
  void CheckIfMatch();
  // Where it doesn't hold.
  void AskForReplay();
  void Call();
  void Tell(absl::StatusOr<AnyMessage> response,
            const rpc::KeyOutcome& outcome);
  void Answer(const google::protobuf::Message& response);
  // `body` is what the stream begins with.
  void BeginWatch(const std::string& body);

  // False: it has been answered with 429.
  bool TakeTurn();
  bool TakeStrangersTurn();
  rpc::CallOptions Options() const;

  void Fail(const absl::Status& status,
            absl::Duration retry_after = absl::Seconds(1));
  void Refuse(int status, absl::string_view detail);
  void Reply(http::Response response);
  // What every answer has.
  void Prepare(http::Response* response);

  const Env& env_;
  const Scheme scheme_;
  const http::Request request_;
  http::Respond respond_;
  const telemetry::TraceContext trace_;
  const absl::Time deadline_;
  rest::Path path_;
  const rest::Route* route_ = nullptr;
  rest::Variables variables_;
  Credential credential_;
  absl::optional<rpc::Identity> caller_;
  rpc::KeyOfCall key_;
  // The id of the request whose answer it is.
  std::string answered_as_;
  // For the answer, whatever it is.
  std::vector<http::Header> headers_;
};

}  // namespace handlers
}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_HANDLERS_EXCHANGE_H_
