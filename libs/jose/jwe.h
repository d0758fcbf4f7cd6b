// JSON Web Encryption for one recipient: RSA1_5, ECDH-ES+A128KW and
// ECDH-ES+A256KW with A128CBC-HS256 or A256CBC-HS512.
//
// Written is the general JSON form (EncryptGeneral), as OTrP's encrypted parts
// are, or the flattened one (EncryptFlattened), as `encrypted_ta.key` is. Read
// are both, with "alg" in any of the header places; "enc" must be protected.
// Refused: "aad", "zip", any "crit", more than one recipient, a header member
// that stands in two places, padded or otherwise unclean base64url.
//
// Decryption says nothing about who encrypted: anybody can, with a public key.
//
// Replies: the responses of a TEE reuse the content key of the request and
// repeat its "recipients". So the TSM, which can derive that key again, reads
// them with DecryptWithCek() when encrypted_key() is the one it sent; and a TEE
// writes them by UnwrapCek(), DecryptWithCek() and EncryptWithCek().
//
// Thread-safety: values and functions without state.
// Errors: INVALID_ARGUMENT. Parse() names the member. All of decryption fails
// with one message: a wrong RSA padding gives a random content key and fails at
// the tag like any other forgery (RFC 7516 11.5). An alg or enc that the policy
// or the key's type doesn't allow is told apart: the sender knows those anyway.
// Source: RFC 7516, RFC 7518 4 and 5.

#ifndef OTRP_LIBS_JOSE_JWE_H_
#define OTRP_LIBS_JOSE_JWE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "libs/base/random.h"
#include "libs/base/secret.h"
#include "libs/crypto/aead.h"
#include "libs/crypto/keys.h"
#include "libs/json/json.h"

namespace otrp {
namespace jose {

enum class KeyAlg { kRSA1_5, kEcdhEsA128Kw, kEcdhEsA256Kw };
// kA128CbcHs256, kA256CbcHs512.
using Enc = crypto::ContentEnc;

absl::string_view KeyAlgName(KeyAlg alg);
absl::StatusOr<KeyAlg> KeyAlgFromName(absl::string_view name);
absl::string_view EncName(Enc enc);
absl::StatusOr<Enc> EncFromName(absl::string_view name);
// Octets of a content key: 32 or 64.
using crypto::CekSize;

struct JwePolicy {
  bool rsa1_5 = true;
  bool ecdh_es_a128kw = true;
  bool ecdh_es_a256kw = true;
  bool a128cbc_hs256 = true;
  bool a256cbc_hs512 = true;
};

struct EncryptOptions {
  // RSA1_5 needs an RSA key, the others an EC key.
  KeyAlg alg = KeyAlg::kRSA1_5;
  Enc enc = Enc::kA128CbcHs256;
  // A content key of CekSize(enc) octets that the caller derived; empty: a
  // random one.
  absl::string_view cek;
  // PartyUInfo and PartyVInfo of ECDH-ES, not encoded; empty: none.
  absl::string_view apu;
  absl::string_view apv;
};

// {"protected","recipients":[{"header","encrypted_key"}],"iv","ciphertext",
// "tag"}; enc is protected, alg (and epk, apu, apv) in the recipient's header.
absl::StatusOr<json::Value> EncryptGeneral(absl::string_view plaintext,
                                           const crypto::PublicKey& recipient,
                                           const EncryptOptions& options,
                                           Random& random);

// {"protected","header","encrypted_key","iv","ciphertext","tag"}, else the
// same.
absl::StatusOr<json::Value> EncryptFlattened(absl::string_view plaintext,
                                             const crypto::PublicKey& recipient,
                                             const EncryptOptions& options,
                                             Random& random);

// The general form with a known content key: nothing is wrapped, `recipients`
// (the array of a request, see UnverifiedJwe::recipients) is repeated as it is.
absl::StatusOr<json::Value> EncryptWithCek(absl::string_view plaintext,
                                           absl::string_view cek, Enc enc,
                                           const json::Value& recipients,
                                           Random& random);

class UnverifiedJwe {
 public:
  static absl::StatusOr<UnverifiedJwe> Parse(const json::Value& jwe);
  static absl::StatusOr<UnverifiedJwe> ParseText(absl::string_view text);

  KeyAlg alg() const { return alg_; }
  Enc enc() const { return enc_; }
  // As received, base64url. Compare it with what was sent to see whether a
  // reply reuses the content key.
  const std::string& encrypted_key() const { return encrypted_key_b64_; }
  // For EncryptWithCek: an array of one recipient. As received in the general
  // form with "alg" there, else put together from where the members stood.
  const json::Value& recipients() const { return recipients_; }

 private:
  friend absl::StatusOr<SecretBytes> UnwrapCek(const UnverifiedJwe& jwe,
                                               const crypto::PrivateKey& key,
                                               const JwePolicy& policy);
  friend absl::StatusOr<std::string> DecryptWithCek(const UnverifiedJwe& jwe,
                                                    absl::string_view cek);
  UnverifiedJwe() = default;

  absl::Status ParseHeaders(const json::Value& jwe,
                            const json::Value& recipient, bool general);
  absl::Status ParseParts(const json::Value& jwe, const json::Value& recipient);
  absl::Status ParseEcdh(const json::Value& epk, const json::Value* apu,
                         const json::Value* apv);

  KeyAlg alg_ = KeyAlg::kRSA1_5;
  Enc enc_ = Enc::kA128CbcHs256;
  // The AAD: "protected" as received.
  std::string protected_b64_;
  std::string encrypted_key_b64_;
  std::string encrypted_key_;
  std::string iv_;
  std::string ciphertext_;
  std::string tag_;
  json::Value recipients_;
  // Of ECDH-ES.
  absl::optional<crypto::PublicKey> epk_;
  std::string apu_;
  std::string apv_;
};

// The content key. With RSA1_5 it always comes out, right or random: only
// DecryptWithCek() tells.
absl::StatusOr<SecretBytes> UnwrapCek(const UnverifiedJwe& jwe,
                                      const crypto::PrivateKey& key,
                                      const JwePolicy& policy = {});

// `cek` must have CekSize(jwe.enc()) octets.
absl::StatusOr<std::string> DecryptWithCek(const UnverifiedJwe& jwe,
                                           absl::string_view cek);

// UnwrapCek, then DecryptWithCek.
absl::StatusOr<std::string> Decrypt(const UnverifiedJwe& jwe,
                                    const crypto::PrivateKey& key,
                                    const JwePolicy& policy = {});

}  // namespace jose
}  // namespace otrp

#endif  // OTRP_LIBS_JOSE_JWE_H_
