// Between the portal's values and its protos.
//
// Thread-safety: functions without state.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_CONVERT_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_CONVERT_H_

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "libs/rpc/identity.h"
#include "otrp/ca/v1/ca.pb.h"
#include "otrp/portal/v1/entitlements.pb.h"
#include "otrp/portal/v1/pipeline.pb.h"
#include "otrp/portal/v1/portal.pb.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "services/sp_portal/domain/model.h"

namespace otrp {
namespace portal {
namespace handlers {

void ToProto(const Sp& sp, v1::ServiceProvider& out);
void ToProto(const SpCertificate& certificate, v1::SpCertificate& out);
// The number of RFC 5280 5.3.1; nothing for an unknown value.
absl::optional<int> RfcReason(ca::v1::RevocationReason reason);
void ToProto(const App& app, v1::Application& out);
void ToProto(const AppVersion& version, v1::ApplicationVersion& out);
// An SP isn't told who of the operators it was.
void ToProto(const Review& review, const rpc::Identity& reader,
             v1::Review& out);
void ToProto(const Entitlement& entitlement, v1::Entitlement& out);
void ToProto(const Assignment& assignment, v1::Assignment& out);
// The target's members only.
void ToProto(const Target& target, tsm::v1::AssignmentChanged& out);

// Errors: INVALID_ARGUMENT names the member.
absl::StatusOr<Target> FromProto(const v1::Target& target);
// Nothing where it is unspecified.
absl::StatusOr<absl::optional<ReviewState>> FromProto(v1::ReviewState state);

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_CONVERT_H_
