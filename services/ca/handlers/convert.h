// Between the CA's protos and its own types.

#ifndef OTRP_SERVICES_CA_HANDLERS_CONVERT_H_
#define OTRP_SERVICES_CA_HANDLERS_CONVERT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "libs/pki/profile.h"
#include "otrp/ca/v1/ca.pb.h"
#include "otrp/common/v1/common.pb.h"
#include "services/ca/storage/ca_store.h"

namespace otrp {
namespace ca {

// INVALID_ARGUMENT for unspecified and unknown values.
absl::StatusOr<pki::Profile> FromProto(v1::Profile profile);
// PROFILE_UNSPECIFIED for a word that callers can't ask for.
v1::Profile ProfileToProto(absl::string_view word);
// RFC 5280 5.3.1.
absl::StatusOr<int> ReasonCode(v1::RevocationReason reason);
// "tee", "tfw" or "sp": the roles that have trust anchors.
absl::StatusOr<std::string> AnchorRole(common::v1::Role role);

common::v1::Role RoleFromName(absl::string_view name);

void FillCertificate(const CertificateRow& row, v1::Certificate* out);
void FillTimestamp(absl::Time time, google::protobuf::Timestamp* out);

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_HANDLERS_CONVERT_H_
