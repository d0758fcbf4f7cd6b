// Revocation lists: none is good that our issuer didn't sign.

#include "libs/pki/crl.h"
#include "libs/protocol/test_pki.h"
#include "tests/fuzz/input.h"

OTRP_FUZZ_TARGET(input) {
  using namespace otrp;  // NOLINT: its file's only function
  static const auto* const kMarket =
      new protocol::test::Hierarchy(protocol::test::NewHierarchy("fuzz"));
  const auto crl = pki::Crl::Parse(input);
  if (!crl.ok()) return;
  OTRP_FUZZ_CHECK(crl->der() == input);
  (void)crl->IsFor(kMarket->ca);
  (void)crl->IsRevoked(kMarket->ca);
  OTRP_FUZZ_CHECK(!crl->Verify(kMarket->ca, protocol::test::Now()).ok());
}
