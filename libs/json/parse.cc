#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/json/json.h"
#include "libs/json/read.h"

namespace otrp {
namespace json {

absl::Status Malformed(absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat("JSON: ", problem));
}

absl::StatusOr<Value> Parse(absl::string_view text,
                            const ParseOptions& options) {
  // The readers would skip a byte order mark (RFC 8259 section 8.1: must not
  // be there).
  if (absl::StartsWith(text, "\xef\xbb\xbf")) {
    return Malformed("starts with a byte order mark");
  }
  // The careful reader would take NUL for the end.
  const size_t nul = text.find('\0');
  if (nul != absl::string_view::npos) {
    return Malformed(absl::StrCat("malformed at octet ", nul + 1));
  }
  if (absl::optional<Value> value = ReadFast(text, options.max_depth)) {
    return *std::move(value);
  }
  return ReadCarefully(text, options.max_depth);
}

}  // namespace json
}  // namespace otrp
