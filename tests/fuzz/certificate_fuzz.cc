// Certificates, DER and PEM; nothing chains to a root that didn't sign it.

#include "libs/pki/certificate.h"
#include "libs/pki/verify.h"
#include "libs/protocol/test_pki.h"
#include "tests/fuzz/input.h"

OTRP_FUZZ_TARGET(input) {
  using namespace otrp;  // NOLINT: its file's only function
  static const auto* const kMarket =
      new protocol::test::Hierarchy(protocol::test::NewHierarchy("fuzz"));
  (void)pki::ParsePemBundle(input);
  const auto certificate = pki::Certificate::FromDer(input);
  if (!certificate.ok()) return;
  OTRP_FUZZ_CHECK(certificate->der() == input);
  for (pki::Role role :
       {pki::Role::kTee, pki::Role::kTfw, pki::Role::kTsm, pki::Role::kSp}) {
    OTRP_FUZZ_CHECK(!pki::VerifyChain(*certificate, {kMarket->ca, *certificate},
                                      pki::TrustAnchors({kMarket->root}),
                                      {protocol::test::Now(), role})
                         .ok());
  }
}
