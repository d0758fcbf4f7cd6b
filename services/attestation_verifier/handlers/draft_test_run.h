// What a draft would do to the devices that are recorded.
//
// Thread-safety: thread-safe. Errors: the stores'; UNAVAILABLE before all was
// loaded.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_DRAFT_TEST_RUN_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_DRAFT_TEST_RUN_H_

#include "absl/status/status.h"
#include "libs/attest/judge.h"
#include "otrp/verifier/v1/policy_drafts.pb.h"
#include "services/attestation_verifier/domain/policy_drafts.h"
#include "services/attestation_verifier/env.h"

namespace otrp {
namespace verifier {
namespace handlers {

// What was found out about a device when it was appraised last.
attest::JudgedFacts FactsOf(const AppraisalRecord& device);

// Fills in the counts.
absl::Status TestDraft(Env& env, const PolicyDraft& draft,
                       v1::TestPolicyDraftResponse& response);

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_DRAFT_TEST_RUN_H_
