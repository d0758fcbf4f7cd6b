#include "services/sp_portal/domain/bearer.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "libs/crypto/hash.h"

namespace otrp {
namespace portal {
namespace {

constexpr absl::string_view kDigits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr size_t kSecretBytes = 32;
// The least n with 62^n >= 2^256, 2^32 and 2^96.
constexpr size_t kSecretDigits = 43;
constexpr size_t kChecksumBytes = 4;
constexpr size_t kChecksumDigits = 6;
constexpr size_t kIdBytes = 12;
constexpr size_t kIdDigits = 17;

// The number that `bytes` are, big-endian, in `width` digits.
std::string Base62(std::string bytes, size_t width) {
  std::string out(width, kDigits[0]);
  for (size_t i = width; i-- > 0;) {
    unsigned remainder = 0;
    for (char& byte : bytes) {
      const unsigned value = remainder * 256 + static_cast<unsigned char>(byte);
      byte = static_cast<char>(value / kDigits.size());
      remainder = static_cast<unsigned>(value % kDigits.size());
    }
    out[i] = kDigits[remainder];
  }
  return out;
}

std::string Checksum(absl::string_view text) {
  return Base62(crypto::Sha256(text).substr(0, kChecksumBytes),
                kChecksumDigits);
}

}  // namespace

Bearer NewBearer(absl::string_view prefix, Random& random) {
  Bearer bearer;
  bearer.secret =
      absl::StrCat(prefix, Base62(random.Bytes(kSecretBytes), kSecretDigits));
  absl::StrAppend(&bearer.secret, Checksum(bearer.secret));
  bearer.sha256 = crypto::Sha256(bearer.secret);
  return bearer;
}

absl::optional<std::string> BearerDigest(absl::string_view prefix,
                                         absl::string_view secret) {
  if (secret.size() != prefix.size() + kSecretDigits + kChecksumDigits ||
      secret.substr(0, prefix.size()) != prefix) {
    return absl::nullopt;
  }
  const absl::string_view body =
      secret.substr(0, secret.size() - kChecksumDigits);
  if (Checksum(body) != secret.substr(body.size())) return absl::nullopt;
  return crypto::Sha256(secret);
}

std::string NewId(absl::string_view prefix, Random& random) {
  return absl::StrCat(prefix, Base62(random.Bytes(kIdBytes), kIdDigits));
}

}  // namespace portal
}  // namespace otrp
