#include "libs/jose/jwe.h"

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "libs/base/base64.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/kem.h"
#include "libs/crypto/random.h"
#include "libs/jose/jwk.h"
#include "libs/jose/members.h"

namespace otrp {
namespace jose {
namespace {

using internal::MemberError;

// Header members that a recipient needs, in the order in which they are
// written.
constexpr absl::string_view kRecipientMembers[] = {"alg", "epk", "apu", "apv"};

absl::Status CannotDecrypt() {
  return absl::InvalidArgumentError("the JWE doesn't decrypt");
}

json::Value Text(absl::string_view text) {
  return json::Value::String(std::string(text));
}

bool IsEcdh(KeyAlg alg) { return alg != KeyAlg::kRSA1_5; }

// Of the key that wraps the content key.
size_t KekSize(KeyAlg alg) { return alg == KeyAlg::kEcdhEsA128Kw ? 16 : 32; }

absl::Status CheckKeyType(KeyAlg alg, crypto::KeyType type) {
  const crypto::KeyType wanted =
      IsEcdh(alg) ? crypto::KeyType::kEcP256 : crypto::KeyType::kRsa;
  if (type == wanted) return absl::OkStatus();
  return MemberError("alg",
                     absl::StrCat("is ", KeyAlgName(alg), ", but the key is ",
                                  crypto::KeyTypeName(type)));
}

SecretBytes DeriveKek(const SecretBytes& z, KeyAlg alg, absl::string_view apu,
                      absl::string_view apv) {
  return crypto::ConcatKdf(z.view(), KeyAlgName(alg), apu, apv, KekSize(alg));
}

// ---- Writing

struct Wrapped {
  json::Value header;
  std::string encrypted_key_b64;
};

absl::StatusOr<Wrapped> Wrap(absl::string_view cek,
                             const crypto::PublicKey& recipient,
                             const EncryptOptions& options, Random& random) {
  OTRP_RETURN_IF_ERROR(CheckKeyType(options.alg, recipient.type()));
  Wrapped wrapped;
  wrapped.header = json::Value::Object();
  wrapped.header.Set("alg", Text(KeyAlgName(options.alg)));
  if (!IsEcdh(options.alg)) {
    OTRP_ASSIGN_OR_RETURN(const std::string encrypted,
                          crypto::RsaPkcs1Encrypt(recipient, cek, random));
    wrapped.encrypted_key_b64 = Base64UrlEncode(encrypted);
    return wrapped;
  }
  OTRP_ASSIGN_OR_RETURN(const crypto::PrivateKey ephemeral,
                        crypto::PrivateKey::Generate(crypto::KeyType::kEcP256));
  OTRP_ASSIGN_OR_RETURN(const SecretBytes z,
                        crypto::Ecdh(ephemeral, recipient));
  const SecretBytes kek = DeriveKek(z, options.alg, options.apu, options.apv);
  OTRP_ASSIGN_OR_RETURN(const std::string encrypted,
                        crypto::AesKeyWrap(kek.view(), cek));
  wrapped.header.Set("epk", ToJwk(ephemeral.public_key()));
  if (!options.apu.empty()) {
    wrapped.header.Set("apu", Text(Base64UrlEncode(options.apu)));
  }
  if (!options.apv.empty()) {
    wrapped.header.Set("apv", Text(Base64UrlEncode(options.apv)));
  }
  wrapped.encrypted_key_b64 = Base64UrlEncode(encrypted);
  return wrapped;
}

struct Sealed {
  std::string protected_b64;
  std::string iv_b64;
  std::string ciphertext_b64;
  std::string tag_b64;
};

absl::StatusOr<Sealed> Seal(absl::string_view plaintext, absl::string_view cek,
                            Enc enc, Random& random) {
  Sealed sealed;
  // Only "enc": the same for every message, and what the AAD must bind.
  sealed.protected_b64 =
      Base64UrlEncode(absl::StrCat("{\"enc\":\"", EncName(enc), "\"}"));
  const std::string iv = random.Bytes(crypto::kAesBlockSize);
  OTRP_ASSIGN_OR_RETURN(
      const crypto::CbcHmacSealed content,
      crypto::AesCbcHmacSeal(enc, cek, iv, sealed.protected_b64, plaintext));
  sealed.iv_b64 = Base64UrlEncode(iv);
  sealed.ciphertext_b64 = Base64UrlEncode(content.ciphertext);
  sealed.tag_b64 = Base64UrlEncode(content.tag);
  return sealed;
}

void SetContent(Sealed sealed, json::Value* jwe) {
  jwe->Set("iv", json::Value::String(std::move(sealed.iv_b64)));
  jwe->Set("ciphertext", json::Value::String(std::move(sealed.ciphertext_b64)));
  jwe->Set("tag", json::Value::String(std::move(sealed.tag_b64)));
}

json::Value General(Sealed sealed, json::Value recipients) {
  json::Value jwe = json::Value::Object();
  jwe.Set("protected", json::Value::String(std::move(sealed.protected_b64)));
  jwe.Set("recipients", std::move(recipients));
  SetContent(std::move(sealed), &jwe);
  return jwe;
}

absl::Status CheckCek(absl::string_view cek, Enc enc) {
  if (cek.size() == CekSize(enc)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the content key of ", EncName(enc), " has ", CekSize(enc),
                   " octets, not ", cek.size()));
}

// The caller's content key, or a new one.
absl::StatusOr<SecretBytes> ChooseCek(const EncryptOptions& options,
                                      Random& random) {
  if (options.cek.empty()) {
    SecretBytes cek = SecretBytes::OfSize(CekSize(options.enc));
    random.Fill(cek.data(), cek.size());
    return cek;
  }
  OTRP_RETURN_IF_ERROR(CheckCek(options.cek, options.enc));
  return SecretBytes(options.cek);
}

json::Value Recipient(json::Value header, std::string encrypted_key_b64) {
  json::Value recipient = json::Value::Object();
  recipient.Set("header", std::move(header));
  recipient.Set("encrypted_key",
                json::Value::String(std::move(encrypted_key_b64)));
  return recipient;
}

// The one element of "recipients".
absl::StatusOr<const json::Value*> OnlyRecipient(
    const json::Value& recipients) {
  if (!recipients.is_array() || recipients.items().size() != 1 ||
      !recipients.items()[0].is_object()) {
    return MemberError("recipients", "must be an array of exactly one object");
  }
  return &recipients.items()[0];
}

}  // namespace

absl::string_view KeyAlgName(KeyAlg alg) {
  switch (alg) {
    case KeyAlg::kRSA1_5: return "RSA1_5";
    case KeyAlg::kEcdhEsA128Kw: return "ECDH-ES+A128KW";
    case KeyAlg::kEcdhEsA256Kw: return "ECDH-ES+A256KW";
  }
  return "";
}

absl::StatusOr<KeyAlg> KeyAlgFromName(absl::string_view name) {
  for (KeyAlg alg :
       {KeyAlg::kRSA1_5, KeyAlg::kEcdhEsA128Kw, KeyAlg::kEcdhEsA256Kw}) {
    if (name == KeyAlgName(alg)) return alg;
  }
  return MemberError("alg",
                     "of an encryption must be RSA1_5, ECDH-ES+A128KW or "
                     "ECDH-ES+A256KW");
}

absl::string_view EncName(Enc enc) {
  return enc == Enc::kA128CbcHs256 ? "A128CBC-HS256" : "A256CBC-HS512";
}

absl::StatusOr<Enc> EncFromName(absl::string_view name) {
  for (Enc enc : {Enc::kA128CbcHs256, Enc::kA256CbcHs512}) {
    if (name == EncName(enc)) return enc;
  }
  return MemberError("enc", "must be A128CBC-HS256 or A256CBC-HS512");
}

absl::StatusOr<json::Value> EncryptGeneral(absl::string_view plaintext,
                                           const crypto::PublicKey& recipient,
                                           const EncryptOptions& options,
                                           Random& random) {
  OTRP_ASSIGN_OR_RETURN(const SecretBytes cek, ChooseCek(options, random));
  OTRP_ASSIGN_OR_RETURN(Wrapped wrapped,
                        Wrap(cek.view(), recipient, options, random));
  OTRP_ASSIGN_OR_RETURN(Sealed sealed,
                        Seal(plaintext, cek.view(), options.enc, random));
  json::Value recipients = json::Value::Array();
  recipients.Append(Recipient(std::move(wrapped.header),
                              std::move(wrapped.encrypted_key_b64)));
  return General(std::move(sealed), std::move(recipients));
}

absl::StatusOr<json::Value> EncryptFlattened(absl::string_view plaintext,
                                             const crypto::PublicKey& recipient,
                                             const EncryptOptions& options,
                                             Random& random) {
  OTRP_ASSIGN_OR_RETURN(const SecretBytes cek, ChooseCek(options, random));
  OTRP_ASSIGN_OR_RETURN(Wrapped wrapped,
                        Wrap(cek.view(), recipient, options, random));
  OTRP_ASSIGN_OR_RETURN(Sealed sealed,
                        Seal(plaintext, cek.view(), options.enc, random));
  json::Value jwe = json::Value::Object();
  jwe.Set("protected", json::Value::String(std::move(sealed.protected_b64)));
  jwe.Set("header", std::move(wrapped.header));
  jwe.Set("encrypted_key",
          json::Value::String(std::move(wrapped.encrypted_key_b64)));
  SetContent(std::move(sealed), &jwe);
  return jwe;
}

absl::StatusOr<json::Value> EncryptWithCek(absl::string_view plaintext,
                                           absl::string_view cek, Enc enc,
                                           const json::Value& recipients,
                                           Random& random) {
  OTRP_RETURN_IF_ERROR(CheckCek(cek, enc));
  OTRP_ASSIGN_OR_RETURN(const json::Value* recipient,
                        OnlyRecipient(recipients));
  OTRP_RETURN_IF_ERROR(recipient->GetString("encrypted_key"));
  OTRP_ASSIGN_OR_RETURN(Sealed sealed, Seal(plaintext, cek, enc, random));
  return General(std::move(sealed), recipients);
}

// ---- Reading

absl::StatusOr<UnverifiedJwe> UnverifiedJwe::Parse(const json::Value& jwe) {
  OTRP_RETURN_IF_ERROR(internal::RequireObject(jwe, "a JWE"));
  if (jwe.Find("aad") != nullptr) return MemberError("aad", "is not taken");
  UnverifiedJwe result;
  const json::Value* recipients = jwe.Find("recipients");
  if (recipients == nullptr) {
    OTRP_RETURN_IF_ERROR(result.ParseHeaders(jwe, jwe, /*general=*/false));
    OTRP_RETURN_IF_ERROR(result.ParseParts(jwe, jwe));
    return result;
  }
  // RFC 7516 7.2.2: not both forms at once.
  for (absl::string_view name : {"header", "encrypted_key"}) {
    if (jwe.Find(name) != nullptr) {
      return MemberError(name, "can't stand beside \"recipients\"");
    }
  }
  OTRP_ASSIGN_OR_RETURN(const json::Value* recipient,
                        OnlyRecipient(*recipients));
  OTRP_RETURN_IF_ERROR(result.ParseHeaders(jwe, *recipient, /*general=*/true));
  OTRP_RETURN_IF_ERROR(result.ParseParts(jwe, *recipient));
  return result;
}

absl::StatusOr<UnverifiedJwe> UnverifiedJwe::ParseText(absl::string_view text) {
  OTRP_ASSIGN_OR_RETURN(const json::Value jwe,
                        json::Parse(text, json::kStrangers));
  return Parse(jwe);
}

absl::Status UnverifiedJwe::ParseHeaders(const json::Value& jwe,
                                         const json::Value& recipient,
                                         bool general) {
  OTRP_ASSIGN_OR_RETURN(const json::Value protected_header,
                        internal::DecodeProtected(jwe, &protected_b64_));
  OTRP_ASSIGN_OR_RETURN(const json::Value unprotected,
                        internal::OptionalObject(jwe, "unprotected"));
  OTRP_ASSIGN_OR_RETURN(const json::Value own,
                        internal::OptionalObject(recipient, "header"));
  const auto headers = {&protected_header, &unprotected, &own};
  OTRP_RETURN_IF_ERROR(internal::CheckHeaders(headers));
  OTRP_RETURN_IF_ERROR(internal::RequireNone(headers, "crit"));
  OTRP_RETURN_IF_ERROR(internal::RequireNone(headers, "zip"));

  if (protected_header.Find("enc") == nullptr) {
    return MemberError("enc", "must stand in the protected header");
  }
  OTRP_ASSIGN_OR_RETURN(const absl::string_view enc,
                        protected_header.GetString("enc"));
  OTRP_ASSIGN_OR_RETURN(enc_, EncFromName(enc));
  const json::Value* alg = internal::FindIn(headers, "alg");
  if (alg == nullptr || !alg->is_string()) {
    return MemberError("alg", "must be a string in one of the headers");
  }
  OTRP_ASSIGN_OR_RETURN(alg_, KeyAlgFromName(alg->as_string()));
  if (IsEcdh(alg_)) {
    const json::Value* epk = internal::FindIn(headers, "epk");
    if (epk == nullptr) return MemberError("epk", "is missing in the headers");
    OTRP_RETURN_IF_ERROR(ParseEcdh(*epk, internal::FindIn(headers, "apu"),
                                   internal::FindIn(headers, "apv")));
  }

  // What a reply repeats must work without the headers of this message.
  OTRP_ASSIGN_OR_RETURN(const absl::string_view encrypted_key,
                        recipient.GetString("encrypted_key"));
  json::Value complete = own;
  bool added = false;
  for (absl::string_view name : kRecipientMembers) {
    const json::Value* value = internal::FindIn(headers, name);
    if (value == nullptr || own.Find(name) != nullptr) continue;
    complete.Set(std::string(name), *value);
    added = true;
  }
  if (general && !added) {
    recipients_ = *jwe.Find("recipients");
  } else {
    recipients_ = json::Value::Array();
    recipients_.Append(
        Recipient(std::move(complete), std::string(encrypted_key)));
  }
  return absl::OkStatus();
}

absl::Status UnverifiedJwe::ParseEcdh(const json::Value& epk,
                                      const json::Value* apu,
                                      const json::Value* apv) {
  OTRP_RETURN_IF_ERROR(internal::RequireObject(epk, "member \"epk\""));
  absl::StatusOr<crypto::PublicKey> key = FromJwk(epk);
  if (!key.ok()) {
    return MemberError("epk",
                       absl::StrCat("is not usable: ", key.status().message()));
  }
  if (key->type() != crypto::KeyType::kEcP256) {
    return MemberError("epk", "must be a P-256 key");
  }
  epk_ = *std::move(key);
  const struct {
    absl::string_view name;
    const json::Value* value;
    std::string* out;
  } parties[] = {{"apu", apu, &apu_}, {"apv", apv, &apv_}};
  for (const auto& party : parties) {
    if (party.value == nullptr) continue;
    absl::StatusOr<std::string> bytes =
        party.value->is_string() ? Base64UrlDecode(party.value->as_string())
                                 : absl::InvalidArgumentError("");
    if (!bytes.ok()) {
      return MemberError(party.name, "must be base64url without padding");
    }
    *party.out = *std::move(bytes);
  }
  return absl::OkStatus();
}

absl::Status UnverifiedJwe::ParseParts(const json::Value& jwe,
                                       const json::Value& recipient) {
  OTRP_ASSIGN_OR_RETURN(encrypted_key_,
                        internal::DecodeMember(recipient, "encrypted_key"));
  OTRP_ASSIGN_OR_RETURN(const absl::string_view encoded,
                        recipient.GetString("encrypted_key"));
  encrypted_key_b64_ = std::string(encoded);
  // Their lengths are looked at with everything else, by decryption.
  OTRP_ASSIGN_OR_RETURN(iv_, internal::DecodeMember(jwe, "iv"));
  OTRP_ASSIGN_OR_RETURN(tag_, internal::DecodeMember(jwe, "tag"));
  OTRP_ASSIGN_OR_RETURN(ciphertext_, internal::DecodeMember(jwe, "ciphertext"));
  return absl::OkStatus();
}

absl::StatusOr<SecretBytes> UnwrapCek(const UnverifiedJwe& jwe,
                                      const crypto::PrivateKey& key,
                                      const JwePolicy& policy) {
  const bool alg_allowed = jwe.alg_ == KeyAlg::kRSA1_5 ? policy.rsa1_5
                           : jwe.alg_ == KeyAlg::kEcdhEsA128Kw
                               ? policy.ecdh_es_a128kw
                               : policy.ecdh_es_a256kw;
  if (!alg_allowed) {
    return MemberError("alg", absl::StrCat("is ", KeyAlgName(jwe.alg_),
                                           ", which the policy doesn't allow"));
  }
  const bool enc_allowed = jwe.enc_ == Enc::kA128CbcHs256
                               ? policy.a128cbc_hs256
                               : policy.a256cbc_hs512;
  if (!enc_allowed) {
    return MemberError("enc", absl::StrCat("is ", EncName(jwe.enc_),
                                           ", which the policy doesn't allow"));
  }
  OTRP_RETURN_IF_ERROR(CheckKeyType(jwe.alg_, key.type()));
  if (!IsEcdh(jwe.alg_)) {
    return crypto::RsaPkcs1Unwrap(key, jwe.encrypted_key_, CekSize(jwe.enc_),
                                  crypto::SystemRandom());
  }
  OTRP_ASSIGN_OR_RETURN(const SecretBytes z, crypto::Ecdh(key, *jwe.epk_));
  const SecretBytes kek = DeriveKek(z, jwe.alg_, jwe.apu_, jwe.apv_);
  absl::StatusOr<SecretBytes> cek =
      crypto::AesKeyUnwrap(kek.view(), jwe.encrypted_key_);
  if (!cek.ok() || cek->size() != CekSize(jwe.enc_)) return CannotDecrypt();
  return cek;
}

absl::StatusOr<std::string> DecryptWithCek(const UnverifiedJwe& jwe,
                                           absl::string_view cek) {
  OTRP_RETURN_IF_ERROR(CheckCek(cek, jwe.enc_));
  absl::StatusOr<std::string> plaintext = crypto::AesCbcHmacOpen(
      jwe.enc_, cek, jwe.iv_, jwe.protected_b64_, jwe.ciphertext_, jwe.tag_);
  if (!plaintext.ok()) return CannotDecrypt();
  return plaintext;
}

absl::StatusOr<std::string> Decrypt(const UnverifiedJwe& jwe,
                                    const crypto::PrivateKey& key,
                                    const JwePolicy& policy) {
  OTRP_ASSIGN_OR_RETURN(const SecretBytes cek, UnwrapCek(jwe, key, policy));
  return DecryptWithCek(jwe, cek.view());
}

}  // namespace jose
}  // namespace otrp
