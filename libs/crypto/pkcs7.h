// PKCS#7 as certificates are carried in (RFC 2315, RFC 5652): SignedData that
// has certificates and no signature.
//
// Thread-safety: a function without state.

#ifndef OTRP_LIBS_CRYPTO_PKCS7_H_
#define OTRP_LIBS_CRYPTO_PKCS7_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace otrp {
namespace crypto {

// DER of the certs-only message of these certificates, as DER each. They are a
// set: their order is DER's. INTERNAL where the library fails.
absl::StatusOr<std::string> CertsOnly(const std::vector<std::string>& ders);

}  // namespace crypto
}  // namespace otrp

#endif  // OTRP_LIBS_CRYPTO_PKCS7_H_
