// Tokens of all schemes: nothing verifies that the key didn't sign, and what
// reads their claims takes any.

#include "libs/protocol/test_tee.h"
#include "services/attestation_verifier/schemes/eat_claims.h"
#include "services/attestation_verifier/schemes/eat_cwt/eat_cwt.h"
#include "services/attestation_verifier/schemes/eat_jwt/eat_jwt.h"
#include "services/attestation_verifier/schemes/psa/psa.h"
#include "tests/fuzz/input.h"

namespace schemes = otrp::verifier::schemes;

template <typename Scheme>
void Check(absl::string_view input) {
  auto token = Scheme::Parse(input);
  if (!token.ok()) return;
  OTRP_FUZZ_CHECK(!Scheme::Verify(*std::move(token),
                                  otrp::protocol::test::EcKey().public_key())
                       .ok());
}

OTRP_FUZZ_TARGET(input) {
  Check<schemes::EatCwt>(input);
  Check<schemes::EatJwt>(input);
  Check<schemes::Psa>(input);
  const auto cwt = schemes::EatCwt::Parse(input);
  if (!cwt.ok()) return;
  const auto claims = schemes::Psa::ReadClaims(cwt->claims);
  // One answer to one challenge, and names that records and lists can have.
  OTRP_FUZZ_CHECK(!claims.ok() || claims->nonces.size() == 1);
  OTRP_FUZZ_CHECK(!claims.ok() || claims->tee_name.size() == 68);
  const auto eat = schemes::EatClaims(cwt->claims);
  OTRP_FUZZ_CHECK(!eat.ok() || eat->tee_name.size() <= 128);
}
