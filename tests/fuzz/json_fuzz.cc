// What is parsed can be written, and reads back as the same; the fast reader
// takes nothing that the careful one refuses, and reads it as the same value.

#include "absl/strings/match.h"
#include "libs/base/limits.h"
#include "libs/json/json.h"
#include "libs/json/read.h"
#include "tests/fuzz/input.h"

OTRP_FUZZ_TARGET(input) {
  const auto value = otrp::json::Parse(input);
  const bool both_may_read =
      !absl::StrContains(input, absl::string_view("\0", 1)) &&
      !absl::StartsWith(input, "\xef\xbb\xbf");
  if (both_may_read) {
    const auto careful = otrp::json::ReadCarefully(input, otrp::kMaxJsonDepth);
    OTRP_FUZZ_CHECK(careful.ok() == value.ok());
    if (careful.ok()) OTRP_FUZZ_CHECK(*careful == *value);
  }
  if (!value.ok()) return;
  const std::string once = value->Serialize();
  const auto again = otrp::json::Parse(once);
  OTRP_FUZZ_CHECK(again.ok());
  OTRP_FUZZ_CHECK(again->Serialize() == once);
}
