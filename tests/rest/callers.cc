#include "tests/rest/callers.h"

#include <utility>

#include "libs/rest/openapi.h"
#include "libs/rpc/identity.h"
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

std::vector<std::string> Callers(const rpc::AuthzTable& table,
                                 const std::string& method) {
  std::vector<std::string> callers;
  for (const auto& [kind, name] :
       {std::pair{rpc::CallerKind::kOperator, "operator"},
        std::pair{rpc::CallerKind::kAuditor, "auditor"},
        std::pair{rpc::CallerKind::kSp, "service-provider"}}) {
    const rpc::Identity caller{kind, "x"};
    if (table.Check(method, caller).ok()) callers.push_back(name);
  }
  // Who has no identity yet: the front calls for itself.
  if (table.Check(method, {rpc::CallerKind::kService, "api"}).ok()) {
    callers.push_back(rest::kAnybody);
  }
  return callers;
}

std::vector<std::string> CallersOf(const rest::Route& route) {
  return Callers(*AuthzTables().at(route.backend), route.rpc->full_name());
}

}  // namespace testing
}  // namespace otrp
