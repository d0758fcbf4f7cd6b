// Nothing decrypts that wasn't encrypted to the key, whatever the form.

#include "libs/jose/jwe.h"
#include "libs/protocol/test_tee.h"
#include "tests/fuzz/input.h"

OTRP_FUZZ_TARGET(input) {
  using otrp::protocol::test::EcKey;
  using otrp::protocol::test::RsaKey;
  const auto jwe = otrp::jose::UnverifiedJwe::ParseText(input);
  if (!jwe.ok()) return;
  OTRP_FUZZ_CHECK(!otrp::jose::Decrypt(*jwe, RsaKey()).ok());
  OTRP_FUZZ_CHECK(!otrp::jose::Decrypt(*jwe, EcKey()).ok());
}
