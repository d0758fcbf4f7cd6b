#include "libs/crypto/bare.h"

#include <openssl/aes.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/ecdh.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

namespace otrp {
namespace crypto {
namespace bare {
namespace {

constexpr size_t kPointOctets = 65;
constexpr size_t kRsaOctets = 256;
constexpr size_t kCekOctets = 32;
constexpr size_t kWrappedOctets = kCekOctets + 8;
constexpr unsigned kAesBits = 128;

void Check(bool done, const char* what) {
  if (done) return;
  std::fprintf(stderr, "bare %s failed\n", what);
  std::abort();
}

bssl::UniquePtr<EC_KEY> NewEcKey() {
  bssl::UniquePtr<EC_KEY> key(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
  Check(key && EC_KEY_generate_key(key.get()), "EC key");
  return key;
}

}  // namespace

struct Operations::State {
  Keys keys;
  bssl::UniquePtr<RSA> rsa;
  bssl::UniquePtr<EC_KEY> ec;
  bssl::UniquePtr<EC_KEY> peer;
  // Of the peer.
  uint8_t point[kPointOctets];
  uint8_t cek[kCekOctets] = {1};
  uint8_t wrapped_rsa[kRsaOctets];
  uint8_t wrapped_ec[kWrappedOctets];
  uint8_t signed_digest[SHA256_DIGEST_LENGTH];
  // What Verify() verifies, and what Sign() made last.
  std::vector<uint8_t> signature;
  bssl::UniquePtr<ECDSA_SIG> ec_signature;
  std::vector<uint8_t> made;
  bssl::UniquePtr<ECDSA_SIG> ec_made;
  std::vector<uint8_t> text;
  std::vector<uint8_t> out;

  void Agree(const EC_KEY* own, const EC_POINT* other, uint8_t* kek) {
    uint8_t z[32];
    Check(ECDH_compute_key(z, sizeof(z), other, own, nullptr) == sizeof(z),
          "ECDH");
    SHA256(z, sizeof(z), kek);
  }

  void Cbc(size_t size, int direction) {
    AES_KEY key;
    uint8_t iv[AES_BLOCK_SIZE] = {2};
    if (direction == AES_ENCRYPT) {
      AES_set_encrypt_key(cek, kAesBits, &key);
    } else {
      AES_set_decrypt_key(cek, kAesBits, &key);
    }
    // Padding fills the last block.
    const size_t whole = (size / AES_BLOCK_SIZE + 1) * AES_BLOCK_SIZE;
    AES_cbc_encrypt(text.data(), out.data(), whole, &key, iv, direction);
  }

  void Tag(const std::vector<uint8_t>& over, size_t size) {
    uint8_t tag[SHA256_DIGEST_LENGTH];
    unsigned length = 0;
    Check(HMAC(EVP_sha256(), cek, kCekOctets / 2, over.data(), size, tag,
               &length) != nullptr,
          "HMAC");
  }
};

Operations::Operations(Keys keys, size_t longest)
    : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.keys = keys;
  s.text.assign(longest + 2 * AES_BLOCK_SIZE, 'x');
  // Keys are wrapped into it too.
  s.out.resize(std::max(s.text.size(), kRsaOctets));
  s.made.resize(kRsaOctets);
  SHA256(s.text.data(), 0, s.signed_digest);
  if (keys == Keys::kRsa2048) {
    s.rsa.reset(RSA_new());
    bssl::UniquePtr<BIGNUM> e(BN_new());
    Check(s.rsa && e && BN_set_word(e.get(), RSA_F4) &&
              RSA_generate_key_ex(s.rsa.get(), 2048, e.get(), nullptr),
          "RSA key");
    Wrap();
    std::copy(s.out.begin(), s.out.begin() + kRsaOctets, s.wrapped_rsa);
  } else {
    s.ec = NewEcKey();
    s.peer = NewEcKey();
    Check(EC_POINT_point2oct(EC_KEY_get0_group(s.peer.get()),
                             EC_KEY_get0_public_key(s.peer.get()),
                             POINT_CONVERSION_UNCOMPRESSED, s.point,
                             sizeof(s.point), nullptr) == sizeof(s.point),
          "point");
    uint8_t kek[SHA256_DIGEST_LENGTH];
    s.Agree(s.ec.get(), EC_KEY_get0_public_key(s.peer.get()), kek);
    AES_KEY wrap_key;
    AES_set_encrypt_key(kek, kAesBits, &wrap_key);
    Check(AES_wrap_key(&wrap_key, nullptr, s.wrapped_ec, s.cek, kCekOctets) ==
              static_cast<int>(kWrappedOctets),
          "AES key wrap");
  }
  Sign(0);
  s.signature = s.made;
  s.ec_signature = std::move(s.ec_made);
}

Operations::~Operations() = default;

void Operations::Sign(size_t size) {
  State& s = *state_;
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256(s.text.data(), size, digest);
  if (s.keys == Keys::kRsa2048) {
    unsigned length = 0;
    Check(RSA_sign(NID_sha256, digest, sizeof(digest), s.made.data(), &length,
                   s.rsa.get()),
          "RSA signature");
    return;
  }
  s.ec_made.reset(ECDSA_do_sign(digest, sizeof(digest), s.ec.get()));
  Check(s.ec_made != nullptr, "ECDSA signature");
}

void Operations::Verify(size_t size) {
  State& s = *state_;
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256(s.text.data(), size, digest);
  // The signature of the constructor's message; hashing `size` octets is for
  // its cost.
  if (s.keys == Keys::kRsa2048) {
    Check(RSA_verify(NID_sha256, s.signed_digest, sizeof(s.signed_digest),
                     s.signature.data(), kRsaOctets, s.rsa.get()),
          "RSA verification");
    return;
  }
  Check(ECDSA_do_verify(s.signed_digest, sizeof(s.signed_digest),
                        s.ec_signature.get(), s.ec.get()),
        "ECDSA verification");
}

void Operations::Wrap() {
  State& s = *state_;
  if (s.keys == Keys::kRsa2048) {
    size_t length = 0;
    Check(RSA_encrypt(s.rsa.get(), &length, s.out.data(), s.out.size(), s.cek,
                      kCekOctets, RSA_PKCS1_PADDING),
          "RSA encryption");
    return;
  }
  const bssl::UniquePtr<EC_KEY> ephemeral = NewEcKey();
  uint8_t point[kPointOctets];
  Check(EC_POINT_point2oct(EC_KEY_get0_group(ephemeral.get()),
                           EC_KEY_get0_public_key(ephemeral.get()),
                           POINT_CONVERSION_UNCOMPRESSED, point, sizeof(point),
                           nullptr) == sizeof(point),
        "point");
  uint8_t kek[SHA256_DIGEST_LENGTH];
  s.Agree(ephemeral.get(), EC_KEY_get0_public_key(s.peer.get()), kek);
  AES_KEY wrap_key;
  AES_set_encrypt_key(kek, kAesBits, &wrap_key);
  Check(AES_wrap_key(&wrap_key, nullptr, s.out.data(), s.cek, kCekOctets) ==
            static_cast<int>(kWrappedOctets),
        "AES key wrap");
}

void Operations::Unwrap() {
  State& s = *state_;
  if (s.keys == Keys::kRsa2048) {
    size_t length = 0;
    Check(RSA_decrypt(s.rsa.get(), &length, s.out.data(), s.out.size(),
                      s.wrapped_rsa, sizeof(s.wrapped_rsa), RSA_NO_PADDING),
          "RSA decryption");
    return;
  }
  const EC_GROUP* group = EC_KEY_get0_group(s.ec.get());
  const bssl::UniquePtr<EC_POINT> point(EC_POINT_new(group));
  Check(point && EC_POINT_oct2point(group, point.get(), s.point,
                                    sizeof(s.point), nullptr),
        "point");
  uint8_t kek[SHA256_DIGEST_LENGTH];
  s.Agree(s.ec.get(), point.get(), kek);
  AES_KEY key;
  AES_set_decrypt_key(kek, kAesBits, &key);
  Check(AES_unwrap_key(&key, nullptr, s.out.data(), s.wrapped_ec,
                       kWrappedOctets) == static_cast<int>(kCekOctets),
        "AES key unwrap");
}

void Operations::EncryptCbc(size_t size) { state_->Cbc(size, AES_ENCRYPT); }

void Operations::Seal(size_t size) {
  state_->Cbc(size, AES_ENCRYPT);
  state_->Tag(state_->out, size);
}

void Operations::Open(size_t size) {
  state_->Tag(state_->text, size);
  state_->Cbc(size, AES_DECRYPT);
}

void Operations::Hash(size_t size) {
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256(state_->text.data(), size, digest);
}

void Operations::ReadCertificate(absl::string_view der) {
  const auto* at = reinterpret_cast<const uint8_t*>(der.data());
  const bssl::UniquePtr<X509> certificate(
      d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  Check(certificate != nullptr, "certificate");
  const bssl::UniquePtr<EVP_PKEY> key(X509_get_pubkey(certificate.get()));
  Check(key != nullptr, "certificate's key");
}

}  // namespace bare
}  // namespace crypto
}  // namespace otrp
