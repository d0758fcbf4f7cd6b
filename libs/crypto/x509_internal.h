// What x509.cc, x509_sign.cc and x509_chain.cc share. Not for others.

#ifndef OTRP_LIBS_CRYPTO_X509_INTERNAL_H_
#define OTRP_LIBS_CRYPTO_X509_INTERNAL_H_

#include <openssl/asn1.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/crypto/x509.h"

namespace otrp {
namespace crypto {
namespace internal {

absl::Status Bad(absl::string_view what);
absl::StatusOr<absl::Time> ReadTime(const ASN1_TIME* time);
// Hex without leading zeros to and from the number.
absl::StatusOr<std::string> ReadSerial(const ASN1_INTEGER* serial);
bool SerialFromHex(const std::string& hex, ASN1_INTEGER* out);
std::string NameText(const X509_NAME* name);
std::string NameDer(const X509_NAME* name);
std::string CommonName(const X509_NAME* name);
std::string OidText(const ASN1_OBJECT* object);
absl::Status ReadNames(const GENERAL_NAMES* names, SubjectNames* out);
// Null where a name can't be written.
bssl::UniquePtr<GENERAL_NAMES> MakeNames(const SubjectNames& names);
bool IsEmpty(const SubjectNames& names);
bssl::UniquePtr<X509_NAME> MakeName(absl::string_view common_name);

}  // namespace internal
}  // namespace crypto
}  // namespace otrp

#endif  // OTRP_LIBS_CRYPTO_X509_INTERNAL_H_
