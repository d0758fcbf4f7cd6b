#include "services/ca/services.h"

#include "libs/rpc/service.h"
#include "otrp/ca/v1/audit_recovery.grpc.pb.h"
#include "otrp/ca/v1/authorities.grpc.pb.h"
#include "otrp/ca/v1/batch.grpc.pb.h"
#include "otrp/ca/v1/ca.grpc.pb.h"
#include "otrp/ca/v1/crl_shards.grpc.pb.h"
#include "otrp/ca/v1/issuance.grpc.pb.h"
#include "otrp/ca/v1/market.grpc.pb.h"
#include "otrp/ca/v1/recovery.grpc.pb.h"
#include "otrp/ca/v1/renewal.grpc.pb.h"
#include "otrp/ca/v1/tsm_ids.grpc.pb.h"
#include "services/ca/handlers/audit_recovery.h"
#include "services/ca/handlers/authorities.h"
#include "services/ca/handlers/batches.h"
#include "services/ca/handlers/certificates.h"
#include "services/ca/handlers/crl_shards.h"
#include "services/ca/handlers/directory.h"
#include "services/ca/handlers/expiry.h"
#include "services/ca/handlers/market.h"
#include "services/ca/handlers/recovery.h"
#include "services/ca/handlers/renewal.h"
#include "services/ca/handlers/requests.h"
#include "services/ca/handlers/trust_anchors.h"
#include "services/ca/handlers/tsm_ids.h"

namespace otrp {
namespace ca {
namespace {

class CertificateAuthority final
    : public rpc::ServiceOf<v1::CertificateAuthority, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(IssueCertificate);
  OTRP_RPC(RevokeCertificate);
  OTRP_RPC(GetCertificate);
  OTRP_RPC(ListCertificates);
  OTRP_LAST_RPC();
};

class AuthorityDirectory final
    : public rpc::ServiceOf<v1::AuthorityDirectory, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(ListAuthorities);
  OTRP_LAST_RPC();
};

class AuthorityService final : public rpc::ServiceOf<v1::Authorities, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(ListGenerations);
  OTRP_RPC(GetGeneration);
  OTRP_RPC(PrepareGeneration);
  OTRP_RPC(ActivateGeneration);
  OTRP_RPC(RetireGeneration);
  OTRP_RPC(RevokeGeneration);
  OTRP_RPC(CrossSignGeneration);
  OTRP_RPC(RequestGeneration);
  OTRP_RPC(ImportGeneration);
  OTRP_LAST_RPC();
};

class RevocationStatus final
    : public rpc::ServiceOf<v1::RevocationStatus, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(GetCrl);
  OTRP_RPC(GetOcspResponse);
  OTRP_LAST_RPC();
};

class CrlShards final : public rpc::ServiceOf<v1::CrlShards, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(SetCrlShards);
  OTRP_RPC(GetCrlShards);
  OTRP_LAST_RPC();
};

class TrustAnchors final : public rpc::ServiceOf<v1::TrustAnchors, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(AddTrustAnchor);
  OTRP_RPC(RemoveTrustAnchor);
  OTRP_RPC(ListTrustAnchors);
  OTRP_LAST_RPC();
};

class TsmIds final : public rpc::ServiceOf<v1::TsmIds, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(AddTsmId);
  OTRP_RPC(TransferTsmId);
  OTRP_RPC(ReleaseTsmId);
  OTRP_RPC(ListTsmIds);
  OTRP_LAST_RPC();
};

class Recovery final : public rpc::ServiceOf<v1::Recovery, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(ReconcileCrl);
  OTRP_LAST_RPC();
};

class AuditRecovery final : public rpc::ServiceOf<v1::AuditRecovery, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(ReconcileAudit);
  OTRP_LAST_RPC();
};

// Not by OTRP_RPC: what its handler asks, others have no use for.
class CertificateRenewal final
    : public rpc::ServiceOf<v1::CertificateRenewal, Env> {
 public:
  using ServiceOf::ServiceOf;
  static constexpr bool kHasAllRpcs = kRpcs == 1;

  grpc::Status RenewCertificate(
      grpc::ServerContext* context, const v1::RenewCertificateRequest* request,
      v1::RenewCertificateResponse* response) override {
    RenewalEnv env = RenewalEnv::Of(*context, env_);
    return rpc::Run(context, env, request, response,
                    &handlers::RenewCertificate);
  }
};

class CertificateExpiry final
    : public rpc::ServiceOf<v1::CertificateExpiry, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(FindExpiringCertificates);
  OTRP_LAST_RPC();
};

class AuthorityMarket final : public rpc::ServiceOf<v1::AuthorityMarket, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(CreateAuthority);
  OTRP_RPC(SetAuthorityPolicies);
  OTRP_LAST_RPC();
};

class Batches final : public rpc::ServiceOf<v1::Batches, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(IssueBatch);
  OTRP_LAST_RPC();
};

class IssuanceRequests final
    : public rpc::ServiceOf<v1::IssuanceRequests, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(RequestIssuance);
  OTRP_RPC(ApproveIssuance);
  OTRP_RPC(RejectIssuance);
  OTRP_RPC(GetIssuanceRequest);
  OTRP_RPC(ListIssuanceRequests);
  OTRP_LAST_RPC();
};

}  // namespace

std::vector<std::unique_ptr<grpc::Service>> NewServices(Env& env) {
  return rpc::NewServices<CertificateAuthority, AuthorityDirectory,
                          AuthorityService, RevocationStatus, TrustAnchors,
                          TsmIds, Recovery, CertificateRenewal,
                          CertificateExpiry, Batches, IssuanceRequests,
                          CrlShards, AuditRecovery, AuthorityMarket>(env);
}

}  // namespace ca
}  // namespace otrp
