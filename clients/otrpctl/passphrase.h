// Passphrases of key files: out of a file that is its owner's alone, or typed
// at the terminal. Never of the command line or the environment.
//
// Thread-safety: functions without state.
// Errors: usage errors that name the flag; CANCELLED at the terminal.

#ifndef CLIENTS_OTRPCTL_PASSPHRASE_H_
#define CLIENTS_OTRPCTL_PASSPHRASE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/secret.h"

namespace otrp::ctl {

// For a key that is made: at least kMinPassphrase octets; typed twice.
inline constexpr size_t kMinPassphrase = 12;
absl::StatusOr<SecretBytes> NewPassphrase(absl::string_view flag,
                                          const std::string& file);

// For a key that is there.
absl::StatusOr<SecretBytes> KnownPassphrase(absl::string_view flag,
                                            const std::string& file);

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_PASSPHRASE_H_
