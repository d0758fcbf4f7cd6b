// The client's side of the same interface, made of the same options: from an
// RPC and its request to a request of HTTP, and from the answer back to the
// RPC's response or its status, as gRPC would have had them.
//
//   OTRP_ASSIGN_OR_RETURN(const ClientRequest out,
//                         WriteRequest(routes, "tsm", *rpc, request));
//   OTRP_ASSIGN_OR_RETURN(const http::Response in, client.Send(
//       out.method, server + out.target, headers, out.body));
//   OTRP_RETURN_IF_ERROR(ReadAnswer(in, *rpc, &response));
//
// Thread-safety: functions without state.

#ifndef OTRP_LIBS_REST_CLIENT_H_
#define OTRP_LIBS_REST_CLIENT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "libs/http/message.h"
#include "libs/rest/routes.h"

namespace otrp {
namespace rest {

struct ClientRequest {
  std::string method;
  // Path and query, beginning with the slash.
  std::string target;
  // Empty where there is no body.
  std::string content_type;
  std::string body;
};

// The one RPC of a service that takes such a request; null where there is none.
const google::protobuf::MethodDescriptor* FindRpc(
    absl::string_view service, const google::protobuf::Descriptor& request);

// By the first route of the RPC at that backend that can say all of `request`,
// a message of the RPC's input type. UNIMPLEMENTED where the RPC has no route;
// INVALID_ARGUMENT, with the field as the proto names it, where none fits: a
// value of the path that is empty, or what no URL can hold.
absl::StatusOr<ClientRequest> WriteRequest(
    const RouteTable& routes, absl::string_view backend,
    const google::protobuf::MethodDescriptor& rpc,
    const google::protobuf::Message& request);

// By this route.
absl::StatusOr<ClientRequest> WriteRequest(
    const Route& route, const google::protobuf::Message& request);

// A response of 2xx goes into `response`, which is of the RPC's output type;
// members that it doesn't know are left out. Else the status that the service
// gave, its field named as the proto has it. Of what doesn't come from the
// interface itself, a proxy's page or a redirect: by the HTTP status, with
// nothing of its text.
absl::Status ReadAnswer(const http::Response& answer,
                        const google::protobuf::MethodDescriptor& rpc,
                        google::protobuf::Message* response);

}  // namespace rest
}  // namespace otrp

#endif  // OTRP_LIBS_REST_CLIENT_H_
