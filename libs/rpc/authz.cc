#include "libs/rpc/authz.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace otrp {
namespace rpc {
namespace {

constexpr absl::string_view kHealth = "grpc.health.v1.Health.";
constexpr absl::string_view kReflection = "grpc.reflection.v1alpha.";

// "/a.b.Service/Method" -> "a.b.Service.Method".
std::string Dotted(absl::string_view method) {
  std::string out(method);
  if (!out.empty() && out[0] == '/') {
    out.erase(0, 1);
    const size_t slash = out.find('/');
    if (slash != std::string::npos) out[slash] = '.';
  }
  return out;
}

}  // namespace

bool Allow::Matches(const Identity& caller, Effect effect) const {
  if (kind_ != caller.kind) return false;
  if (!name_.empty() && name_ != caller.name) return false;
  switch (kind_) {
    case CallerKind::kOperator:
      return caller.role == Role::kFull || caller.role == role_ ||
             (effect == Effect::kReads && caller.role == Role::kApprover) ||
             (role_ == Role::kOperator && caller.role == Role::kCaAdmin) ||
             (role_ != Role::kCaAdmin && caller.role == Role::kStaff);
    case CallerKind::kSp:
      return caller.HasSpRole(effect == Effect::kMutates &&
                                      role_ == Role::kAuditor
                                  ? Role::kDeveloper
                                  : role_);
    default: return true;
  }
}

AuthzTable::AuthzTable(std::vector<AuthzRule> rules)
    : rules_(std::move(rules)) {
  for (size_t i = 0; i < rules_.size(); ++i) {
    by_method_.emplace(rules_[i].method, i);
  }
}

const AuthzRule* AuthzTable::Find(absl::string_view method) const {
  auto it = by_method_.find(method);
  return it == by_method_.end() ? nullptr : &rules_[it->second];
}

absl::Status AuthzTable::Check(absl::string_view method,
                               const Identity& caller) const {
  const std::string name = Dotted(method);
  bool allowed = false;
  if (caller.kind == CallerKind::kAnonymous) {
    allowed = false;
  } else if (absl::StartsWith(name, kHealth)) {
    allowed = true;
  } else if (absl::StartsWith(name, kReflection)) {
    allowed = caller.kind == CallerKind::kOperator ||
              caller.kind == CallerKind::kAuditor;
  } else if (const AuthzRule* rule = Find(name); rule != nullptr) {
    for (const Allow& allow : rule->allowed) {
      allowed = allowed || allow.Matches(caller, rule->effect);
    }
  }
  if (allowed) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat(caller.ToString(), " may not call ", name));
}

}  // namespace rpc
}  // namespace otrp
