// Carries a ceremony's plan out, in memory: keys, certificates and CRLs, and
// the transcript that tells of each with its SHA-256. Nothing of it needs a
// service or a network.
//
// Everything that was signed is looked at as relying parties will before it is
// given back.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT with the step's line and column, or naming a file.

#ifndef CLIENTS_OTRPCTL_CEREMONY_H_
#define CLIENTS_OTRPCTL_CEREMONY_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clients/otrpctl/ceremony_plan.h"
#include "libs/base/random.h"
#include "libs/json/json.h"

namespace otrp::ctl {

struct CeremonyFile {
  // "tee-root.key.pem".
  std::string name;
  // Keys are encrypted.
  std::string octets;
  // Only for its owner's eyes all the same.
  bool is_key = false;
};

struct Ceremony {
  std::vector<CeremonyFile> files;
  json::Value transcript = json::Value::Object();
};

struct CeremonyInput {
  // The plan as it stands in its file, whose hash is in the transcript.
  std::string plan;
  // Reads a file that the plan names.
  std::function<absl::StatusOr<std::string>(const std::string& path)> read;
  // Opens earlier keys and closes new ones.
  absl::string_view passphrase;
  absl::Time now;
  // Of serials.
  Random* random = nullptr;
};

// What would be made, without a key: all files are read, and all that can be
// known beforehand is checked.
absl::StatusOr<Ceremony> RehearseCeremony(const CeremonyInput& input);

absl::StatusOr<Ceremony> RunCeremony(const CeremonyInput& input);

// Lower-case hex.
std::string Sha256Hex(absl::string_view octets);

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_CEREMONY_H_
