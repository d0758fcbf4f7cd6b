#include "services/ca/handlers/audit_recovery.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "services/ca/domain/serial.h"
#include "services/ca/errors.h"
#include "services/ca/handlers/convert.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

// By the authority that they are told with; "": by one that isn't told, or
// isn't ours.
using ByAuthority = std::map<std::string, RecoveryStore::Told>;

absl::StatusOr<ByAuthority> Sort(const Env& env,
                                 const v1::ReconcileAuditRequest& request) {
  ByAuthority told;
  std::set<std::string> seen;
  for (const v1::LoggedRevocation& one : request.revocations()) {
    OTRP_RETURN_IF_ERROR(CheckSerial(one.serial()));
    crypto::RevokedEntry entry;
    entry.serial = NormalSerial(one.serial());
    if (!seen.insert(entry.serial).second) {
      return errors::TwiceInLog(entry.serial);
    }
    OTRP_ASSIGN_OR_RETURN(const RevocationReason reason,
                          FromProto(one.reason()));
    entry.reason = RfcNumber(reason);
    // What was done in the future is done now.
    entry.revoked_at =
        one.has_revoked_at()
            ? std::min(rpc::FromProto(one.revoked_at()), env.clock.Now())
            : env.clock.Now();
    const AuthorityPtr authority = env.authorities.Find(one.authority());
    RecoveryStore::Told& group =
        told[authority == nullptr ? "" : authority->name];
    if (authority != nullptr) {
      group.authority = authority->name;
      group.not_after = authority->certificate.not_after();
    }
    group.revoked.push_back(std::move(entry));
  }
  return told;
}

// Takes out what the database doesn't know: it has no place on any list.
absl::StatusOr<std::vector<std::string>> TakeUnplaced(
    Env& env, RecoveryStore::Told* told) {
  OTRP_ASSIGN_OR_RETURN(const RecoveryStore::Learnt learnt,
                        env.recovery.Compare(*told));
  const std::set<std::string> unknown(learnt.unknown.begin(),
                                      learnt.unknown.end());
  told->revoked.erase(std::remove_if(told->revoked.begin(), told->revoked.end(),
                                     [&](const crypto::RevokedEntry& entry) {
                                       return unknown.count(entry.serial) > 0;
                                     }),
                      told->revoked.end());
  return learnt.unknown;
}

absl::StatusOr<RecoveryStore::Learnt> Learn(const rpc::CallContext& call,
                                            Env& env,
                                            const RecoveryStore::Told& told) {
  return env.recovery.Learn(told, [&](const RecoveryStore::Learnt& found) {
    // One for each authority; they count as the call's one.
    call.ResetAuditRecords();
    const auto first = [](const std::vector<std::string>& serials) {
      return std::vector<std::string>(
          serials.begin(),
          serials.begin() + std::min(serials.size(), kMaxAuditedSerials));
    };
    return service::AuditOf(
        call, "certificate.reconcile_log", told.authority, store::kAuditOk,
        service::AuditDetails()
            .Set("revoked_count", static_cast<int64_t>(found.revoked.size()))
            .Set("unknown_count", static_cast<int64_t>(found.unknown.size()))
            .SetList("revoked", first(found.revoked))
            .SetList("unknown", first(found.unknown)));
  });
}

}  // namespace

absl::Status ReconcileAudit(const rpc::CallContext& call, Env& env,
                            const v1::ReconcileAuditRequest& request,
                            v1::ReconcileAuditResponse& response) {
  if (request.revocations().empty() ||
      static_cast<size_t>(request.revocations_size()) > kMaxLogged) {
    return errors::BadLogSize(kMaxLogged);
  }
  OTRP_ASSIGN_OR_RETURN(ByAuthority groups, Sort(env, request));
  const auto placeless = groups.find("");
  if (placeless != groups.end()) {
    OTRP_ASSIGN_OR_RETURN(const std::vector<std::string> unplaced,
                          TakeUnplaced(env, &placeless->second));
    response.mutable_unplaced()->Assign(unplaced.begin(), unplaced.end());
  }
  std::set<std::string> revoked;
  std::set<std::string> unknown;
  for (const auto& [authority, told] : groups) {
    OTRP_ASSIGN_OR_RETURN(const RecoveryStore::Learnt learnt,
                          request.dry_run() ? env.recovery.Compare(told)
                                            : Learn(call, env, told));
    revoked.insert(learnt.revoked.begin(), learnt.revoked.end());
    unknown.insert(learnt.unknown.begin(), learnt.unknown.end());
  }
  call.Changed(!request.dry_run() && (!revoked.empty() || !unknown.empty()));
  if (!request.dry_run()) {
    OTRP_RETURN_IF_ERROR(env.revocation.PublishStaleCrls());
  }
  response.mutable_revoked()->Assign(revoked.begin(), revoked.end());
  response.mutable_unknown()->Assign(unknown.begin(), unknown.end());
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace ca
}  // namespace otrp
