// The two readers behind Parse(): one that is fast, one that can say what is
// wrong. Of this package only, and of the fuzz target that compares them.
//
// simdjson reads several gigabytes a second and tells no place of an error;
// nlohmann reads a fifth of one and tells. What the first takes is done; what
// it doesn't take, the second decides. Where both take a text they give the
// same value (tests/fuzz/json_fuzz.cc holds them to it).
//
// Thread-safety: both may be called from several threads.

#ifndef OTRP_LIBS_JSON_READ_H_
#define OTRP_LIBS_JSON_READ_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "libs/json/json.h"

namespace otrp {
namespace json {

// Nothing where the text is wrong or this reader can't tell.
absl::optional<Value> ReadFast(absl::string_view text, int max_depth);

// INVALID_ARGUMENT says what is wrong. The text has no NUL and no byte order
// mark.
absl::StatusOr<Value> ReadCarefully(absl::string_view text, int max_depth);

// "JSON: " and the problem.
absl::Status Malformed(absl::string_view problem);

}  // namespace json
}  // namespace otrp

#endif  // OTRP_LIBS_JSON_READ_H_
