// What is read stays within its limits, and is read the same again.

#include "libs/cbor/cbor.h"
#include "tests/fuzz/input.h"

namespace {

// Items, the deepest one's depth.
void Count(const otrp::cbor::Value& value, size_t depth, size_t* items,
           size_t* deepest) {
  ++*items;
  if (depth > *deepest) *deepest = depth;
  for (const auto& item : value.items()) {
    Count(item, depth + 1, items, deepest);
  }
  for (const auto& [key, member] : value.members()) {
    Count(key, depth + 1, items, deepest);
    Count(member, depth + 1, items, deepest);
  }
}

}  // namespace

OTRP_FUZZ_TARGET(input) {
  const auto value = otrp::cbor::Parse(input);
  if (!value.ok()) return;
  const otrp::cbor::Limits limits;
  size_t items = 0;
  size_t deepest = 0;
  Count(*value, 0, &items, &deepest);
  OTRP_FUZZ_CHECK(items <= limits.values);
  OTRP_FUZZ_CHECK(deepest <= limits.depth);
  OTRP_FUZZ_CHECK(items <= input.size());
}
