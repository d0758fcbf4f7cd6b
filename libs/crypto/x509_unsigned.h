// A certificate that nobody has signed: what is to be looked at before somebody
// does. Apart from x509.h, since few need it.
//
// Thread-safety, errors: as x509.h.

#ifndef OTRP_LIBS_CRYPTO_X509_UNSIGNED_H_
#define OTRP_LIBS_CRYPTO_X509_UNSIGNED_H_

#include <string>

#include "absl/status/statusor.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/x509.h"

namespace otrp {
namespace crypto {

// DER, with a signature of one zero octet: SignX509() with a key of the type
// that the issuer's has signs the same TBSCertificate.
absl::StatusOr<std::string> UnsignedX509(const CertificateSpec& spec,
                                         const PublicKey& key,
                                         const CertificateInfo& issuer,
                                         KeyType issuer_type);

}  // namespace crypto
}  // namespace otrp

#endif  // OTRP_LIBS_CRYPTO_X509_UNSIGNED_H_
