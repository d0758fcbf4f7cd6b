// A key that is taken is written as the same key.

#include "libs/jose/jwk.h"
#include "libs/json/json.h"
#include "tests/fuzz/input.h"

OTRP_FUZZ_TARGET(input) {
  using namespace otrp;  // NOLINT: a target is its file's only function
  const auto value = json::Parse(input, json::kStrangers);
  if (!value.ok()) return;
  if (const auto key = jose::FromJwk(*value); key.ok()) {
    const auto again = jose::FromJwk(jose::ToJwk(*key));
    OTRP_FUZZ_CHECK(again.ok());
    OTRP_FUZZ_CHECK(*again == *key);
  }
  if (const auto key = jose::PrivateKeyFromJwk(*value); key.ok()) {
    OTRP_FUZZ_CHECK(jose::FromJwk(jose::ToJwk(key->public_key())).ok());
  }
}
