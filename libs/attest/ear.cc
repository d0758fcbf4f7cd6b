#include "libs/attest/ear.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/base64.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/jose/jwk.h"
#include "libs/jose/jws.h"

namespace otrp {
namespace attest {
namespace ear {
namespace {

using json::Value;

Value VectorValue(const TrustVector& vector) {
  Value out = Value::Object();
  for (size_t i = 0; i < kTrustClaims; ++i) {
    const TrustClaim claim = static_cast<TrustClaim>(i);
    const int value = vector.Get(claim);
    if (value == trust_value::kNone) continue;
    out.Set(TrustClaimName(claim), Value::Integer(value));
  }
  return out;
}

Value OtrpClaims(const Result& result) {
  Value reasons = Value::Array();
  for (const Reason& reason : result.reasons) {
    Value entry = Value::Object();
    entry.Set("code", Value::String(reason.code));
    if (!reason.claim.empty()) entry.Set("claim", Value::String(reason.claim));
    reasons.Append(std::move(entry));
  }
  Value out = Value::Object();
  out.Set("appraised_at",
          Value::Integer(absl::ToUnixSeconds(result.appraised_at)));
  out.Set("scheme", Value::String(result.scheme));
  out.Set("did", Value::String(HexEncode(result.did)));
  out.Set("tee_name", Value::String(result.tee_name));
  out.Set("tee_version", Value::String(result.tee_version));
  out.Set("tee_anchor", Value::String(result.tee_anchor));
  out.Set("reasons", std::move(reasons));
  return out;
}

Value Submodule(const Result& result) {
  Value out = Value::Object();
  out.Set(
      "ear_status",
      Value::String(TrustTierName(StatusOf(result.accepted, result.vector))));
  Value vector = VectorValue(result.vector);
  if (!vector.members().empty()) {
    out.Set("ear_trustworthiness_vector", std::move(vector));
  }
  Value policies = Value::Array();
  policies.Append(
      Value::String(absl::StrCat("urn:otrp:policy:", result.policy_version)));
  out.Set("ear_appraisal_policy_ids", std::move(policies));
  out.Set("ear_otrp_claims", OtrpClaims(result));
  return out;
}

absl::Status NotOurs(absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("it is no result of this verifier: ", why));
}

// The status of the one submodule, and the id in it.
absl::StatusOr<OwnResult> ReadClaims(const Value& claims) {
  OTRP_ASSIGN_OR_RETURN(const Value* submods, claims.GetObject("submods"));
  OTRP_ASSIGN_OR_RETURN(const Value* tee, submods->GetObject(kSubmodule));
  OTRP_ASSIGN_OR_RETURN(const Value* ours, tee->GetObject("ear_otrp_claims"));
  OTRP_ASSIGN_OR_RETURN(const int64_t exp, claims.GetInteger("exp"));
  OTRP_ASSIGN_OR_RETURN(const absl::string_view did, ours->GetString("did"));
  OTRP_ASSIGN_OR_RETURN(const absl::string_view status,
                        tee->GetString("ear_status"));
  OwnResult result;
  OTRP_ASSIGN_OR_RETURN(result.did, HexDecode(did));
  result.expires_at = absl::FromUnixSeconds(exp);
  for (TrustTier tier : {TrustTier::kNone, TrustTier::kAffirming,
                         TrustTier::kWarning, TrustTier::kContraindicated}) {
    if (TrustTierName(tier) != status) continue;
    result.status = tier;
    return result;
  }
  return NotOurs("its status is none of EAR's");
}

}  // namespace

absl::StatusOr<OwnResult> Open(absl::string_view token, const KeyOfId& key_of) {
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  if (parts.size() != 3) return NotOurs("it hasn't three parts");
  Value flattened = Value::Object();
  flattened.Set("protected", Value::String(parts[0]));
  flattened.Set("payload", Value::String(parts[1]));
  flattened.Set("signature", Value::String(parts[2]));
  OTRP_ASSIGN_OR_RETURN(jose::UnverifiedJws unverified,
                        jose::UnverifiedJws::Parse(flattened));
  OTRP_ASSIGN_OR_RETURN(const absl::string_view kid,
                        unverified.protected_header().GetString("kid"));
  const absl::optional<crypto::PublicKey> key = key_of(kid);
  if (!key.has_value()) return NotOurs("its key isn't one of ours");
  OTRP_ASSIGN_OR_RETURN(const jose::VerifiedJws jws,
                        jose::Verify(std::move(unverified), *key));
  OTRP_ASSIGN_OR_RETURN(const Value claims,
                        json::Parse(jws.payload(), json::kOurs));
  return ReadClaims(claims);
}

bool IsWorse(TrustTier a, TrustTier b) {
  const auto rank = [](TrustTier tier) {
    return tier == TrustTier::kAffirming ? -1 : static_cast<int>(tier);
  };
  return rank(a) > rank(b);
}

TrustTier StatusOf(bool accepted, const TrustVector& vector) {
  return accepted ? vector.tier() : TrustTier::kContraindicated;
}

Value Claims(const Result& result) {
  Value verifier = Value::Object();
  verifier.Set("developer", Value::String(result.developer));
  verifier.Set("build", Value::String(result.build));
  Value submods = Value::Object();
  submods.Set(kSubmodule, Submodule(result));
  Value out = Value::Object();
  out.Set("eat_profile", Value::String(kProfile));
  out.Set("iat", Value::Integer(absl::ToUnixSeconds(result.issued_at)));
  out.Set("exp", Value::Integer(absl::ToUnixSeconds(result.expires_at)));
  if (!result.nonce.empty()) {
    out.Set("eat_nonce", Value::String(result.nonce));
  }
  out.Set("ear_verifier_id", std::move(verifier));
  out.Set("submods", std::move(submods));
  return out;
}

absl::StatusOr<std::string> Sign(const Result& result,
                                 const crypto::PrivateKey& key) {
  jose::SignOptions options;
  options.protected_members.Set("typ", Value::String("JWT"));
  options.protected_members.Set("kid", Value::String(KeyId(key.public_key())));
  OTRP_ASSIGN_OR_RETURN(
      const Value jws,
      jose::SignFlattenedValue(Claims(result).Serialize(), key, options));
  return absl::StrCat(jws.Find("protected")->as_string(), ".",
                      jws.Find("payload")->as_string(), ".",
                      jws.Find("signature")->as_string());
}

std::string KeyId(const crypto::PublicKey& key) {
  // RFC 7638: the required members alone, in the order of their names.
  const Value jwk = jose::ToJwk(key);
  Value ordered = Value::Object();
  for (const char* name : {"crv", "kty", "x", "y"}) {
    if (const Value* member = jwk.Find(name)) {
      ordered.Set(name, Value::String(member->as_string()));
    }
  }
  return Base64UrlEncode(crypto::Sha256(ordered.Serialize()));
}

}  // namespace ear
}  // namespace attest
}  // namespace otrp
