#include "libs/crypto/digest.h"

#include <openssl/digest.h>

#include <cstdlib>

#include "libs/crypto/internal.h"

namespace otrp {
namespace crypto {
namespace {

const EVP_MD* MdOf(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::kSha1: return EVP_sha1();
    case DigestAlgorithm::kSha256: return EVP_sha256();
    case DigestAlgorithm::kSha384: return EVP_sha384();
    case DigestAlgorithm::kSha512: return EVP_sha512();
  }
  std::abort();
}

}  // namespace

std::string Digest(DigestAlgorithm algorithm, absl::string_view bytes) {
  const EVP_MD* md = MdOf(algorithm);
  std::string digest(EVP_MD_size(md), '\0');
  // Can only fail for want of memory.
  if (!EVP_Digest(bytes.data(), bytes.size(), internal::Octets(&digest),
                  nullptr, md, nullptr)) {
    std::abort();
  }
  return digest;
}

}  // namespace crypto
}  // namespace otrp
