// Certificate requests: what is taken was signed by the key in it.

#include "libs/pki/csr.h"
#include "tests/fuzz/input.h"

OTRP_FUZZ_TARGET(input) {
  const auto csr = otrp::pki::Csr::Parse(input);
  if (csr.ok()) OTRP_FUZZ_CHECK(csr->der() == input);
}
