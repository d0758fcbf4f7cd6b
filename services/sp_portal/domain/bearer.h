// Secrets that say who one is by being known: tokens, invitation codes,
// sessions of the console.
//
//   otrp_   43 characters of base62   6 of a checksum
//
// 256 random bits; the checksum (32 bits of SHA-256 over what stands before
// it) lets a scanner tell a leaked one from any other text, and refuses a
// mistyped one without a question to the database. Only a digest is ever kept.
//
// Thread-safety: functions without state.

#ifndef OTRP_SERVICES_SP_PORTAL_DOMAIN_BEARER_H_
#define OTRP_SERVICES_SP_PORTAL_DOMAIN_BEARER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "libs/base/random.h"

namespace otrp {
namespace portal {

inline constexpr char kTokenPrefix[] = "otrp_";
inline constexpr char kCodePrefix[] = "otrpinv_";
inline constexpr char kSessionPrefix[] = "otrpses_";

struct Bearer {
  // To be shown once.
  std::string secret;
  // SHA-256 over it, to be kept.
  std::string sha256;
};

Bearer NewBearer(absl::string_view prefix, Random& random);

// SHA-256 over `secret`; nothing for a text that NewBearer() doesn't write.
absl::optional<std::string> BearerDigest(absl::string_view prefix,
                                         absl::string_view secret);

// A name that isn't guessed but is no secret: `prefix` and 17 characters of
// base62 for 96 random bits.
std::string NewId(absl::string_view prefix, Random& random);

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_DOMAIN_BEARER_H_
