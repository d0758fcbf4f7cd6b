#include "libs/jose/compact.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace otrp {
namespace jose {
namespace {

// So that nothing of it ends a JSON string.
bool IsBase64Url(absl::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_';
         });
}

}  // namespace

absl::StatusOr<UnverifiedJws> ParseCompact(absl::string_view compact) {
  const std::vector<absl::string_view> parts = absl::StrSplit(compact, '.');
  if (parts.size() != 3 || !IsBase64Url(parts[0]) || !IsBase64Url(parts[1]) ||
      !IsBase64Url(parts[2])) {
    return absl::InvalidArgumentError("it is no JWS in compact form");
  }
  return UnverifiedJws::ParseText(absl::StrCat(
      R"json({"protected":")json", parts[0], R"json(","payload":")json",
      parts[1], R"json(","signature":")json", parts[2], R"json("})json"));
}

}  // namespace jose
}  // namespace otrp
