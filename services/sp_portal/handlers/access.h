// What the RPCs about accounts, members and tokens have in common: who the
// caller is in them, and the forms of their values.
//
// Thread-safety: functions without state.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_ACCESS_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_ACCESS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/repeated_field.h"
#include "libs/rpc/run.h"
#include "otrp/portal/v1/access.pb.h"
#include "services/sp_portal/domain/access.h"

namespace otrp {
namespace portal {
namespace handlers {

// Whether the caller may name this tenant at all: an SP itself only, those of
// the operators' side every SP and their own side (spid empty).
absl::Status CheckTenantOrSide(const rpc::CallContext& call,
                               absl::string_view spid);

// The caller's role in a tenant's words: "owner", which an SP's certificate is
// too.
std::string RoleOf(const rpc::CallContext& call);

// The member that the caller is; empty for a certificate and for tokens that
// were made for programs.
std::string MemberOf(const rpc::CallContext& call);

// PERMISSION_DENIED for a token that was made for a program: it can't make its
// own life longer by inviting or by making another one.
absl::Status CheckPerson(const rpc::CallContext& call);

// Who may change the tenant's members: a person, and on the operators' side
// one with a certificate. The table has looked at the role.
absl::Status CheckMayChangeMembers(const rpc::CallContext& call,
                                   absl::string_view spid);

// Whether the caller may take away what stands for a token, `member`'s if it is
// one's: an owner or operator everybody's, others their own.
bool MayRevoke(const rpc::CallContext& call, absl::string_view member);

// Of audit records: "acme/tok_..."; "operators/tok_..." on the operators' side.
std::string SubjectOf(absl::string_view tenant, absl::string_view what);

// INVALID_ARGUMENT with the roles that the tenant has.
absl::Status BadRoleOf(absl::string_view tenant);

// 0: `standard`. INVALID_ARGUMENT outside of min and max.
absl::StatusOr<absl::Duration> LifetimeOf(int64_t seconds, absl::Duration min,
                                          absl::Duration standard,
                                          absl::Duration max);

// 1 to kMaxNameCharacters characters, no controls; the error names `field`.
absl::Status CheckText(absl::string_view field, absl::string_view text);

// The applications that a token of the caller's making may be for: `asked`,
// which must be some of his own; his own where that is empty.
absl::StatusOr<std::vector<std::string>> TaidsOf(
    const rpc::CallContext& call,
    const google::protobuf::RepeatedPtrField<std::string>& asked);

void ToProto(const Registration& registration, v1::Registration& out);
void ToProto(const Invitation& invitation, v1::Invitation& out);
void ToProto(const Member& member, v1::Member& out);
void ToProto(const Token& token, v1::Token& out);
// Whom it stands for.
void ToProto(const Token& token, v1::Principal& out);

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_ACCESS_H_
