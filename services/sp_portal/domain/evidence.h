// What a service provider says about how an image was made, and of what:
// an in-toto statement in a DSSE envelope, and a bill of materials.
//
// Pure: no I/O. Limits are looked at before anything is parsed.
// Errors: INVALID_ARGUMENT names the request's field and what is wrong.
// Source: DSSE 1.0 (protocol.md, envelope.md); in-toto attestation 1.0
// (statement); SPDX 2.3, SPDX 3.0; CycloneDX 1.6.

#ifndef OTRP_SERVICES_SP_PORTAL_DOMAIN_EVIDENCE_H_
#define OTRP_SERVICES_SP_PORTAL_DOMAIN_EVIDENCE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/sp_portal/domain/model.h"

namespace otrp {
namespace portal {

// A statement that one of the SP's certificates has signed.
struct VerifiedStatement {
  // E.g. "https://slsa.dev/provenance/v1".
  std::string predicate_type;
  // SHA-256 of the certificate.
  std::string signer_fingerprint;
};

// `envelope`: JSON. One of its signatures must be by one of `certificates`
// (ECDSA P-256 in DER, or RSA with PKCS#1 v1.5, both with SHA-256), and one of
// the statement's subjects must have `image_sha256`.
absl::StatusOr<VerifiedStatement> VerifyProvenance(
    absl::string_view envelope, absl::string_view image_sha256,
    const std::vector<SpCertificate>& certificates);

// "spdx-2.3", "cyclonedx-1.6": which format a bill of materials (JSON) has.
absl::StatusOr<std::string> SbomFormat(absl::string_view document);

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_DOMAIN_EVIDENCE_H_
