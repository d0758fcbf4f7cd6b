// A service's key-encryption key, and the one before it while that is taken out
// of use: what either has sealed opens, and everything is sealed by the current
// one.
//
// A sealed value doesn't say by which key it was sealed: the tag does.
//
// Thread-safety: immutable; Random's own.
// Errors: INVALID_ARGUMENT for what neither opens; for keys of a wrong length.

#ifndef OTRP_LIBS_CRYPTO_KEK_H_
#define OTRP_LIBS_CRYPTO_KEK_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "libs/base/random.h"
#include "libs/base/secret.h"

namespace otrp {
namespace crypto {

// A view of the keys, which must outlive it.
class Kek {
 public:
  // 32 octets each; `previous` empty: there is none.
  explicit Kek(absl::string_view current, absl::string_view previous = "")
      : current_(current), previous_(previous) {}

  absl::StatusOr<std::string> Seal(absl::string_view plaintext,
                                   absl::string_view aad, Random& random) const;
  absl::StatusOr<SecretBytes> Open(absl::string_view sealed,
                                   absl::string_view aad) const;

  enum class Under { kCurrent, kPrevious, kNeither };
  Under Of(absl::string_view sealed, absl::string_view aad) const;
  // The same by the current key; nothing where it is.
  absl::StatusOr<absl::optional<std::string>> Rewrap(absl::string_view sealed,
                                                     absl::string_view aad,
                                                     Random& random) const;

  bool has_previous() const { return !previous_.empty(); }

 private:
  absl::string_view current_;
  absl::string_view previous_;
};

}  // namespace crypto
}  // namespace otrp

#endif  // OTRP_LIBS_CRYPTO_KEK_H_
