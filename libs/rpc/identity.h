// Who calls: taken from the URI in the peer's certificate, never from
// anything that the peer says inside a call. The one exception is the REST
// front, which says for whom it calls (delegation.h).
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
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace grpc {
class AuthContext;
}  // namespace grpc

namespace otrp {
namespace rpc {

enum class CallerKind { kAnonymous, kService, kOperator, kAuditor, kSp };

// What a caller may do within its kind.
enum class Role {
  // All of it. A certificate's.
  kFull,
  // Of an SP's people and tokens, each may what those before it may: read; push
  // and submit; release; manage members, tokens and certificates.
  kAuditor,
  kDeveloper,
  kReleaser,
  kOwner,
  // Of the people who operate the suite: run it; say yes or no to what others
  // submitted.
  kOperator,
  kApprover,
  // An operator who may beside change authorities, keys and who else may.
  kCaAdmin,
  // Operator and approver at once: a certificate's, at a service where only
  // some are ca-admin (Guard::Here).
  kStaff,
};

// "releaser". ParseRole() reads it back.
absl::string_view RoleName(Role role);
absl::optional<Role> ParseRole(absl::string_view name);

struct Identity {
  Identity() = default;
  // As a certificate says it.
  Identity(CallerKind of_kind, std::string of_name)
      : kind(of_kind), name(std::move(of_name)) {}

  CallerKind kind = CallerKind::kAnonymous;
  // Service name, operator name, spid: letters, digits, '.', '-', '_'.
  std::string name;
  Role role = Role::kFull;
  // Who of them, "member/alice", "token/tok_2x"; empty: the certificate's
  // holder.
  std::string agent;
  // Only these applications of the SP; all where empty.
  std::vector<std::string> taids;

  // The URI, with the agent behind it, or "anonymous". The actor of audit
  // events.
  std::string ToString() const;

  // Whether an SP's caller has at least this of its roles.
  bool HasSpRole(Role least) const;
  // Letter by letter: "pay" and "PAY" are two applications.
  bool HasApplication(absl::string_view taid) const;

  friend bool operator==(const Identity& a, const Identity& b) {
    return a.kind == b.kind && a.name == b.name && a.role == b.role &&
           a.agent == b.agent && a.taids == b.taids;
  }
};

// Letters, digits, '.', '-', '_'; 1 to 64.
bool IsIdentityName(absl::string_view name);
// "operator"; empty for anonymous.
absl::string_view KindName(CallerKind kind);
absl::optional<CallerKind> ParseKind(absl::string_view name);

// INVALID_ARGUMENT for anything but the four forms above.
absl::StatusOr<Identity> ParseIdentity(absl::string_view uri);

// The identity of a certificate with these URIs, which has been verified.
Identity IdentityOfUris(const std::vector<std::string>& uris);

// The identity of a call's peer.
Identity IdentityOf(const grpc::AuthContext& context);

}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_IDENTITY_H_
