#include "services/ca/handlers/recovery.h"

#include <algorithm>
#include <string>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/pki/crl.h"
#include "libs/service/audit.h"
#include "services/ca/errors.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

// Null where none of ours signed it.
AuthorityPtr SignerOf(const Authorities& authorities, const pki::Crl& crl) {
  for (const auto& [name, authority] : authorities.all()) {
    if (crl.VerifySigner(authority->certificate).ok()) return authority;
  }
  return nullptr;
}

// As many as a record has room for.
std::vector<std::string> FirstOf(const std::vector<std::string>& serials) {
  return {serials.begin(),
          serials.begin() + std::min(serials.size(), kMaxAuditedSerials)};
}

absl::StatusOr<RecoveryStore::Learnt> Learn(const rpc::CallContext& call,
                                            Env& env,
                                            const RecoveryStore::Told& told,
                                            bool dry_run) {
  if (dry_run) {
    call.Changed(false);
    return env.recovery.Compare(told);
  }
  OTRP_ASSIGN_OR_RETURN(
      const RecoveryStore::Learnt learnt,
      env.recovery.Learn(told, [&](const RecoveryStore::Learnt& found) {
        call.ResetAuditRecords();
        return service::AuditOf(
            call, "certificate.reconcile", told.authority, store::kAuditOk,
            service::AuditDetails()
                .Set("crl_number", told.crl_number)
                .Set("revoked_count",
                     static_cast<int64_t>(found.revoked.size()))
                .Set("unknown_count",
                     static_cast<int64_t>(found.unknown.size()))
                .SetList("revoked", FirstOf(found.revoked))
                .SetList("unknown", FirstOf(found.unknown)));
      }));
  call.Changed(!learnt.revoked.empty() || !learnt.unknown.empty());
  OTRP_RETURN_IF_ERROR(env.revocation.PublishCrl(told.authority));
  // Those of its parts.
  OTRP_RETURN_IF_ERROR(env.revocation.PublishStaleCrls());
  return learnt;
}

}  // namespace

absl::Status ReconcileCrl(const rpc::CallContext& call, Env& env,
                          const v1::ReconcileCrlRequest& request,
                          v1::ReconcileCrlResponse& response) {
  if (request.crl_der().empty() || request.crl_der().size() > kMaxCrlBytes) {
    return errors::BadCrl("must be a list in DER, up to 16 MiB");
  }
  const absl::StatusOr<pki::Crl> crl = pki::Crl::Parse(request.crl_der());
  if (!crl.ok()) return errors::BadCrl(crl.status().message());
  const AuthorityPtr signer = SignerOf(env.authorities, *crl);
  if (signer == nullptr) {
    return errors::BadCrl("is signed by none of our authorities");
  }
  RecoveryStore::Told told;
  told.authority = signer->name;
  told.crl_number = crl->number();
  told.revoked = crl->revoked();
  told.not_after = signer->certificate.not_after();
  OTRP_ASSIGN_OR_RETURN(const RecoveryStore::Learnt learnt,
                        Learn(call, env, told, request.dry_run()));
  response.set_authority(told.authority);
  response.set_crl_number(told.crl_number);
  response.set_listed(static_cast<int64_t>(told.revoked.size()));
  response.mutable_revoked()->Assign(learnt.revoked.begin(),
                                     learnt.revoked.end());
  response.mutable_unknown()->Assign(learnt.unknown.begin(),
                                     learnt.unknown.end());
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace ca
}  // namespace otrp
