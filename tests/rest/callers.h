// Who may call what, by the authorization tables of all services.

#ifndef OTRP_TESTS_REST_CALLERS_H_
#define OTRP_TESTS_REST_CALLERS_H_

#include <map>
#include <string>
#include <vector>

#include "libs/rest/openapi.h"
#include "libs/rest/routes.h"
#include "libs/rpc/authz.h"

namespace otrp {
namespace testing {

// By backend.
const std::map<std::string, const rpc::AuthzTable*>& AuthzTables();

// Who may call, with the roles that may, in the table's own words; empty for
// what is between services.
std::vector<rest::Caller> Callers(const rpc::AuthzTable& table,
                                  const std::string& method);
std::vector<rest::Caller> CallersOf(const rest::Route& route);

}  // namespace testing
}  // namespace otrp

#endif  // OTRP_TESTS_REST_CALLERS_H_
