// What the files of libs/crypto share about BoringSSL. Not for others: this is
// the only header here that includes openssl/*.

#ifndef OTRP_LIBS_CRYPTO_INTERNAL_H_
#define OTRP_LIBS_CRYPTO_INTERNAL_H_

#include <openssl/base.h>
#include <openssl/bytestring.h>
#include <openssl/err.h>

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#ifndef OPENSSL_IS_BORINGSSL
#error "libs/crypto needs BoringSSL: use BORINGSSL_COPTS of //bazel"
#endif

namespace otrp {
namespace crypto {
namespace internal {

inline const uint8_t* Octets(absl::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

inline uint8_t* Octets(std::string* bytes) {
  return reinterpret_cast<uint8_t*>(&(*bytes)[0]);
}

inline CBS ToCbs(absl::string_view bytes) {
  CBS cbs;
  CBS_init(&cbs, Octets(bytes), bytes.size());
  return cbs;
}

inline absl::string_view ToView(const uint8_t* data, size_t size) {
  return absl::string_view(reinterpret_cast<const char*>(data), size);
}

// BoringSSL keeps a queue of errors per thread. They are of no use to our
// callers, and must not pile up or be taken for those of a later call.
class ErrorScope {
 public:
  ErrorScope() = default;
  ~ErrorScope() { ERR_clear_error(); }
  ErrorScope(const ErrorScope&) = delete;
  ErrorScope& operator=(const ErrorScope&) = delete;
};

// Why there is no signature. A token's key doesn't sign while the token is
// away, and its library's trouble (pkcs11.h) says why; any other key always
// does.
inline absl::Status NotSigned(bool in_token, absl::string_view what) {
  return in_token ? absl::UnavailableError(
                        "the PKCS #11 token that has the key doesn't sign; try "
                        "again once it is back")
                  : absl::InternalError(what);
}

}  // namespace internal
}  // namespace crypto
}  // namespace otrp

#endif  // OTRP_LIBS_CRYPTO_INTERNAL_H_
