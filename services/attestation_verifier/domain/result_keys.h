// The keys that sign results, and when they follow one another.
//
// A key is shown before it signs, so that relying parties that keep the JWK Set
// for a while know it, and afterwards as long as what it signed is valid.
//
// Thread-safety: values and functions without state.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_DOMAIN_RESULT_KEYS_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_DOMAIN_RESULT_KEYS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace otrp {
namespace verifier {

enum class KeyState { kCurrent, kNext, kRetired };

// The state's word in the database and in lists.
absl::string_view WordOf(KeyState state);
// DATA_LOSS for another word.
absl::StatusOr<KeyState> KeyStateOf(absl::string_view word);

struct StoredResultKey {
  std::string kid;
  KeyState state = KeyState::kNext;
  // PKCS#8, sealed.
  std::string sealed;
  // SubjectPublicKeyInfo, DER.
  std::string spki;
  // Of the state.
  absl::Time since;
};

using ResultKeys = std::vector<StoredResultKey>;

// Why keys change now.
enum class Rotation {
  // Because of their age alone.
  kWhenDue,
  kNow,
  // And what signed before is no longer good.
  kForget,
};

// Whether AfterRotation() would change anything.
bool RotationIsDue(const ResultKeys& held, absl::Time now);

// The keys that there are to be. `make` makes a new one, as the next; its error
// is the result's.
absl::StatusOr<ResultKeys> AfterRotation(
    const ResultKeys& held, Rotation rotation, absl::Time now,
    const std::function<absl::StatusOr<StoredResultKey>()>& make);

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_DOMAIN_RESULT_KEYS_H_
