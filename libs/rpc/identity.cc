#include "libs/rpc/identity.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "grpc/grpc_security_constants.h"
#include "grpcpp/security/auth_context.h"

namespace otrp {
namespace rpc {
namespace {

constexpr absl::string_view kScheme = "otrp://";
constexpr size_t kMaxNameBytes = 64;

struct NamedKind {
  absl::string_view text;
  CallerKind kind;
};
constexpr NamedKind kKinds[] = {
    {"service", CallerKind::kService},
    {"operator", CallerKind::kOperator},
    {"auditor", CallerKind::kAuditor},
    {"sp", CallerKind::kSp},
};

struct NamedRole {
  absl::string_view text;
  Role role;
};
constexpr NamedRole kRoles[] = {
    {"full", Role::kFull},           {"auditor", Role::kAuditor},
    {"developer", Role::kDeveloper}, {"releaser", Role::kReleaser},
    {"owner", Role::kOwner},         {"operator", Role::kOperator},
    {"approver", Role::kApprover},   {"ca-admin", Role::kCaAdmin},
    {"staff", Role::kStaff},
};

// How much of what an SP may; nothing for who isn't of an SP.
int SpRank(Role role) {
  switch (role) {
    case Role::kFull:
    case Role::kOwner: return 4;
    case Role::kReleaser: return 3;
    case Role::kDeveloper: return 2;
    case Role::kAuditor: return 1;
    case Role::kOperator:
    case Role::kApprover:
    case Role::kCaAdmin:
    case Role::kStaff: return 0;
  }
  return 0;
}

}  // namespace

bool IsIdentityName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes) return false;
  for (char c : name) {
    if (!absl::ascii_isalnum(c) && c != '.' && c != '-' && c != '_') {
      return false;
    }
  }
  return true;
}

absl::string_view KindName(CallerKind kind) {
  for (const NamedKind& entry : kKinds) {
    if (entry.kind == kind) return entry.text;
  }
  return "";
}

absl::optional<CallerKind> ParseKind(absl::string_view name) {
  for (const NamedKind& entry : kKinds) {
    if (entry.text == name) return entry.kind;
  }
  return absl::nullopt;
}

absl::string_view RoleName(Role role) {
  for (const NamedRole& entry : kRoles) {
    if (entry.role == role) return entry.text;
  }
  return "";
}

absl::optional<Role> ParseRole(absl::string_view name) {
  for (const NamedRole& entry : kRoles) {
    if (entry.text == name) return entry.role;
  }
  return absl::nullopt;
}

std::string Identity::ToString() const {
  const absl::string_view word = KindName(kind);
  if (word.empty()) return "anonymous";
  return absl::StrCat(kScheme, word, "/", name, agent.empty() ? "" : "/",
                      agent);
}

bool Identity::HasSpRole(Role least) const {
  return kind == CallerKind::kSp && SpRank(role) >= SpRank(least);
}

bool Identity::HasApplication(absl::string_view taid) const {
  return taids.empty() ||
         std::find(taids.begin(), taids.end(), taid) != taids.end();
}

absl::StatusOr<Identity> ParseIdentity(absl::string_view uri) {
  absl::string_view rest = uri;
  if (absl::ConsumePrefix(&rest, kScheme)) {
    const size_t slash = rest.find('/');
    if (slash != absl::string_view::npos &&
        IsIdentityName(rest.substr(slash + 1))) {
      const absl::optional<CallerKind> kind = ParseKind(rest.substr(0, slash));
      if (kind.has_value()) {
        return Identity(*kind, std::string(rest.substr(slash + 1)));
      }
    }
  }
  return absl::InvalidArgumentError(
      "identity: must be otrp://service/NAME, otrp://operator/NAME, "
      "otrp://auditor/NAME or otrp://sp/SPID");
}

Identity IdentityOfUris(const std::vector<std::string>& uris) {
  Identity found;
  int of_ours = 0;
  for (const std::string& uri : uris) {
    if (!absl::StartsWith(uri, kScheme)) continue;
    ++of_ours;
    auto parsed = ParseIdentity(uri);
    if (!parsed.ok()) return Identity();
    found = *std::move(parsed);
  }
  // Two identities in one certificate: whoever made it, it isn't for us to
  // choose between them.
  return of_ours == 1 ? found : Identity();
}

Identity IdentityOf(const grpc::AuthContext& context) {
  if (!context.IsPeerAuthenticated()) return Identity();
  std::vector<std::string> uris;
  for (const grpc::string_ref& property :
       context.FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME)) {
    uris.emplace_back(property.data(), property.size());
  }
  return IdentityOfUris(uris);
}

}  // namespace rpc
}  // namespace otrp
