#include "clients/device/ta_payload.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/device/refusal.h"
#include "clients/device/strict.h"
#include "clients/device/version.h"
#include "libs/base/base64.h"
#include "libs/base/hex.h"
#include "libs/base/limits.h"
#include "libs/base/secret.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/aead.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/kem.h"
#include "libs/jose/jwe.h"
#include "libs/jose/jws.h"
#include "libs/pki/certificate.h"

namespace otrp::device {
namespace {

using json::Value;

constexpr absl::string_view kAlg = "AESCBC";
constexpr size_t kKeyBytes = 32;

// Where the parts stand differs between the two messages.
absl::string_view ImageMember(TaOperation operation) {
  return operation == TaOperation::kInstall ? "ciphertadata"
                                            : "ciphernewtadata";
}

absl::string_view PdataMember(TaOperation operation) {
  return operation == TaOperation::kInstall ? "cipherpdata" : "ciphernewpdata";
}

absl::Status Invalid(absl::string_view why) {
  return Refuse(Refusal::kTaInvalid, why);
}

// One sentence for whatever is wrong: key, padding, content.
absl::Status CannotDecrypt() {
  return Invalid("the TA can't be decrypted with the SP's key");
}

absl::StatusOr<SecretBytes> UnwrapJwe(const Value& key,
                                      const crypto::PrivateKey& aik) {
  absl::StatusOr<jose::UnverifiedJwe> jwe = jose::UnverifiedJwe::Parse(key);
  if (!jwe.ok()) return CannotDecrypt();
  absl::StatusOr<std::string> plain = jose::Decrypt(*jwe, aik);
  if (!plain.ok() || plain->size() != kKeyBytes) return CannotDecrypt();
  return SecretBytes::Take(*std::move(plain));
}

// A wrong ciphertext gives a random key, and fails when that is used.
absl::StatusOr<SecretBytes> UnwrapBare(const Value& encrypted_ta,
                                       const crypto::PrivateKey& aik,
                                       Random& random) {
  OTRP_ASSIGN_OR_RETURN(const std::string wrapped,
                        BinaryOf("encrypted_ta", encrypted_ta, "key"));
  if (aik.type() != crypto::KeyType::kRsa) return CannotDecrypt();
  absl::StatusOr<SecretBytes> key =
      crypto::RsaPkcs1Unwrap(aik, wrapped, kKeyBytes, random);
  if (!key.ok()) return CannotDecrypt();
  return key;
}

absl::StatusOr<std::string> InitializationVector(const Value& encrypted_ta) {
  const std::string text = TextOf(encrypted_ta, "iv");
  if (text.size() == 2 * crypto::kAesBlockSize) {
    absl::StatusOr<std::string> hex = HexDecode(text);
    if (hex.ok()) return hex;
  }
  absl::StatusOr<std::string> bytes = Base64DecodeAny(text);
  if (bytes.ok() && bytes->size() == crypto::kAesBlockSize) return bytes;
  return Refuse(Refusal::kRequestInvalid,
                "member \"iv\" of encrypted_ta must be 16 octets in hex or "
                "base64");
}

absl::StatusOr<absl::optional<std::string>> DecryptPart(
    const Value& encrypted_ta, absl::string_view member, const SecretBytes& key,
    absl::string_view iv, size_t limit) {
  if (encrypted_ta.Find(member) == nullptr) {
    return absl::optional<std::string>();
  }
  OTRP_ASSIGN_OR_RETURN(const std::string ciphertext,
                        BinaryOf("encrypted_ta", encrypted_ta, member));
  absl::StatusOr<std::string> plain =
      crypto::AesCbcDecrypt(key.view(), iv, ciphertext);
  if (!plain.ok()) return CannotDecrypt();
  if (plain->size() > limit) {
    return Refuse(Refusal::kTeeResourceFull,
                  absl::StrCat("\"", member, "\" is too large for this TEE"));
  }
  return absl::optional<std::string>(*std::move(plain));
}

}  // namespace

absl::Status CheckEncryptedTa(const Value& encrypted_ta,
                              TaOperation operation) {
  const bool install = operation == TaOperation::kInstall;
  const absl::string_view image = ImageMember(operation);
  const absl::string_view pdata = PdataMember(operation);
  OTRP_RETURN_IF_ERROR(CheckMembers("encrypted_ta", encrypted_ta,
                                    {{"key", Shape::kTextOrObject},
                                     {"iv", Shape::kText},
                                     {"alg", Shape::kText},
                                     {image, Shape::kText, install},
                                     {pdata, Shape::kText, false}}));
  if (encrypted_ta.Find(image) == nullptr &&
      encrypted_ta.Find(pdata) == nullptr) {
    return Refuse(Refusal::kRequestInvalid,
                  absl::StrCat("encrypted_ta must have \"", image, "\" or \"",
                               pdata, "\""));
  }
  if (TextOf(encrypted_ta, "alg") != kAlg) {
    return Refuse(Refusal::kUnsupportedCryptoAlg,
                  "the algorithm of encrypted_ta must be AESCBC");
  }
  return absl::OkStatus();
}

absl::StatusOr<TaPayload> DecryptTa(const Value& encrypted_ta,
                                    TaOperation operation,
                                    const crypto::PrivateKey& aik,
                                    Random& random) {
  OTRP_ASSIGN_OR_RETURN(const std::string iv,
                        InitializationVector(encrypted_ta));
  const Value& wrapped = *encrypted_ta.Find("key");
  OTRP_ASSIGN_OR_RETURN(const SecretBytes key,
                        wrapped.is_object()
                            ? UnwrapJwe(wrapped, aik)
                            : UnwrapBare(encrypted_ta, aik, random));
  TaPayload payload;
  OTRP_ASSIGN_OR_RETURN(
      payload.image, DecryptPart(encrypted_ta, ImageMember(operation), key, iv,
                                 kMaxTaImageBytes));
  OTRP_ASSIGN_OR_RETURN(
      payload.pdata, DecryptPart(encrypted_ta, PdataMember(operation), key, iv,
                                 kMaxPersonalizationBytes));
  return payload;
}

absl::StatusOr<VerifiedImage> VerifyImage(
    absl::string_view image, absl::string_view taid,
    const std::vector<std::string>& spcerts) {
  absl::StatusOr<jose::UnverifiedJws> jws =
      jose::UnverifiedJws::ParseText(image);
  if (!jws.ok()) return Invalid("the image isn't a signed TA of format jws");
  if (jws->x5c().empty()) {
    return Invalid("the image doesn't say who signed it");
  }
  const std::string leaf = jws->x5c()[0];
  if (std::find(spcerts.begin(), spcerts.end(), leaf) == spcerts.end()) {
    return Invalid(
        "the image's signer isn't one of the security domain's SP "
        "certificates");
  }
  absl::StatusOr<pki::Certificate> cert = pki::Certificate::FromDer(leaf);
  if (!cert.ok()) return Invalid("the image's certificate can't be read");
  absl::StatusOr<jose::VerifiedJws> verified =
      jose::Verify(*std::move(jws), cert->public_key());
  if (!verified.ok()) return Invalid("the image's signature is wrong");
  const Value& header = verified->protected_header();
  if (TextOf(header, "taid") != taid) {
    return Invalid("the image is signed for another taid");
  }
  VerifiedImage out;
  out.version = TextOf(header, "taver");
  if (out.version.size() > kMaxIdBytes ||
      !ParseVersion(out.version).has_value()) {
    return Invalid("the image's version isn't numbers joined by dots");
  }
  out.binary_sha256 = HexEncode(crypto::Sha256(verified->payload()));
  return out;
}

}  // namespace otrp::device
