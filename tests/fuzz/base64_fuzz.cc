// Each text that is taken is the only one for its octets; octets come back.

#include "libs/base/base64.h"
#include "libs/base/hex.h"
#include "tests/fuzz/input.h"

OTRP_FUZZ_TARGET(input) {
  using namespace otrp;  // NOLINT: a target is its file's only function
  if (const auto octets = Base64Decode(input); octets.ok()) {
    OTRP_FUZZ_CHECK(Base64Encode(*octets) == input);
    OTRP_FUZZ_CHECK(Base64DecodeAny(input).ok());
  }
  if (const auto octets = Base64UrlDecode(input); octets.ok()) {
    OTRP_FUZZ_CHECK(Base64UrlEncode(*octets) == input);
    OTRP_FUZZ_CHECK(Base64DecodeAny(input).ok());
  }
  if (const auto octets = HexDecode(input); octets.ok()) {
    OTRP_FUZZ_CHECK(octets->size() * 2 == input.size());
  }
  (void)Base64DecodeAny(input);
  OTRP_FUZZ_CHECK(*Base64Decode(Base64Encode(input)) == input);
  OTRP_FUZZ_CHECK(*Base64UrlDecode(Base64UrlEncode(input)) == input);
  OTRP_FUZZ_CHECK(*HexDecode(HexEncode(input)) == input);
}
