// What stands in a path and a query, as the JSON object of a request.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT by MemberError().

#ifndef OTRP_LIBS_REST_PARAMETERS_H_
#define OTRP_LIBS_REST_PARAMETERS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/json/json.h"
#include "libs/rest/routes.h"

namespace otrp {
namespace rest {

absl::StatusOr<json::Value> ParametersOf(const Route& route,
                                         const Variables& variables,
                                         absl::string_view query);

}  // namespace rest
}  // namespace otrp

#endif  // OTRP_LIBS_REST_PARAMETERS_H_
