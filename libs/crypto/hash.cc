#include "libs/crypto/hash.h"

#include <openssl/digest.h>
#include <openssl/hkdf.h>
#include <openssl/hmac.h>
#include <openssl/mem.h>
#include <openssl/sha.h>

#include <cstdio>
#include <cstdlib>
#include <new>
#include <type_traits>

#include "libs/crypto/internal.h"

namespace otrp {
namespace crypto {
namespace {

using internal::Octets;

SHA256_CTX* Context(unsigned char* state) {
  return std::launder(reinterpret_cast<SHA256_CTX*>(state));
}

std::string Hmac(const EVP_MD* md, absl::string_view key,
                 absl::string_view message) {
  std::string mac(EVP_MD_size(md), '\0');
  unsigned size = 0;
  // Can only fail for want of memory.
  if (HMAC(md, key.data(), key.size(), Octets(message), message.size(),
           Octets(&mac), &size) == nullptr) {
    std::abort();
  }
  return mac;
}

}  // namespace

std::string Sha256(absl::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(Octets(bytes), bytes.size(), Octets(&digest));
  return digest;
}

std::string Sha1(absl::string_view bytes) {
  std::string digest(SHA_DIGEST_LENGTH, '\0');
  SHA1(Octets(bytes), bytes.size(), Octets(&digest));
  return digest;
}

Sha256Hasher::Sha256Hasher() {
  static_assert(sizeof(SHA256_CTX) <= sizeof(state_), "state_ is too small");
  static_assert(alignof(SHA256_CTX) <= 8, "state_ is not aligned");
  static_assert(std::is_trivially_copyable<SHA256_CTX>::value,
                "copying the octets must copy the state");
  SHA256_Init(new (state_) SHA256_CTX);
}

void Sha256Hasher::Update(absl::string_view bytes) {
  SHA256_Update(Context(state_), bytes.data(), bytes.size());
}

std::string Sha256Hasher::Finish() {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256_Final(Octets(&digest), Context(state_));
  SHA256_Init(Context(state_));
  return digest;
}

std::string HmacSha256(absl::string_view key, absl::string_view message) {
  return Hmac(EVP_sha256(), key, message);
}

std::string HmacSha512(absl::string_view key, absl::string_view message) {
  return Hmac(EVP_sha512(), key, message);
}

SecretBytes HkdfSha256(absl::string_view secret, absl::string_view salt,
                       absl::string_view info, size_t n) {
  SecretBytes out = SecretBytes::OfSize(n);
  if (n == 0) return out;
  if (!HKDF(reinterpret_cast<uint8_t*>(out.data()), n, EVP_sha256(),
            Octets(secret), secret.size(), Octets(salt), salt.size(),
            Octets(info), info.size())) {
    std::fprintf(stderr, "HkdfSha256: %zu octets are more than 8160\n", n);
    std::abort();
  }
  return out;
}

bool ConstantTimeEquals(absl::string_view a, absl::string_view b) {
  return a.size() == b.size() &&
         CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace crypto
}  // namespace otrp
