// Which RPC a method and path of HTTP mean: made of the google.api.http options
// that the protos carry, never by hand.
//
//   RouteTable routes;
//   OTRP_RETURN_IF_ERROR(routes.Add(*service, "ca", /*under=*/""));
//   const RouteTable::Match match = routes.Find("GET", path);
//
// No path of one method fits two routes: Add() refuses that. So the order in
// which services are added doesn't matter.
//
// Thread-safety: const once it is built.
// Errors: Add() is INVALID_ARGUMENT and names the RPC: its option is wrong.

#ifndef OTRP_LIBS_REST_ROUTES_H_
#define OTRP_LIBS_REST_ROUTES_H_

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "libs/rest/path.h"

namespace otrp {
namespace rest {

// Where a request's body goes.
enum class BodyKind {
  // There is none; fields that aren't in the path are in the query.
  kNone,
  // JSON: the request, or one field of it.
  kJson,
  // application/octet-stream, as it is, into one field of bytes.
  kOctets,
};

struct Route {
  // Of the linked code; lives as long as the process.
  const google::protobuf::MethodDescriptor* rpc = nullptr;
  // The service's name as channels have it: "ca", "sp_portal".
  std::string backend;
  // What RouteTable::Add() put behind the first segment; empty for nothing.
  std::string under;
  // "GET", "POST", "PUT", "PATCH" or "DELETE".
  std::string method;
  PathTemplate path;
  BodyKind body_kind = BodyKind::kNone;
  // The field that the body is; null: the whole request.
  const google::protobuf::FieldDescriptor* body_field = nullptr;
  // 0: the option itself; 1, 2, ...: its additional bindings.
  int binding = 0;

  // For logs and metrics, "GET /v1/devices/{did}". No caller's words in it.
  std::string Name() const { return method + " " + path.ToString(); }
};

// (field of the request as the template has it, decoded value).
using Variables = std::vector<std::pair<std::string, std::string>>;

class RouteTable {
 public:
  // All RPCs of a service that have an option. `under`: PathTemplate::Under(),
  // for a service that several backends offer.
  absl::Status Add(const google::protobuf::ServiceDescriptor& service,
                   absl::string_view backend, absl::string_view under);

  struct Match {
    // Null: 405 where `allow` has something, else 404.
    const Route* route = nullptr;
    Variables variables;
    // For the header of that name: methods that the path has, sorted.
    std::string allow;
  };
  // HEAD finds what GET does.
  Match Find(absl::string_view method, const Path& path) const;

  // In the order in which they were added. They don't move.
  const std::deque<Route>& routes() const { return routes_; }

 private:
  absl::Status AddRoute(Route route);

  std::deque<Route> routes_;
  // By number of segments and verb.
  std::map<std::pair<size_t, std::string>, std::vector<const Route*>> by_shape_;
};

// The last member of a path such as "target.did"; null where there is none,
// or where something before the last dot is repeated or no message. Names as
// the proto has them or as in JSON.
const google::protobuf::FieldDescriptor* FindField(
    const google::protobuf::Descriptor& message, absl::string_view path);

// google.protobuf.Timestamp and the like: a value that JSON has as a string.
bool IsWrittenAsText(const google::protobuf::Descriptor& message);

}  // namespace rest
}  // namespace otrp

#endif  // OTRP_LIBS_REST_ROUTES_H_
