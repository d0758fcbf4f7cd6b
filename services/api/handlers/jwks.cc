#include "services/api/handlers/jwks.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "libs/rest/etag.h"
#include "libs/rest/problem.h"
#include "libs/telemetry/trace.h"
#include "otrp/verifier/v1/results.pb.h"
#include "services/api/handlers/answers.h"
#include "services/api/limits.h"

namespace otrp {
namespace api {
namespace handlers {
namespace {

namespace v1 = otrp::verifier::v1;

// A key is shown for weeks before it signs: what is a little old is good.
constexpr char kCacheControl[] = "public, max-age=300";

const google::protobuf::MethodDescriptor& Rpc() {
  return *v1::ListResultKeysRequest::descriptor()
              ->file()
              ->FindServiceByName("Results")
              ->FindMethodByName("ListResultKeys");
}

// What belongs to one request until it is answered.
struct Asked {
  Scheme scheme;
  http::Request request;
  http::Respond respond;
  std::string request_id;
};

void Reply(Asked& asked, http::Response response) {
  Finish(asked.scheme, asked.request_id, &response);
  std::move(asked.respond)(std::move(response));
}

void Answer(Asked& asked, const absl::StatusOr<AnyMessage>& called) {
  if (!called.ok()) {
    return Reply(asked, Problem(called.status(), nullptr, asked.request_id));
  }
  http::Response response;
  response.headers = {{"Content-Type", "application/jwk-set+json"},
                      {"Cache-Control", kCacheControl}};
  response.body =
      static_cast<const v1::ListResultKeysResponse&>(**called).jwks();
  rest::AddETag(asked.request, &response);
  Reply(asked, std::move(response));
}

}  // namespace

void AnswerJwks(const Env& env, Scheme scheme, http::Request request,
                http::Respond respond) {
  const telemetry::TraceContext trace =
      telemetry::TraceContext::FromHeaderOrNew(request.header("traceparent"),
                                               env.random);
  // Shared: what is called with an answer must be copyable.
  auto asked = std::make_shared<Asked>(
      Asked{scheme, std::move(request), std::move(respond), trace.trace_id});
  absl::optional<http::Response> refusal =
      TakeStrangersTurn(env, asked->request, asked->request_id);
  if (refusal.has_value()) return Reply(*asked, *std::move(refusal));
  rpc::CallOptions options;
  options.timeout = kCallTimeout;
  options.traceparent = trace.ToHeader();
  env.backends.Call(
      "attestation_verifier", Rpc(), NewMessage(*Rpc().input_type()), options,
      [asked](absl::StatusOr<AnyMessage> called) { Answer(*asked, called); });
}

}  // namespace handlers
}  // namespace api
}  // namespace otrp
