#include "services/ca/handlers/renewal.h"

#include "grpc/grpc_security_constants.h"
#include "libs/base/status_macros.h"
#include "libs/pki/csr.h"
#include "libs/rpc/identity.h"
#include "libs/rpc/peer_serial.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "services/ca/domain/order.h"
#include "services/ca/errors.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {

RenewalEnv RenewalEnv::Of(const grpc::ServerContext& context, Env& ca) {
  const auto peer = context.auth_context();
  RenewalEnv env{ca.guard, ca, "", false};
  env.is_front =
      rpc::IdentityOf(*peer) == rpc::Identity(rpc::CallerKind::kService, "api");
  const auto pem = peer->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (!env.is_front && pem.size() == 1) {
    env.peer_serial = std::string(
        rpc::PeerSerial::OfPem({pem[0].data(), pem[0].size()}).view());
  }
  return env;
}

namespace handlers {
namespace {

absl::StatusOr<std::string> ShownSerial(const RenewalEnv& env,
                                        const std::string& said) {
  if (env.is_front == said.empty()) return errors::NoShownSerial();
  return env.is_front ? said : env.peer_serial;
}

}  // namespace

absl::Status RenewCertificate(const rpc::CallContext& call, RenewalEnv& env,
                              const v1::RenewCertificateRequest& request,
                              v1::RenewCertificateResponse& response) {
  if (!call.caller().agent.empty()) return errors::RenewsCertificatesOnly();
  OTRP_ASSIGN_OR_RETURN(const std::string serial,
                        ShownSerial(env, request.shown_serial()));
  if (request.csr_der().empty() || request.csr_der().size() > kMaxCsrBytes) {
    return errors::BadCsr("must be a PKCS#10 request in DER, up to 16 KiB");
  }
  const absl::StatusOr<pki::Csr> csr = pki::Csr::ParseFor(
      request.csr_der(), pki::ProfileFor(pki::Role::kClient));
  if (!csr.ok()) return errors::BadCsr(csr.status().message());
  const absl::StatusOr<Renewable> renewable = env.ca.renewals.Find(serial);
  if (!renewable.ok()) {
    return errors::NameNotFound(renewable.status(), errors::UnknownToTheCa());
  }
  OTRP_ASSIGN_OR_RETURN(
      const IssueOrder order,
      MakeRenewal(call.caller(), *renewable, *csr, request.lifetime_seconds(),
                  env.ca.client_lives, env.ca.clock.Now()));
  OTRP_ASSIGN_OR_RETURN(
      const Issued issued,
      env.ca.issuer.Issue(*csr, order, [&](const CertificateRecord& made) {
        call.ResetAuditRecords();
        return service::AuditOf(call, "certificate.renew", made.serial,
                                store::kAuditOk,
                                service::AuditDetails()
                                    .Set("renews", serial)
                                    .Set("first", order.first_serial));
      }));
  call.Changed(issued.is_new);

  response.set_serial(issued.serial);
  for (const std::string& der : issued.chain_der) response.add_chain_der(der);
  *response.mutable_not_after() = rpc::ToProto(issued.not_after);
  *response.mutable_renewable_until() = rpc::ToProto(order.latest_end);
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace ca
}  // namespace otrp
