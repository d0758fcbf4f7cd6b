#include "tests/rest/callers.h"

#include <utility>

#include "libs/rpc/identity.h"
#include "services/api/domain/strangers.h"
#include "services/attestation_verifier/authz.h"
#include "services/ca/authz.h"
#include "services/sp_portal/authz.h"
#include "services/tsm/authz.h"

namespace otrp {
namespace testing {

const std::map<std::string, const rpc::AuthzTable*>& AuthzTables() {
  static const auto* const tables =
      new std::map<std::string, const rpc::AuthzTable*>{
          {"attestation_verifier", &verifier::Authz()},
          {"ca", &ca::Authz()},
          {"sp_portal", &portal::Authz()},
          {"tsm", &tsm::Authz()}};
  return *tables;
}

std::vector<rest::Caller> Callers(const rpc::AuthzTable& table,
                                  const std::string& method) {
  using rpc::Role;
  struct Kind {
    rpc::CallerKind kind;
    const char* name;
    std::vector<Role> roles;
  };
  std::vector<rest::Caller> callers;
  for (const Kind& kind :
       {Kind{rpc::CallerKind::kOperator,
             "operator",
             {Role::kOperator, Role::kApprover, Role::kCaAdmin}},
        Kind{rpc::CallerKind::kAuditor, "auditor", {Role::kAuditor}},
        Kind{rpc::CallerKind::kSp,
             "service-provider",
             {Role::kAuditor, Role::kDeveloper, Role::kReleaser,
              Role::kOwner}}}) {
    rpc::Identity identity{kind.kind, "x"};
    if (!table.Check(method, identity).ok()) continue;
    rest::Caller& caller = callers.emplace_back();
    caller.kind = kind.name;
    identity.agent = "member/x";
    for (const Role role : kind.roles) {
      identity.role = role;
      if (!table.Check(method, identity).ok()) continue;
      caller.roles.emplace_back(rpc::RoleName(role));
    }
  }
  // Who has no identity yet: the front lets him, and calls for itself.
  if (api::IsForStrangers(method) &&
      table.Check(method, {rpc::CallerKind::kService, "api"}).ok()) {
    callers.push_back({rest::kAnybody, {}});
  }
  return callers;
}

std::vector<rest::Caller> CallersOf(const rest::Route& route) {
  return Callers(*AuthzTables().at(route.backend), route.rpc->full_name());
}

}  // namespace testing
}  // namespace otrp
