// What is parsed can be written, and reads back as the same.

#include "libs/json/json.h"
#include "tests/fuzz/input.h"

OTRP_FUZZ_TARGET(input) {
  const auto value = otrp::json::Parse(input);
  if (!value.ok()) return;
  const std::string once = value->Serialize();
  const auto again = otrp::json::Parse(once);
  OTRP_FUZZ_CHECK(again.ok());
  OTRP_FUZZ_CHECK(again->Serialize() == once);
}
