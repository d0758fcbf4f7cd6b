#include "libs/crypto/kem.h"

#include <openssl/ec_key.h>
#include <openssl/ecdh.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/internal.h"

namespace otrp {
namespace crypto {
namespace {

using internal::ErrorScope;
using internal::Octets;

constexpr size_t kMinPadding = 8;
// 00 02 .. 00
constexpr size_t kFrame = 3;
constexpr size_t kP256Octets = 32;

absl::Status WrongKeyType(absl::string_view wanted) {
  return absl::InvalidArgumentError(
      absl::StrCat("the key is not an ", wanted, " key"));
}

absl::Status CheckFits(size_t modulus, size_t message) {
  if (message + kFrame + kMinPadding <= modulus) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("an RSA key of ", modulus, " octets can't carry ", message));
}

// Keeps the compiler from seeing that a mask is only ever 0 or ~0, out of
// which it would make a branch.
uint32_t Opaque(uint32_t value) {
  __asm__ volatile("" : "+r"(value));
  return value;
}

// 1 for 0, else 0; for octets.
uint32_t IsZero(uint32_t octet) { return Opaque((octet - 1) >> 31); }

std::string LengthAnd(absl::string_view bytes) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(bytes.size() >> shift));
  }
  out.append(bytes.data(), bytes.size());
  return out;
}

std::string BigEndian32(uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift));
  }
  return out;
}

}  // namespace

absl::StatusOr<std::string> RsaPkcs1Encrypt(const PublicKey& key,
                                            absl::string_view message,
                                            Random& random) {
  ErrorScope errors;
  if (key.type() != KeyType::kRsa) return WrongKeyType("RSA");
  RSA* rsa = EVP_PKEY_get0_RSA(key.evp());
  const size_t k = RSA_size(rsa);
  const absl::Status fits = CheckFits(k, message.size());
  if (!fits.ok()) return fits;

  SecretBytes block = SecretBytes::OfSize(k);
  char* em = block.data();
  em[1] = 2;
  const size_t separator = k - message.size() - 1;
  random.Fill(em + 2, separator - 2);
  for (size_t i = 2; i < separator; ++i) {
    while (em[i] == 0) random.Fill(em + i, 1);
  }
  std::copy(message.begin(), message.end(), em + separator + 1);

  std::string ciphertext(k, '\0');
  size_t size = 0;
  if (!RSA_encrypt(rsa, &size, Octets(&ciphertext), k, Octets(block.view()), k,
                   RSA_NO_PADDING)) {
    return absl::InternalError("the RSA key could not encrypt");
  }
  ciphertext.resize(size);
  return ciphertext;
}

absl::StatusOr<SecretBytes> RsaPkcs1Unwrap(const PrivateKey& key,
                                           absl::string_view ciphertext,
                                           size_t expected_size,
                                           Random& random) {
  ErrorScope errors;
  if (key.type() != KeyType::kRsa) return WrongKeyType("RSA");
  RSA* rsa = EVP_PKEY_get0_RSA(key.evp());
  const size_t k = RSA_size(rsa);
  const absl::Status fits = CheckFits(k, expected_size);
  if (!fits.ok()) return fits;

  SecretBytes substitute = SecretBytes::OfSize(expected_size);
  if (expected_size > 0) random.Fill(substitute.data(), expected_size);

  // The raw operation fails for a ciphertext of another length or not below
  // the modulus. Both can be seen from outside; still they go the same way.
  SecretBytes block = SecretBytes::OfSize(k);
  size_t size = 0;
  const bool done =
      RSA_decrypt(rsa, &size, reinterpret_cast<uint8_t*>(block.data()), k,
                  Octets(ciphertext), ciphertext.size(), RSA_NO_PADDING);

  const uint8_t* em = Octets(block.view());
  const size_t separator = k - expected_size - 1;
  uint32_t bad = (done && size == k) ? 0u : 1u;
  bad |= em[0];
  bad |= em[1] ^ 2u;
  for (size_t i = 2; i < separator; ++i) bad |= IsZero(em[i]);
  bad |= em[separator];

  // ~0 where anything was wrong.
  const uint32_t mask = Opaque(0u - (1u ^ IsZero(bad)));
  SecretBytes result = SecretBytes::OfSize(expected_size);
  const uint8_t* other = Octets(substitute.view());
  for (size_t i = 0; i < expected_size; ++i) {
    result.data()[i] =
        static_cast<char>((em[separator + 1 + i] & ~mask) | (other[i] & mask));
  }
  return result;
}

absl::StatusOr<SecretBytes> Ecdh(const PrivateKey& key, const PublicKey& peer) {
  ErrorScope errors;
  if (key.type() != KeyType::kEcP256 || peer.type() != KeyType::kEcP256) {
    return WrongKeyType("EC");
  }
  SecretBytes z = SecretBytes::OfSize(kP256Octets);
  const int size =
      ECDH_compute_key(z.data(), z.size(),
                       EC_KEY_get0_public_key(EVP_PKEY_get0_EC_KEY(peer.evp())),
                       EVP_PKEY_get0_EC_KEY(key.evp()), nullptr);
  if (size != static_cast<int>(kP256Octets)) {
    return absl::InvalidArgumentError("the two EC keys have no common secret");
  }
  return z;
}

SecretBytes ConcatKdf(absl::string_view z, absl::string_view algorithm_id,
                      absl::string_view apu, absl::string_view apv,
                      size_t size) {
  const std::string other_info =
      absl::StrCat(LengthAnd(algorithm_id), LengthAnd(apu), LengthAnd(apv),
                   BigEndian32(static_cast<uint32_t>(size * 8)));
  SecretBytes out = SecretBytes::OfSize(size);
  uint32_t round = 1;
  for (size_t done = 0; done < size; done += kSha256Size, ++round) {
    Sha256Hasher hasher;
    hasher.Update(BigEndian32(round));
    hasher.Update(z);
    hasher.Update(other_info);
    const SecretBytes digest = SecretBytes::Take(hasher.Finish());
    const size_t n = std::min(kSha256Size, size - done);
    std::copy_n(digest.view().begin(), n, out.data() + done);
  }
  return out;
}

}  // namespace crypto
}  // namespace otrp
