#include "libs/protocol/encrypted_ta.h"

#include <string>
#include <utility>

#include "libs/base/secret.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/aead.h"
#include "libs/crypto/kem.h"
#include "libs/jose/jwe.h"

namespace otrp {
namespace protocol {
namespace {

constexpr size_t kTaKeySize = 32;

absl::Status AddKey(Dialect dialect, const crypto::PublicKey& aik,
                    absl::string_view key, Random& random, json::Value* out) {
  const bool rsa = aik.type() == crypto::KeyType::kRsa;
  if (RowOf(dialect).ta_key_jwe) {
    jose::EncryptOptions options;
    options.alg = rsa ? jose::KeyAlg::kRSA1_5 : jose::KeyAlg::kEcdhEsA256Kw;
    OTRP_ASSIGN_OR_RETURN(json::Value jwe,
                          jose::EncryptFlattened(key, aik, options, random));
    out->Set(std::string(member::kTaKey.name), std::move(jwe));
    return absl::OkStatus();
  }
  if (!rsa) {
    return absl::FailedPreconditionError(
        "dialect pei03 can't bring a TA's key to an EC key of the SP; the "
        "device needs an RSA one, or dialect ietf03");
  }
  OTRP_ASSIGN_OR_RETURN(std::string wrapped,
                        crypto::RsaPkcs1Encrypt(aik, key, random));
  Set(member::kTaKey, wrapped, out);
  return absl::OkStatus();
}

absl::Status AddPart(const member::Base64& name, absl::string_view plaintext,
                     absl::string_view key, absl::string_view iv,
                     json::Value* out) {
  if (plaintext.empty()) return absl::OkStatus();
  OTRP_ASSIGN_OR_RETURN(std::string ciphertext,
                        crypto::AesCbcEncrypt(key, iv, plaintext));
  Set(name, ciphertext, out);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<json::Value> EncryptTa(Dialect dialect,
                                      const crypto::PublicKey& aik,
                                      const member::Base64& ta_member,
                                      absl::string_view image,
                                      const member::Base64& data_member,
                                      absl::string_view personalization,
                                      Random& random) {
  SecretBytes key = SecretBytes::OfSize(kTaKeySize);
  random.Fill(key.data(), key.size());
  // One for both parts, as the protocol has it.
  const std::string iv = random.Bytes(crypto::kAesBlockSize);
  json::Value out = json::Value::Object();
  OTRP_RETURN_IF_ERROR(AddKey(dialect, aik, key.view(), random, &out));
  Set(member::kTaIv, iv, &out);
  out.Set("alg", json::Value::String("AESCBC"));
  OTRP_RETURN_IF_ERROR(AddPart(ta_member, image, key.view(), iv, &out));
  OTRP_RETURN_IF_ERROR(
      AddPart(data_member, personalization, key.view(), iv, &out));
  return out;
}

}  // namespace protocol
}  // namespace otrp
