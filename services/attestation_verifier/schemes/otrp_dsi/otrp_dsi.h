// A device's OTrP message as octets, so that it can be kept and judged again as
// other evidence is. libs/attest reads and verifies it.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT for octets that EncodeOtrpDsi() didn't make.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_SCHEMES_OTRP_DSI_OTRP_DSI_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_SCHEMES_OTRP_DSI_OTRP_DSI_H_

#include "absl/status/statusor.h"
#include "libs/attest/evidence.h"
#include "otrp/verifier/v1/verifier.pb.h"
#include "services/attestation_verifier/domain/evidence.h"

namespace otrp {
namespace verifier {
namespace schemes {

// Of octets that are an encoded AppraiseRequest.
inline constexpr char kOtrpDsiMediaType[] =
    "application/vnd.otrp.appraise-request";

EvidenceOctets EncodeOtrpDsi(const v1::AppraiseRequest& request);
absl::StatusOr<v1::AppraiseRequest> ParseOtrpDsi(
    const EvidenceOctets& evidence);

// Its views live with the request.
attest::Evidence EvidenceOf(const v1::AppraiseRequest& request);

}  // namespace schemes
}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_SCHEMES_OTRP_DSI_OTRP_DSI_H_
