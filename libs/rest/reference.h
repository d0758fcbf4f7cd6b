// The public reference as it is committed: docs/openapi.json and docs/api.html.
//
// Thread-safety: functions without state. Errors: none.

#ifndef OTRP_LIBS_REST_REFERENCE_H_
#define OTRP_LIBS_REST_REFERENCE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace otrp {
namespace rest {

// OpenAPI 3.1; application/json.
absl::string_view OpenApiDocument();

// For people: HTML that loads nothing, and links to "openapi.json" beside it.
absl::string_view ReferencePage();

// The page's Content-Security-Policy: its own style and nothing else.
std::string ReferencePolicy();

}  // namespace rest
}  // namespace otrp

#endif  // OTRP_LIBS_REST_REFERENCE_H_
