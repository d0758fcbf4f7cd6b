// Calls that the REST front makes for somebody else: it has found out who calls
// over HTTP, and says so in the metadata "otrp-caller-bin". Nobody else is
// believed, and nobody is a service this way: the front can do no more than
// people and service providers may.
//
// Thread-safety: functions without state.
// Errors: PERMISSION_DENIED for the metadata from another peer,
// INVALID_ARGUMENT for one that names no caller.

#ifndef OTRP_LIBS_RPC_DELEGATION_H_
#define OTRP_LIBS_RPC_DELEGATION_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/string_ref.h"
#include "libs/rpc/identity.h"
#include "otrp/common/v1/caller.pb.h"

namespace otrp {
namespace rpc {

// Whom a call is made for: who is named in its metadata, where the peer is the
// REST front; else the peer itself.
absl::StatusOr<Identity> CallerOf(
    const Identity& peer,
    const std::multimap<grpc::string_ref, grpc::string_ref>& metadata);

// For the front: the call is made for this one, an operator, auditor or SP.
void SetCaller(const Identity& caller, grpc::ClientContext* context);

common::v1::Caller CallerMessage(const Identity& caller);
// INVALID_ARGUMENT names the field.
absl::StatusOr<Identity> CallerIdentity(const common::v1::Caller& message);

}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_DELEGATION_H_
