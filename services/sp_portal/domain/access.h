// Who may act for whom, as values: accounts' states, members and their roles,
// bearer tokens. Shared by handlers and storage.
//
// A tenant is a service provider's spid, or kOperatorsSide.
//
// Thread-safety: values; functions without state.

#ifndef OTRP_SERVICES_SP_PORTAL_DOMAIN_ACCESS_H_
#define OTRP_SERVICES_SP_PORTAL_DOMAIN_ACCESS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace otrp {
namespace portal {

inline constexpr char kOperatorsSide[] = "";

// Of service providers; each may do what those before it may.
inline constexpr char kAuditor[] = "auditor";
inline constexpr char kDeveloper[] = "developer";
inline constexpr char kReleaser[] = "releaser";
inline constexpr char kOwner[] = "owner";
// Of the operators' side, beside kAuditor. Neither includes the other.
inline constexpr char kOperator[] = "operator";
inline constexpr char kApprover[] = "approver";

bool IsRoleOf(absl::string_view tenant, absl::string_view role);

// Whether whoever has `role` may do all that `part` may, both of `tenant`.
bool Includes(absl::string_view tenant, absl::string_view role,
              absl::string_view part);

// What both may do: of a token's role and its member's of now. Nothing where
// that is nothing.
absl::optional<std::string> Common(absl::string_view tenant,
                                   absl::string_view a, absl::string_view b);

// States of an account.
inline constexpr char kActive[] = "active";
inline constexpr char kSuspended[] = "suspended";
inline constexpr char kClosed[] = "closed";

// States of a registration.
inline constexpr char kPending[] = "pending";
inline constexpr char kApproved[] = "approved";
inline constexpr char kRejected[] = "rejected";

struct Registration {
  std::string id;
  std::string spid;
  std::string name;
  std::string contact;
  std::string state;
  absl::Time registered_at;
  std::string decided_by;
  absl::optional<absl::Time> decided_at;
  std::string reason;
  // Set by the store: its place in the list.
  int64_t seq = 0;
};

struct Invitation {
  std::string id;
  std::string tenant;
  std::string role;
  std::string invited_by;
  absl::Time created_at;
  absl::Time expires_at;
};

struct Member {
  std::string name;
  std::string role;
  absl::Time added_at;
};

struct Token {
  std::string id;
  std::string tenant;
  // Empty: made with the service provider's certificate.
  std::string member;
  // The trusted publisher that it was given to; empty: none.
  std::string publisher;
  // The member's first, which an invitation gave.
  bool personal = false;
  std::string name;
  std::string role;
  // Empty: all.
  std::vector<std::string> taids;
  absl::Time created_at;
  absl::Time expires_at;
  absl::optional<absl::Time> last_used_at;
  absl::optional<absl::Time> revoked_at;
};

// Of the console; stands for its token.
struct Session {
  std::string id;
  std::string tenant;
  std::string token_id;
  // Whose the token is.
  std::string member;
  absl::Time created_at;
  absl::Time expires_at;
  absl::optional<absl::Time> last_used_at;
};

// Who a token's holder is among those of its tenant: "member/alice",
// "token/tok_...", "ci/pub_...".
std::string AgentOf(const Token& token);

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_DOMAIN_ACCESS_H_
