// How far an application's versions have come, and what happened to devices, as
// the TSM tells (otrp.tsm.v1.Outcomes).
//
// Thread-safety: values.

#ifndef OTRP_SERVICES_SP_PORTAL_DOMAIN_ROLLOUT_H_
#define OTRP_SERVICES_SP_PORTAL_DOMAIN_ROLLOUT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace otrp {
namespace portal {

struct Rollout {
  std::string spid;
  std::string taid;
  std::string version;
  // How many have it.
  int64_t devices = 0;
  // How often something about it failed, for the first time or for good.
  int64_t failures = 0;
  absl::Time changed_at;
};

struct DeviceOutcome {
  enum class Kind { kInstalled, kRemoved, kFailed, kRefused };
  Kind kind = Kind::kInstalled;
  // 32 octets.
  std::string did;
  std::string spid;
  // A UUID in lower case; empty where it isn't about an application.
  std::string taid;
  std::string version;
  // Of kFailed: "InstallTA".
  std::string action;
  std::string code;
  // What the TEE or the verifier said beside it; printable.
  std::string detail;
  bool given_up = false;
};

// What is applied once.
struct OutcomeBatch {
  // UUID; empty: there is nothing.
  std::string id;
  std::vector<DeviceOutcome> outcomes;
};

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_DOMAIN_ROLLOUT_H_
