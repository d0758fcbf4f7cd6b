#include "libs/jose/jws.h"

#include <cstddef>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/base64.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/sign.h"
#include "libs/jose/members.h"

namespace otrp {
namespace jose {
namespace {

using internal::MemberError;

std::string SigningDigest(absl::string_view protected_b64,
                          absl::string_view payload_b64) {
  crypto::Sha256Hasher hasher;
  hasher.Update(protected_b64);
  hasher.Update(".");
  hasher.Update(payload_b64);
  return hasher.Finish();
}

// RFC 7515 4.1.6: standard base64, unlike everything else in JOSE. Its padding
// may be missing, as it is everywhere else in JOSE.
absl::StatusOr<std::string> DecodeX5c(const std::string& text) {
  if (text.size() % 4 == 0 || absl::EndsWith(text, "=")) {
    return Base64Decode(text);
  }
  return Base64Decode(absl::StrCat(text, text.size() % 4 == 2 ? "==" : "="));
}

absl::StatusOr<std::vector<std::string>> ParseX5c(const json::Value* x5c) {
  std::vector<std::string> chain;
  if (x5c == nullptr) return chain;
  if (!x5c->is_array() || x5c->items().empty()) {
    return MemberError("x5c", "must be an array of at least one certificate");
  }
  if (x5c->items().size() > kMaxChainLength) {
    return MemberError("x5c", absl::StrCat("has more than ", kMaxChainLength,
                                           " certificates"));
  }
  for (const json::Value& item : x5c->items()) {
    if (!item.is_string()) {
      return MemberError("x5c", "must be an array of strings");
    }
    absl::StatusOr<std::string> der = DecodeX5c(item.as_string());
    if (!der.ok() || der->empty()) {
      return MemberError("x5c", "must hold base64 (not base64url) of DER");
    }
    if (der->size() > kMaxCertificateBytes) {
      return MemberError("x5c", absl::StrCat("has a certificate of more than ",
                                             kMaxCertificateBytes, " octets"));
    }
    chain.push_back(*std::move(der));
  }
  return chain;
}

void AppendX5c(const std::vector<std::string>& x5c, std::string* out) {
  out->append("[");
  for (size_t i = 0; i < x5c.size(); ++i) {
    out->append(i == 0 ? "\"" : ",\"");
    Base64EncodeAppend(x5c[i], out);
    out->append("\"");
  }
  out->append("]");
}

json::Value X5cValue(const std::vector<std::string>& x5c) {
  json::Value array = json::Value::Array();
  for (const std::string& der : x5c) {
    array.Append(json::Value::String(Base64Encode(der)));
  }
  return array;
}

// The protected header, encoded.
absl::StatusOr<std::string> BuildProtected(const crypto::PrivateKey& key,
                                           const SignOptions& options) {
  OTRP_RETURN_IF_ERROR(
      internal::RequireObject(options.protected_members, "protected_members"));
  json::Value header = json::Value::Object();
  header.Set("alg", json::Value::String(
                        std::string(SigAlgName(SigAlgForKey(key.type())))));
  for (const auto& [name, value] : options.protected_members.members()) {
    if (name == "alg" || name == "x5c" || name == "crit" || name == "b64") {
      return MemberError(name, "can't be given in protected_members");
    }
    header.Set(name, value);
  }
  if (options.x5c_protected && !options.x5c.empty()) {
    header.Set("x5c", X5cValue(options.x5c));
  }
  return Base64UrlEncode(header.Serialize());
}

absl::StatusOr<std::string> SignParts(absl::string_view protected_b64,
                                      absl::string_view payload_b64,
                                      const crypto::PrivateKey& key) {
  OTRP_ASSIGN_OR_RETURN(
      const std::string signature,
      crypto::SignSha256Digest(key, SigningDigest(protected_b64, payload_b64),
                               crypto::EcFormat::kP1363));
  return Base64UrlEncode(signature);
}

bool HasHeader(const SignOptions& options) {
  return !options.x5c.empty() && !options.x5c_protected;
}

}  // namespace

absl::string_view SigAlgName(SigAlg alg) {
  return alg == SigAlg::kRS256 ? "RS256" : "ES256";
}

absl::StatusOr<SigAlg> SigAlgFromName(absl::string_view name) {
  if (name == "RS256") return SigAlg::kRS256;
  if (name == "ES256") return SigAlg::kES256;
  return MemberError("alg", "of a signature must be RS256 or ES256");
}

SigAlg SigAlgForKey(crypto::KeyType type) {
  return type == crypto::KeyType::kRsa ? SigAlg::kRS256 : SigAlg::kES256;
}

absl::StatusOr<UnverifiedJws> UnverifiedJws::Parse(const json::Value& jws) {
  OTRP_RETURN_IF_ERROR(internal::RequireObject(jws, "a JWS"));
  if (jws.Find("signatures") != nullptr) {
    return MemberError("signatures", "is not taken: send the flattened form");
  }
  UnverifiedJws result;
  std::string protected_b64;
  OTRP_ASSIGN_OR_RETURN(result.protected_,
                        internal::DecodeProtected(jws, &protected_b64));
  OTRP_ASSIGN_OR_RETURN(result.header_,
                        internal::OptionalObject(jws, "header"));
  const auto headers = {&std::as_const(result.protected_),
                        &std::as_const(result.header_)};
  OTRP_RETURN_IF_ERROR(internal::CheckHeaders(headers));
  OTRP_RETURN_IF_ERROR(internal::RequireNone(headers, "crit"));
  // RFC 7797 asks for "crit" beside it; whoever leaves that out means to have
  // the payload read in two ways.
  OTRP_RETURN_IF_ERROR(internal::RequireNone(headers, "b64"));
  if (result.protected_.Find("alg") == nullptr) {
    return MemberError("alg", "must stand in the protected header");
  }
  OTRP_ASSIGN_OR_RETURN(const absl::string_view alg,
                        result.protected_.GetString("alg"));
  OTRP_ASSIGN_OR_RETURN(result.alg_, SigAlgFromName(alg));
  OTRP_ASSIGN_OR_RETURN(result.x5c_,
                        ParseX5c(internal::FindIn(headers, "x5c")));

  OTRP_ASSIGN_OR_RETURN(result.signature_,
                        internal::DecodeMember(jws, "signature"));
  OTRP_ASSIGN_OR_RETURN(result.payload_,
                        internal::DecodeMember(jws, "payload"));
  OTRP_ASSIGN_OR_RETURN(const absl::string_view payload_b64,
                        jws.GetString("payload"));
  result.digest_ = SigningDigest(protected_b64, payload_b64);
  return result;
}

absl::StatusOr<UnverifiedJws> UnverifiedJws::ParseText(absl::string_view text) {
  OTRP_ASSIGN_OR_RETURN(const json::Value jws,
                        json::Parse(text, json::kStrangers));
  return Parse(jws);
}

absl::Status CheckSignature(const UnverifiedJws& jws,
                            const crypto::PublicKey& key,
                            const AlgPolicy& policy) {
  const bool allowed =
      jws.alg() == SigAlg::kRS256 ? policy.rs256 : policy.es256;
  if (!allowed) {
    return MemberError("alg", absl::StrCat("is ", SigAlgName(jws.alg()),
                                           ", which the policy doesn't allow"));
  }
  if (jws.alg() != SigAlgForKey(key.type())) {
    return MemberError(
        "alg", absl::StrCat("is ", SigAlgName(jws.alg()), ", but the key is ",
                            crypto::KeyTypeName(key.type())));
  }
  return crypto::VerifySha256Digest(key, jws.signing_digest(), jws.signature(),
                                    crypto::EcFormat::kP1363);
}

absl::StatusOr<VerifiedJws> Verify(UnverifiedJws jws,
                                   const crypto::PublicKey& key,
                                   const AlgPolicy& policy) {
  OTRP_RETURN_IF_ERROR(CheckSignature(jws, key, policy));
  return VerifiedJws(std::move(jws));
}

absl::Status AppendSignFlattened(absl::string_view payload,
                                 const crypto::PrivateKey& key,
                                 const SignOptions& options, std::string* out) {
  OTRP_ASSIGN_OR_RETURN(const std::string protected_b64,
                        BuildProtected(key, options));
  const size_t before = out->size();
  size_t certificates = 0;
  for (const std::string& der : options.x5c) certificates += der.size();
  // Base64 is 4/3; 1536 covers the signature of an RSA key of 8192 bits and
  // the punctuation. One allocation, even for a large image.
  out->reserve(before + payload.size() / 3 * 4 + certificates / 3 * 4 +
               protected_b64.size() + 1536);

  out->append("{\"payload\":\"");
  const size_t payload_at = out->size();
  Base64UrlEncodeAppend(payload, out);
  const absl::string_view payload_b64 =
      absl::string_view(*out).substr(payload_at);
  absl::StatusOr<std::string> signature =
      SignParts(protected_b64, payload_b64, key);
  if (!signature.ok()) {
    out->resize(before);
    return signature.status();
  }
  absl::StrAppend(out, "\",\"protected\":\"", protected_b64, "\"");
  if (HasHeader(options)) {
    out->append(",\"header\":{\"x5c\":");
    AppendX5c(options.x5c, out);
    out->append("}");
  }
  absl::StrAppend(out, ",\"signature\":\"", *signature, "\"}");
  return absl::OkStatus();
}

absl::StatusOr<std::string> SignFlattened(absl::string_view payload,
                                          const crypto::PrivateKey& key,
                                          const SignOptions& options) {
  std::string out;
  OTRP_RETURN_IF_ERROR(AppendSignFlattened(payload, key, options, &out));
  return out;
}

absl::StatusOr<json::Value> SignFlattenedValue(absl::string_view payload,
                                               const crypto::PrivateKey& key,
                                               const SignOptions& options) {
  OTRP_ASSIGN_OR_RETURN(std::string protected_b64,
                        BuildProtected(key, options));
  std::string payload_b64 = Base64UrlEncode(payload);
  OTRP_ASSIGN_OR_RETURN(std::string signature_b64,
                        SignParts(protected_b64, payload_b64, key));
  json::Value jws = json::Value::Object();
  jws.Set("payload", json::Value::String(std::move(payload_b64)));
  jws.Set("protected", json::Value::String(std::move(protected_b64)));
  if (HasHeader(options)) {
    json::Value header = json::Value::Object();
    header.Set("x5c", X5cValue(options.x5c));
    jws.Set("header", std::move(header));
  }
  jws.Set("signature", json::Value::String(std::move(signature_b64)));
  return jws;
}

}  // namespace jose
}  // namespace otrp
