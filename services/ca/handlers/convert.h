// Between the CA's protos and its own types.

#ifndef OTRP_SERVICES_CA_HANDLERS_CONVERT_H_
#define OTRP_SERVICES_CA_HANDLERS_CONVERT_H_

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "libs/pki/profile.h"
#include "otrp/ca/v1/ca.pb.h"
#include "otrp/common/v1/common.pb.h"
#include "services/ca/domain/model.h"
#include "services/ca/issuing/authorities.h"

namespace otrp {
namespace ca {
namespace handlers {

// INVALID_ARGUMENT for unspecified and unknown values.
absl::StatusOr<pki::Profile> FromProto(v1::Profile profile);
absl::StatusOr<RevocationReason> FromProto(v1::RevocationReason reason);
// The roles that have trust anchors.
absl::StatusOr<pki::Role> AnchorRoleFromProto(common::v1::Role role);

// Whatever a list can have.
absl::StatusOr<CertificateFilter> FilterFromProto(v1::Profile profile);

// Unspecified for none.
v1::Profile ProfileToProto(absl::optional<pki::Role> role);
v1::Profile ProfileToProto(absl::optional<pki::Role> role,
                           absl::optional<OwnCertificate> own);
common::v1::Role RoleToProto(absl::optional<pki::Role> role);
v1::RevocationReason ToProto(RevocationReason reason);

v1::Certificate ToProto(const CertificateRecord& certificate);
v1::Authority ToProto(const Authority& authority);
void AddTerms(const AuthorityTerms& terms, v1::Authority& out);
v1::TrustAnchor ToProto(const TrustAnchor& anchor);

}  // namespace handlers
}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_HANDLERS_CONVERT_H_
