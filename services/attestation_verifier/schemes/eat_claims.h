// The claims of an EAT (RFC 9711), in CBOR and in JSON.
//
// Claims that aren't known are passed over, as RFC 8392 has it; those that are
// known must have their type. Of the submodules nothing is taken: they say
// something about others.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT that begins with the claim's name.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_SCHEMES_EAT_CLAIMS_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_SCHEMES_EAT_CLAIMS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/cbor/cbor.h"
#include "libs/json/json.h"
#include "services/attestation_verifier/schemes/token.h"

namespace otrp {
namespace verifier {
namespace schemes {

// Numbers of claims in CBOR.
namespace eat {
inline constexpr int64_t kExp = 4;
inline constexpr int64_t kNbf = 5;
inline constexpr int64_t kNonce = 10;
inline constexpr int64_t kUeid = 256;
inline constexpr int64_t kHwModel = 259;
inline constexpr int64_t kHwVersion = 260;
inline constexpr int64_t kDbgStat = 263;
inline constexpr int64_t kProfile = 265;
inline constexpr int64_t kBootSeed = 268;
inline constexpr int64_t kSwName = 270;
inline constexpr int64_t kSwVersion = 271;
}  // namespace eat

absl::StatusOr<TokenClaims> EatClaims(const cbor::Value& claims);
absl::StatusOr<TokenClaims> EatClaims(const json::Value& claims);

// The UEID of section 4.2.1; empty where there is none.
absl::StatusOr<std::string> UeidOf(const cbor::Value& claims);
absl::StatusOr<std::string> UeidOf(const json::Value& claims);

// As appraisals take names and versions: up to 128 octets without control
// characters.
absl::Status CheckName(absl::string_view claim, absl::string_view text);

}  // namespace schemes
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_SCHEMES_EAT_CLAIMS_H_
