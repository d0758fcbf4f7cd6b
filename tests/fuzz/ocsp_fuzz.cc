// OCSP, both directions: a request of a stranger, a response that our issuer
// didn't sign.

#include "libs/pki/ocsp.h"
#include "libs/protocol/test_pki.h"
#include "tests/fuzz/input.h"

OTRP_FUZZ_TARGET(input) {
  using namespace otrp;  // NOLINT: its file's only function
  static const auto* const kMarket =
      new protocol::test::Hierarchy(protocol::test::NewHierarchy("fuzz"));
  if (const auto request = pki::ParseOcspRequest(input); request.ok()) {
    (void)request->id.IssuedBy(kMarket->ca);
  }
  const auto response = pki::OcspResponse::Parse(input);
  if (!response.ok()) return;
  OTRP_FUZZ_CHECK(response->der() == input);
  OTRP_FUZZ_CHECK(
      !response->Verify(kMarket->ca, kMarket->root, protocol::test::Now())
           .ok());
}
