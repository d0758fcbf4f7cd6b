#include "libs/rpc/delegation.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/field_error.h"

namespace otrp {
namespace rpc {
namespace {

constexpr char kCallerKey[] = "otrp-caller-bin";
constexpr absl::string_view kFront = "api";
// gRPC takes 8 KiB of metadata.
constexpr size_t kMaxCallerBytes = 4096;
constexpr int kMaxTaids = 32;

// "member/alice".
bool IsAgent(absl::string_view agent) {
  const size_t slash = agent.find('/');
  if (slash == 0 || slash == absl::string_view::npos || slash > 16) {
    return false;
  }
  for (const char c : agent.substr(0, slash)) {
    if (!absl::ascii_islower(c)) return false;
  }
  return IsIdentityName(agent.substr(slash + 1));
}

bool IsRoleOf(CallerKind kind, Role role) {
  switch (role) {
    case Role::kFull: return true;
    case Role::kDeveloper:
    case Role::kReleaser:
    case Role::kOwner: return kind == CallerKind::kSp;
    case Role::kAuditor: return kind != CallerKind::kOperator;
    case Role::kOperator:
    case Role::kApprover:
    case Role::kCaAdmin: return kind == CallerKind::kOperator;
    // Made out of kFull by who is called.
    case Role::kStaff: return false;
  }
  return false;
}

}  // namespace

common::v1::Caller CallerMessage(const Identity& caller) {
  common::v1::Caller message;
  message.set_kind(std::string(KindName(caller.kind)));
  message.set_name(caller.name);
  message.set_role(std::string(RoleName(caller.role)));
  message.set_agent(caller.agent);
  for (const std::string& taid : caller.taids) message.add_taids(taid);
  return message;
}

absl::StatusOr<Identity> CallerIdentity(const common::v1::Caller& message) {
  const absl::optional<CallerKind> kind = ParseKind(message.kind());
  if (!kind.has_value() || *kind == CallerKind::kService) {
    return FieldMust("kind", "be operator, auditor or sp");
  }
  if (!IsIdentityName(message.name())) {
    return FieldMust("name", "be 1 to 64 letters, digits, '.', '-' and '_'");
  }
  const absl::optional<Role> role = ParseRole(message.role());
  // Certificates have no agent, and only they may all.
  const bool is_full = role == Role::kFull;
  if (!role.has_value() || !IsRoleOf(*kind, *role) ||
      is_full != message.agent().empty()) {
    return FieldMust("role", absl::StrCat("be a role of ", message.kind()));
  }
  if (!message.agent().empty() && !IsAgent(message.agent())) {
    return FieldMust("agent", "be a word, a slash and a name");
  }
  if (message.taids_size() > kMaxTaids) {
    return FieldMust("taids", absl::StrCat("be at most ", kMaxTaids));
  }
  Identity identity;
  identity.kind = *kind;
  identity.name = message.name();
  identity.role = *role;
  identity.agent = message.agent();
  for (const std::string& taid : message.taids()) {
    if (!IsIdentityName(taid)) {
      return FieldMust("taids", "be ids of applications");
    }
    identity.taids.push_back(taid);
  }
  return identity;
}

absl::StatusOr<Identity> CallerOf(
    const Identity& peer,
    const std::multimap<grpc::string_ref, grpc::string_ref>& metadata) {
  const auto [first, last] = metadata.equal_range(kCallerKey);
  if (first == last) return peer;
  if (peer.kind != CallerKind::kService || peer.name != kFront) {
    return absl::PermissionDeniedError(
        absl::StrCat(peer.ToString(), " may not call for somebody else"));
  }
  const grpc::string_ref value = first->second;
  common::v1::Caller message;
  if (std::next(first) != last || value.size() > kMaxCallerBytes ||
      !message.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    return absl::InvalidArgumentError(
        absl::StrCat(kCallerKey, ": must be one otrp.common.v1.Caller"));
  }
  return CallerIdentity(message);
}

void SetCaller(const Identity& caller, grpc::ClientContext* context) {
  context->AddMetadata(kCallerKey, CallerMessage(caller).SerializeAsString());
}

}  // namespace rpc
}  // namespace otrp
