// Values <-> messages of otrp.verifier.v1.
//
// Thread-safety: functions without state.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_TO_PROTO_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_TO_PROTO_H_

#include <vector>

#include "google/protobuf/timestamp.pb.h"
#include "libs/attest/appraise.h"
#include "libs/attest/policy.h"
#include "otrp/verifier/v1/verifier.pb.h"
#include "services/attestation_verifier/domain/model.h"

namespace otrp {
namespace verifier {

void TimeToProto(absl::Time time, google::protobuf::Timestamp* out);
void AppraisalToProto(const attest::Appraisal& appraisal,
                      int64_t policy_version, v1::AppraiseResponse* out);
void PolicyToProto(const attest::Policy& policy, v1::Policy* out);
attest::Policy PolicyFromProto(const v1::Policy& policy);
void RecordToProto(const AppraisalRecord& record, v1::Appraisal* out);

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_HANDLERS_TO_PROTO_H_
