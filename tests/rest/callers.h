// Who may call what, by the authorization tables of all services.

#ifndef OTRP_TESTS_REST_CALLERS_H_
#define OTRP_TESTS_REST_CALLERS_H_

#include <map>
#include <string>
#include <vector>

#include "libs/rest/routes.h"
#include "libs/rpc/authz.h"

namespace otrp {
namespace testing {

// By backend.
const std::map<std::string, const rpc::AuthzTable*>& AuthzTables();

// Those of "operator", "auditor" and "service-provider" that may call, and
// "anybody" where the front calls for who has no identity; empty for what is
// between services.
std::vector<std::string> Callers(const rpc::AuthzTable& table,
                                 const std::string& method);
std::vector<std::string> CallersOf(const rest::Route& route);

}  // namespace testing
}  // namespace otrp

#endif  // OTRP_TESTS_REST_CALLERS_H_
