// Device state information, and where it stands in a content.

#include "libs/protocol/dsi.h"
#include "tests/fuzz/input.h"

OTRP_FUZZ_TARGET(input) {
  using namespace otrp::protocol;  // NOLINT: its file's only function
  (void)ParseDsi(input);
  const auto octets = DsiOctetsOfContent(input);
  if (!octets.ok()) return;
  // The member's octets as they came, in an object of their own.
  OTRP_FUZZ_CHECK(octets->substr(0, 7) == "{\"dsi\":");
  OTRP_FUZZ_CHECK(octets->back() == '}');
  OTRP_FUZZ_CHECK(input.find(octets->substr(7, octets->size() - 8)) !=
                  absl::string_view::npos);
}
