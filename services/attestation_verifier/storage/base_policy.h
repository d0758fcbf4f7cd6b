// The base policy's versions, inside of somebody's transaction.
//
// Thread-safety: functions without state.
// Errors: ABORTED where `expected` isn't the current version; the store's.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_BASE_POLICY_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_BASE_POLICY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "libs/attest/policy.h"
#include "libs/store/pool.h"
#include "services/attestation_verifier/domain/model.h"

namespace otrp {
namespace verifier {

// Version 0 and the default policy where none was ever set.
absl::StatusOr<VersionedPolicy> LoadBasePolicy(store::Tx& tx);
// The new version. `expected` 0 takes any current one.
absl::StatusOr<int64_t> SetBasePolicy(store::Tx& tx,
                                      const attest::Policy& policy,
                                      int64_t expected,
                                      const std::string& set_by);

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_BASE_POLICY_H_
