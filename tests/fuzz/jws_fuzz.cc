// Nothing verifies that the key didn't sign.

#include "libs/jose/jws.h"
#include "libs/protocol/test_tee.h"
#include "tests/fuzz/input.h"

OTRP_FUZZ_TARGET(input) {
  using otrp::protocol::test::EcKey;
  using otrp::protocol::test::RsaKey;
  const auto jws = otrp::jose::UnverifiedJws::ParseText(input);
  if (!jws.ok()) return;
  OTRP_FUZZ_CHECK(
      !otrp::jose::CheckSignature(*jws, RsaKey().public_key()).ok());
  OTRP_FUZZ_CHECK(!otrp::jose::CheckSignature(*jws, EcKey().public_key()).ok());
}
