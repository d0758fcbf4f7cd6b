#include "libs/crypto/sha512.h"

#include <openssl/sha.h>

namespace otrp {
namespace crypto {

std::string Sha512(absl::string_view bytes) {
  std::string digest(SHA512_DIGEST_LENGTH, '\0');
  SHA512(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(),
         reinterpret_cast<uint8_t*>(&digest[0]));
  return digest;
}

}  // namespace crypto
}  // namespace otrp
