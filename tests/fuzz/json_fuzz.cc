// What is parsed can be written, and reads back as the same. nlohmann/json,
// which shares no line with our reader, says what is JSON: it takes what we
// take, with the same values, and what it takes we refuse for a rule of ours
// only.

#include <string>

#include "absl/strings/match.h"
#include "libs/json/json.h"
#include "nlohmann/json.hpp"
#include "tests/fuzz/input.h"

namespace {

// It skips a byte order mark and takes NUL for the end.
bool OtherMayRead(absl::string_view text) {
  return !absl::StrContains(text, '\0') &&
         !absl::StartsWith(text, "\xef\xbb\xbf");
}

nlohmann::json ReadByOther(absl::string_view text) {
  return nlohmann::json::parse(text.begin(), text.end(), nullptr,
                               /*allow_exceptions=*/false);
}

}  // namespace

OTRP_FUZZ_TARGET(input) {
  const auto value = otrp::json::Parse(input, otrp::json::kStrangers);
  const std::string once = value.ok() ? value->Serialize() : "";
  if (OtherMayRead(input)) {
    const nlohmann::json other = ReadByOther(input);
    const bool malformed =
        absl::StrContains(value.status().message(), "JSON: malformed");
    OTRP_FUZZ_CHECK(!other.is_discarded() || !value.ok());
    OTRP_FUZZ_CHECK(other.is_discarded() || !malformed);
    if (value.ok()) OTRP_FUZZ_CHECK(ReadByOther(once) == other);
  }
  if (!value.ok()) return;
  const auto again = otrp::json::Parse(once, otrp::json::kStrangers);
  OTRP_FUZZ_CHECK(again.ok());
  OTRP_FUZZ_CHECK(again->Serialize() == once);
}
