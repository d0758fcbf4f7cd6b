// Helpers that turn flags into checked settings. Flags themselves are declared
// in services/*/config.cc and in clients only; --flagfile gives a file of
// them.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT naming the flag and what to do; never a secret.

#ifndef OTRP_LIBS_CONFIG_CONFIG_H_
#define OTRP_LIBS_CONFIG_CONFIG_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/base/secret.h"

namespace otrp {
namespace config {

absl::Status RequireNonEmpty(absl::string_view flag, absl::string_view value);

struct HostPort {
  std::string host;
  int port = 0;
};

// "127.0.0.1:9101", "ca.internal:9101", "[::1]:9101"; port 0 to 65535.
absl::StatusOr<HostPort> ParseHostPort(absl::string_view flag,
                                       absl::string_view value);

// "10s", "1.5h"; more than zero.
absl::StatusOr<absl::Duration> ParsePositiveDuration(absl::string_view flag,
                                                     absl::string_view value);

absl::Status CheckRange(absl::string_view flag, int value, int least, int most);
absl::Status CheckRange(absl::string_view flag, absl::Duration value,
                        absl::Duration least, absl::Duration most);

// A file's octets, up to 16 MiB.
absl::StatusOr<std::string> ReadFile(absl::string_view flag,
                                     const std::string& path);

// As ReadFile(), but refuses a file that group or others may read or write,
// and an empty one. Root's file may be readable by its group where we are
// somebody else (a mounted secret).
absl::StatusOr<SecretBytes> ReadSecretFile(absl::string_view flag,
                                           const std::string& path);

// A symmetric key of exactly `bytes` octets from a file as ReadSecretFile()
// takes it: raw, or twice as many hexadecimal digits and a newline.
absl::StatusOr<SecretBytes> ReadKeyFile(absl::string_view flag,
                                        const std::string& path, size_t bytes);

// One to kMaxKeys keys of exactly `bytes` octets: a raw one, or lines of
// hexadecimal digits. The first is the one to use, the others are still good.
inline constexpr size_t kMaxKeys = 4;
absl::StatusOr<std::vector<SecretBytes>> ReadKeysFile(absl::string_view flag,
                                                      const std::string& path,
                                                      size_t bytes);

// The connection string of a file as ReadSecretFile() takes it, without the
// white space around it.
absl::StatusOr<std::string> ReadDsnFile(absl::string_view flag,
                                        const std::string& path);

// Sources: the file is read once, so that a bad one is known at the start, and
// again whenever the source is called: a secret that was changed is used from
// then on. Thread-safe.
using DsnSource = std::function<absl::StatusOr<std::string>()>;
absl::StatusOr<DsnSource> OpenDsnFile(absl::string_view flag,
                                      const std::string& path);
using KeysSource = std::function<absl::StatusOr<std::vector<SecretBytes>>()>;
absl::StatusOr<KeysSource> OpenKeysFile(absl::string_view flag,
                                        const std::string& path, size_t bytes);

}  // namespace config
}  // namespace otrp

#endif  // OTRP_LIBS_CONFIG_CONFIG_H_
