#include "services/sp_portal/domain/access.h"

#include "absl/strings/str_cat.h"

namespace otrp {
namespace portal {
namespace {

constexpr absl::string_view kSpRoles[] = {kAuditor, kDeveloper, kReleaser,
                                          kOwner};
constexpr int kSpRoleCount = 4;

// -1 for none.
int RankOf(absl::string_view role) {
  for (int i = 0; i < kSpRoleCount; ++i) {
    if (kSpRoles[i] == role) return i;
  }
  return -1;
}

}  // namespace

bool IsRoleOf(absl::string_view tenant, absl::string_view role) {
  if (tenant != kOperatorsSide) return RankOf(role) >= 0;
  return role == kAuditor || role == kOperator || role == kApprover;
}

bool Includes(absl::string_view tenant, absl::string_view role,
              absl::string_view part) {
  if (!IsRoleOf(tenant, role) || !IsRoleOf(tenant, part)) return false;
  if (tenant == kOperatorsSide) return role == part || part == kAuditor;
  return RankOf(role) >= RankOf(part);
}

absl::optional<std::string> Common(absl::string_view tenant,
                                   absl::string_view a, absl::string_view b) {
  if (Includes(tenant, a, b)) return std::string(b);
  if (Includes(tenant, b, a)) return std::string(a);
  // An operator who became an approver, or the other way round.
  if (IsRoleOf(tenant, a) && IsRoleOf(tenant, b)) return std::string(kAuditor);
  return absl::nullopt;
}

std::string AgentOf(const Token& token) {
  if (!token.publisher.empty()) return absl::StrCat("ci/", token.publisher);
  if (token.personal) return absl::StrCat("member/", token.member);
  return absl::StrCat("token/", token.id);
}

}  // namespace portal
}  // namespace otrp
