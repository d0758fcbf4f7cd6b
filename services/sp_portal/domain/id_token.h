// An OpenID Connect ID token of a CI, as trusted publishing takes it.
//
// Two types: an UnverifiedIdToken is what somebody sent, of which only the
// issuer's name is looked at, to find its keys; an IdToken can only be had from
// VerifyIdToken(). The key decides the algorithm, never the token.
//
// Thread-safety: values.
// Errors: INVALID_ARGUMENT, which says what is wrong with the token.
// Source: OpenID Connect Core 1.0 section 2 and 3.1.3.7, RFC 7519, RFC 8725.

#ifndef OTRP_SERVICES_SP_PORTAL_DOMAIN_ID_TOKEN_H_
#define OTRP_SERVICES_SP_PORTAL_DOMAIN_ID_TOKEN_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/crypto/keys.h"
#include "libs/jose/jws.h"
#include "libs/json/json.h"

namespace otrp {
namespace portal {

// The keys of a JSON Web Key Set that verify RS256 or ES256; others in it are
// passed over. Never empty.
class IssuerKeys {
 public:
  // INVALID_ARGUMENT for no set, more than 64 keys, or none to verify with.
  static absl::StatusOr<IssuerKeys> Parse(absl::string_view jwks);

  // Those that may have signed a token with this kid: the ones so called; a
  // single key where the token names none.
  std::vector<crypto::PublicKey> Candidates(absl::string_view kid) const;
  size_t size() const { return keys_.size(); }

 private:
  struct Key {
    std::string kid;
    crypto::PublicKey key;
  };
  std::vector<Key> keys_;
};

class UnverifiedIdToken {
 public:
  // The compact form.
  static absl::StatusOr<UnverifiedIdToken> Parse(absl::string_view compact);

  // Who it says it is of.
  const std::string& issuer() const { return issuer_; }
  // The name of its key; empty where it has none.
  const std::string& kid() const { return kid_; }

 private:
  friend class IdToken;
  UnverifiedIdToken(jose::UnverifiedJws jws, json::Value claims,
                    std::string issuer, std::string kid)
      : jws_(std::move(jws)),
        claims_(std::move(claims)),
        issuer_(std::move(issuer)),
        kid_(std::move(kid)) {}

  jose::UnverifiedJws jws_;
  json::Value claims_;
  std::string issuer_;
  std::string kid_;
};

// What a token must be to be taken.
struct ExpectedToken {
  std::string issuer;
  std::string audience;
  absl::Time now;
};

class IdToken {
 public:
  const std::string& subject() const { return subject_; }
  const json::Value& claims() const { return claims_; }
  // SHA-256 over what was signed: the same token whichever way it is written.
  const std::string& digest() const { return digest_; }

 private:
  IdToken() = default;
  friend absl::StatusOr<IdToken> VerifyIdToken(UnverifiedIdToken token,
                                               const IssuerKeys& keys,
                                               const ExpectedToken& expected);
  static absl::StatusOr<IdToken> Check(UnverifiedIdToken token,
                                       const ExpectedToken& expected);
  static absl::Status CheckSignature(const UnverifiedIdToken& token,
                                     const IssuerKeys& keys);

  std::string subject_;
  json::Value claims_;
  std::string digest_;
};

// Signature, iss, aud (this one and no other), exp, nbf, iat with a minute for
// clocks that differ; at most a day between now and exp; no nonce, which would
// make it one of a person's login.
absl::StatusOr<IdToken> VerifyIdToken(UnverifiedIdToken token,
                                      const IssuerKeys& keys,
                                      const ExpectedToken& expected);

// Whether a subject fits `pattern`, a "*" at the end of which stands for
// anything.
bool SubjectFits(absl::string_view pattern, absl::string_view subject);
// Whether each of `wanted` is a claim with that value.
bool ClaimsFit(const std::map<std::string, std::string>& wanted,
               const json::Value& claims);

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_DOMAIN_ID_TOKEN_H_
