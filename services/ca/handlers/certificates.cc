#include "services/ca/handlers/certificates.h"

#include <string>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/pki/certificate.h"
#include "libs/pki/csr.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/paging.h"
#include "services/ca/domain/issuance_request.h"
#include "services/ca/domain/order.h"
#include "services/ca/domain/serial.h"
#include "services/ca/errors.h"
#include "services/ca/handlers/convert.h"
#include "services/ca/handlers/market.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

// Another's certificate is answered as one that doesn't exist.
absl::StatusOr<CertificateRecord> RevocableBy(const rpc::CallContext& call,
                                              Env& env,
                                              const std::string& serial) {
  if (!call.caller().taids.empty()) return errors::ScopedToken();
  absl::StatusOr<CertificateRecord> certificate =
      env.store.GetCertificate(serial);
  if (!certificate.ok()) {
    return errors::NameNotFound(certificate.status(),
                                errors::CertificateNotFound(serial));
  }
  if (!MayRevoke(call.caller(), *certificate)) {
    return errors::CertificateNotFound(serial);
  }
  return certificate;
}

// A key that others have gets no certificate any more; empty for other reasons,
// and for what was only intended.
absl::StatusOr<std::string> BlockedKey(RevocationReason reason,
                                       const CertificateRecord& certificate) {
  if (reason != RevocationReason::kKeyCompromise || certificate.der.empty()) {
    return std::string();
  }
  OTRP_ASSIGN_OR_RETURN(const absl::string_view spki,
                        pki::SubjectPublicKeyInfoOf(certificate.der));
  return crypto::Sha256(spki);
}

}  // namespace

absl::Status IssueCertificate(const rpc::CallContext& call, Env& env,
                              const v1::IssueCertificateRequest& request,
                              v1::IssueCertificateResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const pki::Profile profile,
                        FromProto(request.profile()));
  OTRP_RETURN_IF_ERROR(
      CheckMayHaveOf(env, call.caller(), profile, request.authority()));
  if (env.four_eyes && call.caller().kind == rpc::CallerKind::kOperator &&
      NeedsTwoPeople(profile)) {
    return errors::NeedsSecondPerson(profile.word);
  }
  if (request.csr_der().empty() || request.csr_der().size() > kMaxCsrBytes) {
    return errors::BadCsr("must be a PKCS#10 request in DER, up to 16 KiB");
  }
  const absl::StatusOr<pki::Csr> csr =
      pki::Csr::ParseFor(request.csr_der(), profile);
  if (!csr.ok()) return errors::BadCsr(csr.status().message());
  const Wish wish = {request.common_name(),
                     {request.san_uris().begin(), request.san_uris().end()},
                     request.request_id(),
                     request.lifetime_seconds(),
                     request.authority()};
  OTRP_ASSIGN_OR_RETURN(
      const IssueOrder order,
      MakeOrder(call.caller(), profile, *csr, wish, env.client_lives));
  OTRP_RETURN_IF_ERROR(
      env.ca_admins.CheckGrant(call.caller(), profile, order.names.uris));

  OTRP_ASSIGN_OR_RETURN(
      const Issued issued,
      env.issuer.Issue(*csr, order, [&](const CertificateRecord& signed_one) {
        call.ResetAuditRecords();
        return service::AuditOf(call, "certificate.issue", signed_one.serial,
                                store::kAuditOk,
                                IssueDetails(signed_one, order));
      }));
  call.Changed(issued.is_new);

  response.set_serial(issued.serial);
  for (const std::string& der : issued.chain_der) response.add_chain_der(der);
  *response.mutable_not_after() = rpc::ToProto(issued.not_after);
  return absl::OkStatus();
}

absl::Status RevokeCertificate(const rpc::CallContext& call, Env& env,
                               const v1::RevokeCertificateRequest& request,
                               v1::RevokeCertificateResponse& response) {
  OTRP_RETURN_IF_ERROR(CheckSerial(request.serial()));
  OTRP_ASSIGN_OR_RETURN(const RevocationReason reason,
                        FromProto(request.reason()));
  const std::string serial = NormalSerial(request.serial());
  OTRP_ASSIGN_OR_RETURN(const CertificateRecord certificate,
                        RevocableBy(call, env, serial));
  if (certificate.own == OwnCertificate::kAuthority) {
    return errors::RevokeByName(certificate.subject);
  }
  OTRP_ASSIGN_OR_RETURN(const std::string blocked_key,
                        BlockedKey(reason, certificate));
  const absl::StatusOr<CaStore::RevokeResult> revoked = env.store.Revoke(
      serial, {reason, env.clock.Now()},
      service::AuditOf(
          call, "certificate.revoke", serial, store::kAuditOk,
          service::AuditDetails().Set(
              "reason", v1::RevocationReason_Name(request.reason()))),
      blocked_key);
  if (!revoked.ok()) {
    return errors::NameNotFound(revoked.status(),
                                errors::CertificateNotFound(serial));
  }
  call.Changed(revoked->changed);
  // Also when nothing changed: a call that was cut short between the two
  // steps is completed by its repetition.
  OTRP_RETURN_IF_ERROR(env.revocation.Publish(revoked->certificate.authority,
                                              revoked->certificate.crl_shard));
  *response.mutable_revoked_at() =
      rpc::ToProto(revoked->certificate.revoked->at);
  response.set_reason(ToProto(revoked->certificate.revoked->reason));
  return absl::OkStatus();
}

absl::Status GetCertificate(const rpc::CallContext&, Env& env,
                            const v1::GetCertificateRequest& request,
                            v1::GetCertificateResponse& response) {
  OTRP_RETURN_IF_ERROR(CheckSerial(request.serial()));
  const std::string serial = NormalSerial(request.serial());
  const absl::StatusOr<CertificateRecord> certificate =
      env.store.GetCertificate(serial);
  if (!certificate.ok()) {
    return errors::NameNotFound(certificate.status(),
                                errors::CertificateNotFound(serial));
  }
  *response.mutable_certificate() = ToProto(*certificate);
  const AuthorityPtr authority = env.authorities.Find(certificate->authority);
  if (authority == nullptr) return absl::OkStatus();
  for (std::string& der : env.authorities.ChainAbove(*authority)) {
    response.add_issuer_chain_der(std::move(der));
  }
  return absl::OkStatus();
}

absl::Status ListCertificates(const rpc::CallContext&, Env& env,
                              const v1::ListCertificatesRequest& request,
                              v1::ListCertificatesResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_ASSIGN_OR_RETURN(const CertificateFilter filter,
                        FilterFromProto(request.profile()));
  OTRP_ASSIGN_OR_RETURN(
      std::vector<CertificateRecord> certificates,
      env.store.ListCertificates(filter, page.after(), page.limit()));
  page.Finish(certificates, response, [](const CertificateRecord& certificate) {
    return certificate.serial;
  });
  for (const CertificateRecord& certificate : certificates) {
    *response.add_certificates() = ToProto(certificate);
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace ca
}  // namespace otrp
