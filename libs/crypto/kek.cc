#include "libs/crypto/kek.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/crypto/aead.h"

namespace otrp {
namespace crypto {

absl::StatusOr<std::string> Kek::Seal(absl::string_view plaintext,
                                      absl::string_view aad,
                                      Random& random) const {
  return AesGcmSeal(current_, plaintext, aad, random);
}

absl::StatusOr<SecretBytes> Kek::Open(absl::string_view sealed,
                                      absl::string_view aad) const {
  absl::StatusOr<SecretBytes> opened = AesGcmOpen(current_, sealed, aad);
  if (opened.ok() || !has_previous()) return opened;
  return AesGcmOpen(previous_, sealed, aad);
}

Kek::Under Kek::Of(absl::string_view sealed, absl::string_view aad) const {
  if (AesGcmOpen(current_, sealed, aad).ok()) return Under::kCurrent;
  return has_previous() && AesGcmOpen(previous_, sealed, aad).ok()
             ? Under::kPrevious
             : Under::kNeither;
}

absl::StatusOr<absl::optional<std::string>> Kek::Rewrap(
    absl::string_view sealed, absl::string_view aad, Random& random) const {
  if (Of(sealed, aad) == Under::kCurrent) return absl::optional<std::string>();
  OTRP_ASSIGN_OR_RETURN(const SecretBytes opened, Open(sealed, aad));
  OTRP_ASSIGN_OR_RETURN(std::string again, Seal(opened.view(), aad, random));
  return absl::optional<std::string>(std::move(again));
}

}  // namespace crypto
}  // namespace otrp
