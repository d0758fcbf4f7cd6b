#include "libs/jose/jwk.h"

#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "libs/base/base64.h"
#include "libs/base/secret.h"
#include "libs/base/status_macros.h"
#include "libs/jose/members.h"

namespace otrp {
namespace jose {
namespace {

using internal::DecodeMember;
using internal::MemberError;

using Use = JwkPurpose::Use;

// All private and symmetric members of RFC 7518 6.
constexpr absl::string_view kPrivateMembers[] = {"d",  "p",  "q",   "dp",
                                                 "dq", "qi", "oth", "k"};

bool IsSignature(Use use) { return use == Use::kVerify || use == Use::kSign; }

// RFC 7517 4.3: what "key_ops" calls the use. A key for key agreement or key
// wrap has no operation called encrypt.
bool OperationFits(Use use, absl::string_view operation) {
  switch (use) {
    case Use::kAny: return true;
    case Use::kVerify: return operation == "verify";
    case Use::kSign: return operation == "sign";
    case Use::kEncrypt:
      return operation == "encrypt" || operation == "wrapKey" ||
             operation == "deriveKey" || operation == "deriveBits";
    case Use::kDecrypt:
      return operation == "decrypt" || operation == "unwrapKey" ||
             operation == "deriveKey" || operation == "deriveBits";
  }
  return false;
}

absl::Status CheckPurpose(const json::Value& jwk, const JwkPurpose& purpose) {
  if (jwk.Find("use") != nullptr) {
    OTRP_ASSIGN_OR_RETURN(const absl::string_view use, jwk.GetString("use"));
    if (purpose.use != Use::kAny &&
        use != (IsSignature(purpose.use) ? "sig" : "enc")) {
      return MemberError("use", "marks the key for another use");
    }
  }
  const json::Value* operations = jwk.Find("key_ops");
  if (operations != nullptr) {
    if (!operations->is_array()) {
      return MemberError("key_ops", "must be an array of strings");
    }
    bool fits = purpose.use == Use::kAny;
    std::set<absl::string_view> seen;
    for (const json::Value& item : operations->items()) {
      if (!item.is_string()) {
        return MemberError("key_ops", "must be an array of strings");
      }
      if (!seen.insert(item.as_string()).second) {
        return MemberError("key_ops", "names an operation twice");
      }
      fits = fits || OperationFits(purpose.use, item.as_string());
    }
    if (!fits) return MemberError("key_ops", "marks the key for another use");
  }
  if (jwk.Find("alg") != nullptr) {
    OTRP_ASSIGN_OR_RETURN(const absl::string_view alg, jwk.GetString("alg"));
    if (!purpose.alg.empty() && alg != purpose.alg) {
      return MemberError("alg", "marks the key for another algorithm");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<SecretBytes> DecodeSecret(const json::Value& jwk,
                                         absl::string_view name) {
  OTRP_ASSIGN_OR_RETURN(std::string bytes, DecodeMember(jwk, name));
  return SecretBytes::Take(std::move(bytes));
}

absl::StatusOr<crypto::KeyType> TypeOf(const json::Value& jwk) {
  OTRP_RETURN_IF_ERROR(internal::RequireObject(jwk, "a JWK"));
  OTRP_ASSIGN_OR_RETURN(const absl::string_view kty, jwk.GetString("kty"));
  if (kty == "RSA") return crypto::KeyType::kRsa;
  if (kty != "EC") return MemberError("kty", "must be \"RSA\" or \"EC\"");
  OTRP_ASSIGN_OR_RETURN(const absl::string_view crv, jwk.GetString("crv"));
  if (crv != "P-256") return MemberError("crv", "must be \"P-256\"");
  return crypto::KeyType::kEcP256;
}

absl::StatusOr<crypto::RsaPublicNumbers> RsaNumbers(const json::Value& jwk) {
  crypto::RsaPublicNumbers numbers;
  OTRP_ASSIGN_OR_RETURN(numbers.modulus, DecodeMember(jwk, "n"));
  OTRP_ASSIGN_OR_RETURN(numbers.exponent, DecodeMember(jwk, "e"));
  return numbers;
}

absl::StatusOr<crypto::EcCoordinates> Coordinates(const json::Value& jwk) {
  crypto::EcCoordinates point;
  OTRP_ASSIGN_OR_RETURN(point.x, DecodeMember(jwk, "x"));
  OTRP_ASSIGN_OR_RETURN(point.y, DecodeMember(jwk, "y"));
  return point;
}

}  // namespace

json::Value ToJwk(const crypto::PublicKey& key) {
  json::Value jwk = json::Value::Object();
  if (key.type() == crypto::KeyType::kRsa) {
    const crypto::RsaPublicNumbers numbers = key.rsa_numbers();
    jwk.Set("kty", json::Value::String("RSA"));
    jwk.Set("n", json::Value::String(Base64UrlEncode(numbers.modulus)));
    jwk.Set("e", json::Value::String(Base64UrlEncode(numbers.exponent)));
    return jwk;
  }
  const crypto::EcCoordinates point = key.ec_coordinates();
  jwk.Set("kty", json::Value::String("EC"));
  jwk.Set("crv", json::Value::String("P-256"));
  jwk.Set("x", json::Value::String(Base64UrlEncode(point.x)));
  jwk.Set("y", json::Value::String(Base64UrlEncode(point.y)));
  return jwk;
}

absl::StatusOr<crypto::PublicKey> FromJwk(const json::Value& jwk,
                                          const JwkPurpose& purpose) {
  OTRP_ASSIGN_OR_RETURN(const crypto::KeyType type, TypeOf(jwk));
  for (absl::string_view name : kPrivateMembers) {
    if (jwk.Find(name) != nullptr) {
      return MemberError(name, "is private: a public key must not carry it");
    }
  }
  OTRP_RETURN_IF_ERROR(CheckPurpose(jwk, purpose));
  if (type == crypto::KeyType::kRsa) {
    OTRP_ASSIGN_OR_RETURN(const crypto::RsaPublicNumbers numbers,
                          RsaNumbers(jwk));
    return crypto::PublicKey::FromRsaNumbers(numbers);
  }
  OTRP_ASSIGN_OR_RETURN(const crypto::EcCoordinates point, Coordinates(jwk));
  return crypto::PublicKey::FromEcCoordinates(point);
}

absl::StatusOr<crypto::PrivateKey> PrivateKeyFromJwk(
    const json::Value& jwk, const JwkPurpose& purpose) {
  OTRP_ASSIGN_OR_RETURN(const crypto::KeyType type, TypeOf(jwk));
  OTRP_RETURN_IF_ERROR(CheckPurpose(jwk, purpose));
  if (type == crypto::KeyType::kEcP256) {
    OTRP_ASSIGN_OR_RETURN(const crypto::EcCoordinates point, Coordinates(jwk));
    OTRP_ASSIGN_OR_RETURN(const SecretBytes scalar, DecodeSecret(jwk, "d"));
    return crypto::PrivateKey::FromEcScalar(scalar.view(), point);
  }
  if (jwk.Find("oth") != nullptr) {
    return MemberError("oth", "is not supported: RSA keys have two primes");
  }
  crypto::RsaPrivateNumbers numbers;
  OTRP_ASSIGN_OR_RETURN(numbers.pub, RsaNumbers(jwk));
  OTRP_ASSIGN_OR_RETURN(numbers.d, DecodeSecret(jwk, "d"));
  OTRP_ASSIGN_OR_RETURN(numbers.p, DecodeSecret(jwk, "p"));
  OTRP_ASSIGN_OR_RETURN(numbers.q, DecodeSecret(jwk, "q"));
  OTRP_ASSIGN_OR_RETURN(numbers.dp, DecodeSecret(jwk, "dp"));
  OTRP_ASSIGN_OR_RETURN(numbers.dq, DecodeSecret(jwk, "dq"));
  OTRP_ASSIGN_OR_RETURN(numbers.qi, DecodeSecret(jwk, "qi"));
  return crypto::PrivateKey::FromRsaNumbers(numbers);
}

}  // namespace jose
}  // namespace otrp
