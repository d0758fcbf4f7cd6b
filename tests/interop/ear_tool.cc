// A signed result at the command line, for tests against other
// implementations.
//
//   ear_tool KEY   private JWK -> an EAR, compact JWT
//
// Exit code 1 when it refuses, and why on stderr.

#include <iostream>
#include <string>

#include "libs/attest/ear.h"
#include "libs/base/files.h"
#include "libs/base/status_macros.h"
#include "libs/jose/jwk.h"
#include "libs/json/json.h"

namespace otrp {
namespace {

absl::StatusOr<std::string> Run(const std::string& path) {
  OTRP_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
  OTRP_ASSIGN_OR_RETURN(const json::Value jwk,
                        json::Parse(text, json::kStrangers));
  OTRP_ASSIGN_OR_RETURN(const crypto::PrivateKey key,
                        jose::PrivateKeyFromJwk(jwk));
  attest::ear::Result result;
  result.developer = "OTrP Suite";
  result.build = "test";
  result.nonce = "nonce-of-the-asker";
  result.issued_at = absl::FromUnixSeconds(4'000'000'000);
  result.expires_at = absl::FromUnixSeconds(4'000'003'600);
  result.appraised_at = absl::FromUnixSeconds(3'999'999'000);
  result.accepted = true;
  result.vector.Worsen(attest::TrustClaim::kInstanceIdentity, 2);
  result.vector.Worsen(attest::TrustClaim::kExecutables, 33);
  result.scheme = "otrp-dsi";
  result.did = std::string(32, '\x07');
  result.tee_name = "Primary \"TEE\"";
  result.tee_version = "1.2";
  result.tee_anchor = "maker";
  result.policy_version = 9;
  result.reasons = {{"revocation-unchecked", "tee.cert"}};
  return attest::ear::Sign(result, key);
}

}  // namespace
}  // namespace otrp

int main(int argc, char** argv) {
  const absl::StatusOr<std::string> jwt =
      argc == 2 ? otrp::Run(argv[1])
                : absl::InvalidArgumentError("usage: ear_tool KEY");
  if (!jwt.ok()) {
    std::cerr << jwt.status() << "\n";
    return 1;
  }
  std::cout << *jwt;
  return 0;
}
