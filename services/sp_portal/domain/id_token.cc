#include "services/sp_portal/domain/id_token.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/jose/compact.h"
#include "libs/jose/jwk.h"

namespace otrp {
namespace portal {
namespace {

constexpr size_t kMaxKeys = 64;
constexpr size_t kMaxSubjectBytes = 512;
constexpr absl::Duration kClockSkew = absl::Minutes(1);
// A CI's live for minutes; one that is good for long is a stored secret.
constexpr absl::Duration kMaxLife = absl::Hours(24);
// NumericDate beyond year 9999 is nobody's clock.
constexpr double kMaxSeconds = 253402300799.0;

absl::Status Bad(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

// Of the length and the octets that a URL may have.
bool IsUrlText(absl::string_view text) {
  if (text.empty() || text.size() > kMaxSubjectBytes) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c < 0x7f; });
}

std::string OptionalString(const json::Value& object, absl::string_view name) {
  const json::Value* member = object.Find(name);
  return member != nullptr && member->is_string() ? member->as_string() : "";
}

absl::StatusOr<absl::Time> TimeOf(const json::Value& claims,
                                  absl::string_view name) {
  const json::Value* claim = claims.Find(name);
  if (claim == nullptr || !claim->is_number() || claim->as_number() < 0 ||
      claim->as_number() > kMaxSeconds) {
    return Bad(absl::StrCat("its ", name, " is missing or no time"));
  }
  return absl::FromUnixSeconds(
      static_cast<int64_t>(std::floor(claim->as_number())));
}

absl::Status CheckTimes(const json::Value& claims, absl::Time now) {
  OTRP_ASSIGN_OR_RETURN(const absl::Time exp, TimeOf(claims, "exp"));
  if (exp <= now - kClockSkew) return Bad("it has expired");
  if (exp > now + kMaxLife) return Bad("it is good for more than a day");
  OTRP_ASSIGN_OR_RETURN(const absl::Time iat, TimeOf(claims, "iat"));
  if (iat > now + kClockSkew) return Bad("it was issued in the future");
  if (claims.Has("nbf")) {
    OTRP_ASSIGN_OR_RETURN(const absl::Time nbf, TimeOf(claims, "nbf"));
    if (nbf > now + kClockSkew) return Bad("it isn't valid yet");
  }
  return absl::OkStatus();
}

bool IsAudience(const json::Value* aud, const std::string& wanted) {
  if (aud == nullptr) return false;
  if (aud->is_string()) return aud->as_string() == wanted;
  return aud->is_array() && aud->size() == 1 && aud->items()[0].is_string() &&
         aud->items()[0].as_string() == wanted;
}

}  // namespace

absl::StatusOr<IssuerKeys> IssuerKeys::Parse(absl::string_view jwks) {
  OTRP_ASSIGN_OR_RETURN(const json::Value set,
                        json::Parse(jwks, json::kStrangers));
  if (!set.is_object()) return Bad("must be an object with \"keys\"");
  OTRP_ASSIGN_OR_RETURN(const json::Value* keys, set.GetArray("keys"));
  if (keys->size() > kMaxKeys) return Bad("has more than 64 keys");
  IssuerKeys out;
  for (const json::Value& jwk : keys->items()) {
    if (!jwk.is_object()) continue;
    absl::StatusOr<crypto::PublicKey> key =
        jose::FromJwk(jwk, {jose::JwkPurpose::Use::kVerify, ""});
    if (!key.ok()) continue;
    const std::string alg = OptionalString(jwk, "alg");
    if (!alg.empty() &&
        alg != jose::SigAlgName(jose::SigAlgForKey(key->type()))) {
      continue;
    }
    out.keys_.push_back({OptionalString(jwk, "kid"), *std::move(key)});
  }
  if (out.keys_.empty()) return Bad("has no key for RS256 or ES256");
  return out;
}

std::vector<crypto::PublicKey> IssuerKeys::Candidates(
    absl::string_view kid) const {
  std::vector<crypto::PublicKey> found;
  if (kid.empty() && keys_.size() > 1) return found;
  for (const Key& key : keys_) {
    if (kid.empty() || key.kid == kid) found.push_back(key.key);
  }
  return found;
}

absl::StatusOr<UnverifiedIdToken> UnverifiedIdToken::Parse(
    absl::string_view compact) {
  OTRP_ASSIGN_OR_RETURN(jose::UnverifiedJws jws, jose::ParseCompact(compact));
  absl::StatusOr<json::Value> claims =
      json::Parse(jws.payload(), json::kStrangers);
  if (!claims.ok() || !claims->is_object()) {
    return Bad("its claims are no JSON object");
  }
  std::string issuer = OptionalString(*claims, "iss");
  if (!IsUrlText(issuer)) return Bad("its iss is missing or no URL");
  std::string kid = OptionalString(jws.protected_header(), "kid");
  return UnverifiedIdToken(std::move(jws), *std::move(claims),
                           std::move(issuer), std::move(kid));
}

absl::Status IdToken::CheckSignature(const UnverifiedIdToken& token,
                                     const IssuerKeys& keys) {
  const std::vector<crypto::PublicKey> candidates =
      keys.Candidates(token.kid());
  if (candidates.empty()) return Bad("its key isn't one of the issuer's");
  for (const crypto::PublicKey& key : candidates) {
    if (jose::CheckSignature(token.jws_, key).ok()) return absl::OkStatus();
  }
  return Bad("its signature is wrong");
}

absl::StatusOr<IdToken> IdToken::Check(UnverifiedIdToken token,
                                       const ExpectedToken& expected) {
  const json::Value& claims = token.claims_;
  if (token.issuer() != expected.issuer) return Bad("its iss is another's");
  if (!IsAudience(claims.Find("aud"), expected.audience)) {
    return Bad(absl::StrCat("its aud must be \"", expected.audience,
                            "\" and nothing else"));
  }
  OTRP_RETURN_IF_ERROR(CheckTimes(claims, expected.now));
  if (claims.Has("nonce")) return Bad("it has a nonce: it is of a login");
  IdToken out;
  out.subject_ = OptionalString(claims, "sub");
  if (out.subject_.empty() || out.subject_.size() > kMaxSubjectBytes) {
    return Bad("its sub is missing or too long");
  }
  out.digest_ = token.jws_.signing_digest();
  out.claims_ = std::move(token.claims_);
  return out;
}

absl::StatusOr<IdToken> VerifyIdToken(UnverifiedIdToken token,
                                      const IssuerKeys& keys,
                                      const ExpectedToken& expected) {
  OTRP_RETURN_IF_ERROR(IdToken::CheckSignature(token, keys));
  return IdToken::Check(std::move(token), expected);
}

bool SubjectFits(absl::string_view pattern, absl::string_view subject) {
  if (!absl::EndsWith(pattern, "*")) return pattern == subject;
  return absl::StartsWith(subject, pattern.substr(0, pattern.size() - 1));
}

bool ClaimsFit(const std::map<std::string, std::string>& wanted,
               const json::Value& claims) {
  for (const auto& [name, value] : wanted) {
    const json::Value* claim = claims.Find(name);
    if (claim == nullptr) return false;
    const bool scalar =
        claim->is_string() || claim->is_integer() || claim->is_bool();
    if (!scalar) return false;
    if (value !=
        (claim->is_string() ? claim->as_string() : claim->Serialize())) {
      return false;
    }
  }
  return true;
}

}  // namespace portal
}  // namespace otrp
