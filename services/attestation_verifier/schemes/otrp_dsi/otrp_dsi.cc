#include "services/attestation_verifier/schemes/otrp_dsi/otrp_dsi.h"

namespace otrp {
namespace verifier {
namespace schemes {

EvidenceOctets EncodeOtrpDsi(const v1::AppraiseRequest& request) {
  return {kOtrpDsiMediaType, request.SerializeAsString(), request.tid()};
}

absl::StatusOr<v1::AppraiseRequest> ParseOtrpDsi(
    const EvidenceOctets& evidence) {
  v1::AppraiseRequest request;
  if (!request.ParseFromString(evidence.octets)) {
    return absl::InvalidArgumentError("the octets are no AppraiseRequest");
  }
  return request;
}

attest::Evidence EvidenceOf(const v1::AppraiseRequest& request) {
  attest::Evidence evidence;
  evidence.tid = request.tid();
  evidence.signing_input = request.jws_signing_input();
  evidence.alg = request.jws_alg();
  evidence.signature = request.jws_signature();
  evidence.dsi = request.dsi();
  evidence.dialect = request.dialect() == v1::DIALECT_PEI03
                         ? protocol::Dialect::kPei03
                         : protocol::Dialect::kIetf03;
  return evidence;
}

}  // namespace schemes
}  // namespace verifier
}  // namespace otrp
