// What a session must know between two messages of a device, beside its row:
// which TEEs are still to be served, and what the outstanding request was.
// Kept as one JSON object with the session.
//
// Thread-safety: values. Errors: DATA_LOSS for text that Serialize() didn't
// write.

#ifndef OTRP_SERVICES_TSM_DOMAIN_SESSION_MEMORY_H_
#define OTRP_SERVICES_TSM_DOMAIN_SESSION_MEMORY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/tsm/domain/plan.h"
#include "services/tsm/domain/session.h"

namespace otrp {
namespace tsm {

// The request that a device has to answer.
struct Outstanding {
  PlannedRequest request;
  // Hex SHA-256 of the request's encrypted_key: a response that repeats it is
  // read with the derived content key, without a private-key operation.
  std::string encrypted_key_sha256;
  // Of the session secret that this content key was derived from.
  std::string secret_id;
  // The catalogue's that it was planned with; 0: a process of the version
  // before has planned it.
  int64_t catalogue_version = 0;

  friend bool operator==(const Outstanding& a, const Outstanding& b) {
    return a.request == b.request &&
           a.encrypted_key_sha256 == b.encrypted_key_sha256 &&
           a.secret_id == b.secret_id &&
           a.catalogue_version == b.catalogue_version;
  }
};

struct SessionMemory {
  // Restarts, requests, and which algorithm signs.
  Progress progress;
  // TEEs that still have to be served, the current one first. 32 octets each.
  std::vector<std::string> queue;
  // Of ours: it signed the GetDeviceStateRequest that the last state answered,
  // and goes on to sign. Empty: not known, the current one.
  std::string identity;
  // Something failed, so that the session doesn't end as done.
  bool failed = false;
  // Something is left to do that waits or was given up: likewise.
  bool blocked = false;
  Outstanding outstanding;

  std::string Serialize() const;
  static absl::StatusOr<SessionMemory> Parse(absl::string_view text);
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_DOMAIN_SESSION_MEMORY_H_
