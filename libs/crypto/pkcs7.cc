#include "libs/crypto/pkcs7.h"

#include <openssl/mem.h>
#include <openssl/pkcs7.h>
#include <openssl/pool.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "libs/crypto/internal.h"

namespace otrp {
namespace crypto {

absl::StatusOr<std::string> CertsOnly(const std::vector<std::string>& ders) {
  const internal::ErrorScope errors;
  bssl::UniquePtr<STACK_OF(CRYPTO_BUFFER)> stack(sk_CRYPTO_BUFFER_new_null());
  bool good = stack != nullptr;
  for (const std::string& der : ders) {
    bssl::UniquePtr<CRYPTO_BUFFER> buffer(
        CRYPTO_BUFFER_new(internal::Octets(der), der.size(), nullptr));
    good = good && buffer && bssl::PushToStack(stack.get(), std::move(buffer));
  }
  bssl::ScopedCBB cbb;
  uint8_t* octets = nullptr;
  size_t size = 0;
  good = good && CBB_init(cbb.get(), 0) &&
         PKCS7_bundle_raw_certificates(cbb.get(), stack.get()) &&
         CBB_finish(cbb.get(), &octets, &size);
  const bssl::UniquePtr<uint8_t> owned(octets);
  if (!good) return absl::InternalError("can't make a PKCS#7 message");
  return std::string(internal::ToView(octets, size));
}

}  // namespace crypto
}  // namespace otrp
