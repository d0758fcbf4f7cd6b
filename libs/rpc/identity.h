// Who calls: taken from the URI in the peer's certificate, never from
// anything that the peer says inside a call.
//
//   otrp://service/<name>    one of the suite's processes
//   otrp://operator/<name>   a person or pipeline that operates the suite
//   otrp://auditor/<name>    may read, never write
//   otrp://sp/<spid>         a service provider's pipeline
//
// mTLS has already checked the certificate against the service root. A
// certificate without exactly one such URI is anonymous: it may call nothing.
//
// Thread-safety: values.

#ifndef OTRP_LIBS_RPC_IDENTITY_H_
#define OTRP_LIBS_RPC_IDENTITY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace grpc {
class AuthContext;
}  // namespace grpc

namespace otrp {
namespace rpc {

enum class CallerKind { kAnonymous, kService, kOperator, kAuditor, kSp };

struct Identity {
  CallerKind kind = CallerKind::kAnonymous;
  // Service name, operator name, spid: letters, digits, '.', '-', '_'.
  std::string name;

  // The URI, or "anonymous". The actor of audit events.
  std::string ToString() const;

  friend bool operator==(const Identity& a, const Identity& b) {
    return a.kind == b.kind && a.name == b.name;
  }
};

// INVALID_ARGUMENT for anything but the four forms above.
absl::StatusOr<Identity> ParseIdentity(absl::string_view uri);

// The identity of a call's peer.
Identity IdentityOf(const grpc::AuthContext& context);

}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_IDENTITY_H_
