// An appraisal as an EAT Attestation Result, for anybody who trusts the
// verifier's key: a JWT that says how far an attester can be trusted.
//
//   ear::Result result = ..;
//   std::string jwt = ear::Sign(result, key).value();
//
// Members of ours stand in `ear_otrp_claims` of the submodule (EAR section 4:
// extensions).
//
// Thread-safety: functions without state.
// Errors: those of signing; INVALID_ARGUMENT for what isn't a result.
// Source: draft-ietf-rats-ear-03, RFC 7519, RFC 7638.

#ifndef OTRP_LIBS_ATTEST_EAR_H_
#define OTRP_LIBS_ATTEST_EAR_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/attest/trust_vector.h"
#include "libs/crypto/keys.h"
#include "libs/json/json.h"

namespace otrp {
namespace attest {
namespace ear {

inline constexpr char kProfile[] = "tag:ietf.org,2026:rats/ear#03";
// The one submodule.
inline constexpr char kSubmodule[] = "otrp-tee";

struct Reason {
  std::string code;
  // What of the evidence it is about.
  std::string claim;
};

struct Result {
  // Of the verifier: who made it, and its build.
  std::string developer;
  std::string build;
  // From the relying party, so that an old result isn't taken for a new one;
  // empty: none was given.
  std::string nonce;
  absl::Time issued_at;
  absl::Time expires_at;

  bool accepted = false;
  TrustVector vector;
  absl::Time appraised_at;
  // "otrp-dsi" ..
  std::string scheme;
  // 32 octets.
  std::string did;
  std::string tee_name;
  std::string tee_version;
  std::string tee_anchor;
  int64_t policy_version = 0;
  std::vector<Reason> reasons;
};

// Refused is contraindicated, whatever the vector says; else the vector's tier.
TrustTier StatusOf(bool accepted, const TrustVector& vector);

// As EAR names them.
json::Value Claims(const Result& result);

// What a result says that its verifier has to know to say whether it still
// holds.
struct OwnResult {
  // 32 octets.
  std::string did;
  TrustTier status = TrustTier::kNone;
  absl::Time expires_at;
};

// The key with that "kid"; unset: there is none.
using KeyOfId =
    std::function<absl::optional<crypto::PublicKey>(absl::string_view kid)>;

// Of a compact JWT that Sign() made with one of those keys, whenever that was.
// INVALID_ARGUMENT for everything else.
absl::StatusOr<OwnResult> Open(absl::string_view token, const KeyOfId& key_of);

// How good: affirming before none, that before warning and contraindicated.
bool IsWorse(TrustTier a, TrustTier b);

// Compact JWT; the key is P-256's.
absl::StatusOr<std::string> Sign(const Result& result,
                                 const crypto::PrivateKey& key);

// BASE64URL of the JWK's SHA-256 thumbprint, which is the key's "kid".
std::string KeyId(const crypto::PublicKey& key);

}  // namespace ear
}  // namespace attest
}  // namespace otrp

#endif  // OTRP_LIBS_ATTEST_EAR_H_
