#include "libs/crypto/aead.h"

#include <openssl/aead.h>
#include <openssl/aes.h>
#include <openssl/cipher.h>
#include <openssl/digest.h>
#include <openssl/hmac.h>
#include <openssl/mem.h>

#include <climits>
#include <cstdint>
#include <cstdlib>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/internal.h"

namespace otrp {
namespace crypto {
namespace {

using internal::ErrorScope;
using internal::Octets;

constexpr size_t kGcmKeySize = 32;
constexpr size_t kGcmNonceSize = 12;
constexpr size_t kGcmTagSize = 16;

absl::Status WrongSize(absl::string_view what, size_t size,
                       absl::string_view wanted) {
  return absl::InvalidArgumentError(
      absl::StrCat(what, " has ", size, " octets, not ", wanted));
}

absl::Status CannotOpen() {
  return absl::InvalidArgumentError("the octets don't decrypt");
}

const EVP_CIPHER* CbcCipher(size_t key_size) {
  switch (key_size) {
    case 16: return EVP_aes_128_cbc();
    case 24: return EVP_aes_192_cbc();
    case 32: return EVP_aes_256_cbc();
    default: return nullptr;
  }
}

absl::Status CheckCbc(absl::string_view key, absl::string_view iv) {
  if (CbcCipher(key.size()) == nullptr) {
    return WrongSize("the AES key", key.size(), "16, 24 or 32");
  }
  if (iv.size() != kAesBlockSize) {
    return WrongSize("the initialization vector", iv.size(), "16");
  }
  return absl::OkStatus();
}

// Key and IV have been checked. False when the padding was wrong.
bool Cbc(bool encrypt, absl::string_view key, absl::string_view iv,
         absl::string_view in, std::string* out) {
  bssl::ScopedEVP_CIPHER_CTX context;
  // BoringSSL counts in int here.
  if (in.size() > INT_MAX - kAesBlockSize) return false;
  out->resize(in.size() + kAesBlockSize);
  int size = 0;
  int last = 0;
  if (!EVP_CipherInit_ex(context.get(), CbcCipher(key.size()), nullptr,
                         Octets(key), Octets(iv), encrypt ? 1 : 0) ||
      !EVP_CipherUpdate(context.get(), Octets(out), &size, Octets(in),
                        static_cast<int>(in.size())) ||
      !EVP_CipherFinal_ex(context.get(), Octets(out) + size, &last)) {
    OPENSSL_cleanse(Octets(out), out->size());
    out->clear();
    return false;
  }
  out->resize(static_cast<size_t>(size) + static_cast<size_t>(last));
  return true;
}

// ---- RFC 7518 5.2

// Half of the content key each, MAC first; the tag is half of the MAC.
struct Halves {
  absl::string_view mac_key;
  absl::string_view aes_key;
};

Halves Split(absl::string_view cek) {
  return {cek.substr(0, cek.size() / 2), cek.substr(cek.size() / 2)};
}

std::string Tag(ContentEnc enc, absl::string_view mac_key,
                absl::string_view aad, absl::string_view iv,
                absl::string_view ciphertext) {
  const EVP_MD* md =
      enc == ContentEnc::kA128CbcHs256 ? EVP_sha256() : EVP_sha512();
  uint8_t aad_bits[8];
  uint64_t bits = uint64_t{aad.size()} * 8;
  for (int i = 7; i >= 0; --i) {
    aad_bits[i] = static_cast<uint8_t>(bits);
    bits >>= 8;
  }
  bssl::ScopedHMAC_CTX hmac;
  uint8_t mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  // In pieces: the ciphertext may be large, and needn't be copied behind the
  // AAD. Fails only for want of memory.
  if (!HMAC_Init_ex(hmac.get(), mac_key.data(), mac_key.size(), md, nullptr) ||
      !HMAC_Update(hmac.get(), Octets(aad), aad.size()) ||
      !HMAC_Update(hmac.get(), Octets(iv), iv.size()) ||
      !HMAC_Update(hmac.get(), Octets(ciphertext), ciphertext.size()) ||
      !HMAC_Update(hmac.get(), aad_bits, sizeof(aad_bits)) ||
      !HMAC_Final(hmac.get(), mac, &size)) {
    std::abort();
  }
  return std::string(internal::ToView(mac, size / 2));
}

absl::Status CheckCbcHmac(ContentEnc enc, absl::string_view cek,
                          absl::string_view iv) {
  if (cek.size() != CekSize(enc)) {
    return WrongSize("the content key", cek.size(), absl::StrCat(CekSize(enc)));
  }
  if (iv.size() != kAesBlockSize) {
    return WrongSize("the initialization vector", iv.size(), "16");
  }
  return absl::OkStatus();
}

absl::Status InitGcm(absl::string_view key, EVP_AEAD_CTX* context) {
  if (key.size() != kGcmKeySize) {
    return WrongSize("the AES-256-GCM key", key.size(), "32");
  }
  if (!EVP_AEAD_CTX_init(context, EVP_aead_aes_256_gcm(), Octets(key),
                         key.size(), kGcmTagSize, nullptr)) {
    return absl::InternalError("AES-256-GCM could not be set up");
  }
  return absl::OkStatus();
}

}  // namespace

size_t CekSize(ContentEnc enc) {
  return enc == ContentEnc::kA128CbcHs256 ? 32 : 64;
}

absl::StatusOr<CbcHmacSealed> AesCbcHmacSeal(ContentEnc enc,
                                             absl::string_view cek,
                                             absl::string_view iv,
                                             absl::string_view aad,
                                             absl::string_view plaintext) {
  ErrorScope errors;
  const absl::Status status = CheckCbcHmac(enc, cek, iv);
  if (!status.ok()) return status;
  const Halves keys = Split(cek);
  CbcHmacSealed sealed;
  if (!Cbc(true, keys.aes_key, iv, plaintext, &sealed.ciphertext)) {
    return absl::InvalidArgumentError("the plaintext is too long");
  }
  sealed.tag = Tag(enc, keys.mac_key, aad, iv, sealed.ciphertext);
  return sealed;
}

absl::StatusOr<std::string> AesCbcHmacOpen(ContentEnc enc,
                                           absl::string_view cek,
                                           absl::string_view iv,
                                           absl::string_view aad,
                                           absl::string_view ciphertext,
                                           absl::string_view tag) {
  ErrorScope errors;
  const absl::Status status = CheckCbcHmac(enc, cek, iv);
  if (!status.ok()) return status;
  const Halves keys = Split(cek);
  if (!ConstantTimeEquals(Tag(enc, keys.mac_key, aad, iv, ciphertext), tag)) {
    return CannotOpen();
  }
  std::string plaintext;
  if (!Cbc(false, keys.aes_key, iv, ciphertext, &plaintext)) {
    return CannotOpen();
  }
  return plaintext;
}

absl::StatusOr<std::string> AesGcmSeal(absl::string_view key,
                                       absl::string_view plaintext,
                                       absl::string_view aad, Random& random) {
  ErrorScope errors;
  bssl::ScopedEVP_AEAD_CTX context;
  const absl::Status status = InitGcm(key, context.get());
  if (!status.ok()) return status;
  std::string sealed(kGcmNonceSize + plaintext.size() + kGcmTagSize, '\0');
  random.Fill(&sealed[0], kGcmNonceSize);
  size_t size = 0;
  if (!EVP_AEAD_CTX_seal(context.get(), Octets(&sealed) + kGcmNonceSize, &size,
                         sealed.size() - kGcmNonceSize, Octets(&sealed),
                         kGcmNonceSize, Octets(plaintext), plaintext.size(),
                         Octets(aad), aad.size())) {
    return absl::InternalError("AES-256-GCM could not seal");
  }
  sealed.resize(kGcmNonceSize + size);
  return sealed;
}

absl::StatusOr<SecretBytes> AesGcmOpen(absl::string_view key,
                                       absl::string_view sealed,
                                       absl::string_view aad) {
  ErrorScope errors;
  bssl::ScopedEVP_AEAD_CTX context;
  const absl::Status status = InitGcm(key, context.get());
  if (!status.ok()) return status;
  if (sealed.size() < kGcmNonceSize + kGcmTagSize) return CannotOpen();
  const absl::string_view nonce = sealed.substr(0, kGcmNonceSize);
  const absl::string_view ciphertext = sealed.substr(kGcmNonceSize);
  // Room for the tag, as the interface wants it.
  SecretBytes buffer = SecretBytes::OfSize(ciphertext.size());
  size_t size = 0;
  if (!EVP_AEAD_CTX_open(
          context.get(), reinterpret_cast<uint8_t*>(buffer.data()), &size,
          buffer.size(), Octets(nonce), nonce.size(), Octets(ciphertext),
          ciphertext.size(), Octets(aad), aad.size())) {
    return CannotOpen();
  }
  return SecretBytes(buffer.view().substr(0, size));
}

absl::StatusOr<std::string> AesCbcEncrypt(absl::string_view key,
                                          absl::string_view iv,
                                          absl::string_view plaintext) {
  ErrorScope errors;
  const absl::Status status = CheckCbc(key, iv);
  if (!status.ok()) return status;
  std::string ciphertext;
  if (!Cbc(true, key, iv, plaintext, &ciphertext)) {
    return absl::InvalidArgumentError("the plaintext is too long");
  }
  return ciphertext;
}

absl::StatusOr<std::string> AesCbcDecrypt(absl::string_view key,
                                          absl::string_view iv,
                                          absl::string_view ciphertext) {
  ErrorScope errors;
  const absl::Status status = CheckCbc(key, iv);
  if (!status.ok()) return status;
  std::string plaintext;
  if (!Cbc(false, key, iv, ciphertext, &plaintext)) return CannotOpen();
  return plaintext;
}

absl::StatusOr<std::string> AesKeyWrap(absl::string_view kek,
                                       absl::string_view key) {
  ErrorScope errors;
  AES_KEY aes;
  if (CbcCipher(kek.size()) == nullptr ||
      AES_set_encrypt_key(Octets(kek), kek.size() * 8, &aes) != 0) {
    return WrongSize("the key-encryption key", kek.size(), "16, 24 or 32");
  }
  std::string wrapped(key.size() + 8, '\0');
  const int size =
      AES_wrap_key(&aes, nullptr, Octets(&wrapped), Octets(key), key.size());
  OPENSSL_cleanse(&aes, sizeof(aes));
  if (size < 0) {
    return WrongSize("the key to be wrapped", key.size(),
                     "a multiple of 8 from 16 on");
  }
  return wrapped;
}

absl::StatusOr<SecretBytes> AesKeyUnwrap(absl::string_view kek,
                                         absl::string_view wrapped) {
  ErrorScope errors;
  AES_KEY aes;
  if (CbcCipher(kek.size()) == nullptr ||
      AES_set_decrypt_key(Octets(kek), kek.size() * 8, &aes) != 0) {
    return WrongSize("the key-encryption key", kek.size(), "16, 24 or 32");
  }
  // Two blocks and the check value at least; BoringSSL looks at it too, but
  // the buffer must be large enough before.
  if (wrapped.size() < 24 || wrapped.size() % 8 != 0) return CannotOpen();
  SecretBytes key = SecretBytes::OfSize(wrapped.size() - 8);
  const int size =
      AES_unwrap_key(&aes, nullptr, reinterpret_cast<uint8_t*>(key.data()),
                     Octets(wrapped), wrapped.size());
  OPENSSL_cleanse(&aes, sizeof(aes));
  if (size < 0) return CannotOpen();
  return key;
}

}  // namespace crypto
}  // namespace otrp
