// JSON Web Signature, flattened JSON form, RS256 and ES256.
//
// Two types: an UnverifiedJws is what somebody sent; a VerifiedJws can only be
// had from Verify(), with a key that the caller got elsewhere. A key named by
// the message itself ("x5c", "jwk", "kid", ..) is never used by this library:
// x5c is handed out for the caller to validate.
//
// Strict (docs/wire.md section 1): base64url without padding, with one encoding
// only, "alg" in the protected header, no header member twice across the two
// headers, no "crit" (there is no extension we know), no "b64".
//
// The payload may be a TA image of 16 MiB. Parsing decodes it once and hashes
// the signing input on the way, so that the encoded form isn't kept; building
// writes the encoded payload once, straight into the output.
//
// Thread-safety: values.
// Errors: INVALID_ARGUMENT, naming the member; Verify() says "the signature is
// wrong" without more.
// Source: RFC 7515, RFC 7518 3, RFC 8725 3.1.

#ifndef OTRP_LIBS_JOSE_JWS_H_
#define OTRP_LIBS_JOSE_JWS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/crypto/keys.h"
#include "libs/json/json.h"

namespace otrp {
namespace jose {

enum class SigAlg { kRS256, kES256 };

// "RS256", "ES256".
absl::string_view SigAlgName(SigAlg alg);
absl::StatusOr<SigAlg> SigAlgFromName(absl::string_view name);
// The one algorithm that a key signs with.
SigAlg SigAlgForKey(crypto::KeyType type);

// What the caller takes; the key's type narrows it down to one.
struct AlgPolicy {
  bool rs256 = true;
  bool es256 = true;
};

class UnverifiedJws {
 public:
  // `jws` is the object with "payload", "protected", "signature" and perhaps
  // "header". Other members are ignored (RFC 7515 7.2.1), but not
  // "signatures", which would make it the general form.
  static absl::StatusOr<UnverifiedJws> Parse(const json::Value& jws);
  // The same for the JSON text.
  static absl::StatusOr<UnverifiedJws> ParseText(absl::string_view text);

  SigAlg alg() const { return alg_; }
  // DER certificates of "x5c", from whichever header has it; leaf first,
  // perhaps empty. Not validated in any way.
  const std::vector<std::string>& x5c() const { return x5c_; }
  // Decoded. Not signed by anybody as far as is known.
  const std::string& payload() const { return payload_; }
  // Objects, empty ones where the message has none.
  const json::Value& protected_header() const { return protected_; }
  const json::Value& header() const { return header_; }
  // SHA-256 of the signing input (protected '.' payload, both encoded).
  const std::string& signing_digest() const { return digest_; }
  const std::string& signature() const { return signature_; }

 private:
  friend class VerifiedJws;
  UnverifiedJws() = default;

  SigAlg alg_ = SigAlg::kRS256;
  std::vector<std::string> x5c_;
  std::string payload_;
  json::Value protected_;
  json::Value header_;
  std::string digest_;
  std::string signature_;
};

class VerifiedJws {
 public:
  const std::string& payload() const { return jws_.payload_; }
  std::string TakePayload() && { return std::move(jws_.payload_); }
  SigAlg alg() const { return jws_.alg_; }
  // Covered by the signature.
  const json::Value& protected_header() const { return jws_.protected_; }
  // Not covered by the signature.
  const json::Value& unprotected_header() const { return jws_.header_; }
  // Perhaps not covered by the signature; validated by itself or not at all.
  const std::vector<std::string>& x5c() const { return jws_.x5c_; }

 private:
  friend absl::StatusOr<VerifiedJws> Verify(UnverifiedJws jws,
                                            const crypto::PublicKey& key,
                                            const AlgPolicy& policy);
  explicit VerifiedJws(UnverifiedJws jws) : jws_(std::move(jws)) {}

  UnverifiedJws jws_;
};

// The message's alg must be the key's and be allowed by the policy.
absl::StatusOr<VerifiedJws> Verify(UnverifiedJws jws,
                                   const crypto::PublicKey& key,
                                   const AlgPolicy& policy = {});

// Only checks: for a caller that keeps the message as unverified in case of a
// failure.
absl::Status CheckSignature(const UnverifiedJws& jws,
                            const crypto::PublicKey& key,
                            const AlgPolicy& policy = {});

struct SignOptions {
  // DER certificates, leaf first. Goes into the unprotected header, where the
  // drafts have it; none, no "header".
  std::vector<std::string> x5c;
  // Or into the protected one.
  bool x5c_protected = false;
  // An object whose members follow "alg" in the protected header.
  json::Value protected_members = json::Value::Object();
};

// The JSON text {"payload":..,"protected":..,"header":..,"signature":..}. The
// key decides the alg.
absl::StatusOr<std::string> SignFlattened(absl::string_view payload,
                                          const crypto::PrivateKey& key,
                                          const SignOptions& options = {});

// The same at the end of `out`, which holds perhaps {"NameRequest": already.
// `out` is unchanged in case of an error.
absl::Status AppendSignFlattened(absl::string_view payload,
                                 const crypto::PrivateKey& key,
                                 const SignOptions& options, std::string* out);

// The same as a value, to be put into another one.
absl::StatusOr<json::Value> SignFlattenedValue(absl::string_view payload,
                                               const crypto::PrivateKey& key,
                                               const SignOptions& options = {});

}  // namespace jose
}  // namespace otrp

#endif  // OTRP_LIBS_JOSE_JWS_H_
