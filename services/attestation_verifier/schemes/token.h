// What the kinds of tokens have in common: who may have signed one, and the
// claims that decide.
//
// A scheme of tokens is a folder with a struct of three pure functions and
// nothing else:
//
//   struct Psa {
//     static constexpr char kName[];
//     // Its form; nothing is verified. Limits come first.
//     static absl::StatusOr<Unverified> Parse(absl::string_view octets);
//     // The signature, with a key that the caller trusts.
//     static absl::StatusOr<Verified> Verify(Unverified token,
//                                            const crypto::PublicKey& key);
//     // What it says, in the terms of all schemes.
//     static absl::StatusOr<TokenClaims> Claims(const Verified& token);
//   };
//
// An Unverified has a `signer` of the type below.
//
// Thread-safety: values.
// Source: RFC 9711, RFC 9783, RFC 9360.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_SCHEMES_TOKEN_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_SCHEMES_TOKEN_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace otrp {
namespace verifier {
namespace schemes {

// Whom a token names as its signer; it may say anything.
struct TokenSigner {
  // Of the key, as it is registered. Empty: it names none.
  std::string key_id;
  // What `key_id` was, e.g. "psa-instance-id".
  std::string claim;
  // DER, leaf first; perhaps empty.
  std::vector<std::string> chain;
};

// The claim set of all schemes, beside who signed.
struct TokenClaims {
  // Any of them may be the answer to a challenge.
  std::vector<std::string> nonces;
  // What rules and reference values are about; without control characters, up
  // to 128 octets.
  std::string tee_name;
  std::string tee_version;
  // Unset: it has no such end or beginning.
  absl::optional<absl::Time> expires_at;
  absl::optional<absl::Time> not_before;
  // What makes the device one that can't be relied on, e.g. a state of its
  // life; and the claim that says so. Empty: nothing.
  std::string unsecured;
  std::string unsecured_claim;
};

}  // namespace schemes
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_SCHEMES_TOKEN_H_
