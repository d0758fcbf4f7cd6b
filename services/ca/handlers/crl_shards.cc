#include "services/ca/handlers/crl_shards.h"

#include <set>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/service/audit.h"
#include "services/ca/domain/crl_shard.h"
#include "services/ca/errors.h"

namespace otrp {
namespace ca {
namespace handlers {

absl::Status SetCrlShards(const rpc::CallContext& call, Env& env,
                          const v1::SetCrlShardsRequest& request,
                          v1::SetCrlShardsResponse& response) {
  const AuthorityPtr first = env.authorities.ActiveOf(request.line());
  if (first == nullptr) return errors::LineNotFound(request.line());
  // Few certificates, whose list everybody knows by its name.
  if (first->is_root) return errors::RootIsNotDivided(request.line());
  if (request.shards() < 1 || request.shards() > kMaxCrlShards) {
    return errors::BadCrlShards(kMaxCrlShards);
  }
  OTRP_ASSIGN_OR_RETURN(
      const bool changed,
      env.store.DivideCrls(
          request.line(), request.shards(),
          service::AuditOf(
              call, "authority.shard_crl", request.line(), store::kAuditOk,
              service::AuditDetails().Set(
                  "shards", static_cast<int64_t>(request.shards())))));
  call.Changed(changed);
  // Before replicas hear of it, and name the lists.
  OTRP_RETURN_IF_ERROR(env.revocation.PublishStaleCrls());
  response.set_shards(request.shards());
  response.set_changed(changed);
  return absl::OkStatus();
}

absl::Status GetCrlShards(const rpc::CallContext&, Env& env,
                          const v1::GetCrlShardsRequest& request,
                          v1::GetCrlShardsResponse& response) {
  const AuthorityPtr authority = env.authorities.Find(request.authority());
  if (authority == nullptr) {
    return errors::AuthorityNotFound(request.authority());
  }
  OTRP_ASSIGN_OR_RETURN(const std::vector<int> divisions,
                        env.store.CrlDivisionsOf(authority->line));
  response.set_current(divisions.empty() ? 1 : divisions.front());
  std::set<int> served(divisions.begin(), divisions.end());
  served.insert(1);
  for (const int shards : served) response.add_served(shards);
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace ca
}  // namespace otrp
