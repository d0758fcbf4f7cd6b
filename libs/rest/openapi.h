// The REST interface as an OpenAPI 3.1 document: paths from the route table,
// texts from the protos' comments.
//
// Thread-safety: functions without state. Errors: none.

#ifndef OTRP_LIBS_REST_OPENAPI_H_
#define OTRP_LIBS_REST_OPENAPI_H_

#include <functional>
#include <string>
#include <vector>

#include "libs/json/json.h"
#include "libs/rest/comments.h"
#include "libs/rest/routes.h"

namespace otrp {
namespace rest {

// Who may call, for the reference.
struct Caller {
  // "operator", "auditor", "service-provider", or who has no credential yet.
  std::string kind;
  // Of the kind's; a certificate has all of them. None of kAnybody.
  std::vector<std::string> roles;
};
inline constexpr char kAnybody[] = "anybody";
using CallersOf = std::function<std::vector<Caller>(const Route&)>;

json::Value OpenApi(const RouteTable& routes, const Comments& comments,
                    const CallersOf& callers_of);

// An operation's name, unique: "listDevices", "listSessionsByDid" for a further
// path, "listAuditEventsOfCa" for a service under a name.
std::string OperationId(const Route& route);

// Two spaces a level, a line a member, and a newline at the end.
std::string Pretty(const json::Value& value);

}  // namespace rest
}  // namespace otrp

#endif  // OTRP_LIBS_REST_OPENAPI_H_
