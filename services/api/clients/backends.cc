#include "services/api/clients/backends.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "absl/utility/utility.h"
#include "grpcpp/client_context.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/status.h"
#include "libs/rpc/status.h"

namespace otrp {
namespace api {
namespace {

using google::protobuf::Message;
using AnyStub = grpc::TemplatedGenericStub<Message, Message>;

// What must live as long as the call.
struct CallState {
  absl::optional<grpc::ClientContext> context{absl::in_place};
  AnyMessage request;
  AnyMessage response;
  Backends::KeyedDone done;
};

}  // namespace

AnyMessage NewMessage(const google::protobuf::Descriptor& type) {
  return AnyMessage(google::protobuf::MessageFactory::generated_factory()
                        ->GetPrototype(&type)
                        ->New());
}

void Backends::Call(absl::string_view backend,
                    const google::protobuf::MethodDescriptor& method,
                    AnyMessage request, const rpc::CallOptions& options,
                    Done done) const {
  CallKeyed(backend, method, std::move(request), options,
            [done = std::move(done)](absl::StatusOr<AnyMessage> response,
                                     const rpc::KeyOutcome&) {
              done(std::move(response));
            });
}

void Backends::CallKeyed(absl::string_view backend,
                         const google::protobuf::MethodDescriptor& method,
                         AnyMessage request, const rpc::CallOptions& options,
                         KeyedDone done) const {
  const auto channel = channels_.find(std::string(backend));
  if (channel == channels_.end()) {
    return done(
        absl::InternalError(absl::StrCat("there is no backend ", backend)), {});
  }
  auto state = std::make_shared<CallState>();
  rpc::Prepare(options, &*state->context);
  state->request = std::move(request);
  state->response = NewMessage(*method.output_type());
  state->done = std::move(done);
  AnyStub(channel->second)
      .UnaryCall(
          &*state->context,
          absl::StrCat("/", method.service()->full_name(), "/", method.name()),
          grpc::StubOptions(), state->request.get(), state->response.get(),
          [state](const grpc::Status& status) {
            const rpc::KeyOutcome outcome = rpc::OutcomeOf(*state->context);
            // It holds the channel: the last reference must not be given up
            // on a thread of gRPC's, which would wait for itself.
            state->context.reset();
            if (!status.ok()) {
              return state->done(rpc::FromGrpcStatus(status), outcome);
            }
            state->done(std::move(state->response), outcome);
          });
}

}  // namespace api
}  // namespace otrp
