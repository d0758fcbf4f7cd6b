// Policies and reasons as the JSON of their columns.
//
// Thread-safety: functions without state.
// Errors: DATA_LOSS for a column that we didn't write.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_JSON_COLUMNS_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_JSON_COLUMNS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/attest/appraise.h"
#include "libs/attest/policy.h"
#include "services/attestation_verifier/domain/model.h"

namespace otrp {
namespace verifier {

std::string PolicyToJson(const attest::Policy& policy);
// Members that are absent have their default: older versions lack them.
absl::StatusOr<attest::Policy> PolicyFromJson(absl::string_view text);

std::string ReasonsToJson(const std::vector<attest::Reason>& reasons);
absl::StatusOr<std::vector<attest::Reason>> ReasonsFromJson(
    absl::string_view text);

std::string ClaimsToJson(const AppraisedClaims& claims);
// Members that are absent are empty: older rows lack them.
absl::StatusOr<AppraisedClaims> ClaimsFromJson(absl::string_view text);

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_JSON_COLUMNS_H_
