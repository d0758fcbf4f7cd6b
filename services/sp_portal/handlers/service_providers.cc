#include "services/sp_portal/handlers/service_providers.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/paging.h"
#include "services/sp_portal/certificate_errors.h"
#include "services/sp_portal/domain/names.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/handlers/convert.h"
#include "services/sp_portal/handlers/events.h"
#include "services/sp_portal/handlers/tenancy.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace handlers {
namespace {

// The same SP and CSR again is the same request to the CA: a call that was
// cut short can be repeated without a second certificate.
std::string RequestId(const std::string& spid, const std::string& csr_der) {
  return absl::StrCat("sp-", absl::BytesToHexString(crypto::Sha256(absl::StrCat(
                                 spid, "\n", crypto::Sha256(csr_der)))));
}

tsm::v1::ApplyRequest EnrolledEvent(const std::string& spid,
                                    const std::string& name,
                                    const std::string& certificate_der) {
  tsm::v1::ApplyRequest event;
  auto* enrolled = event.mutable_sp_certificate_enrolled();
  enrolled->set_spid(spid);
  enrolled->set_name(name);
  enrolled->set_certificate_der(certificate_der);
  return event;
}

tsm::v1::ApplyRequest RevokedEvent(const std::string& spid,
                                   const SpCertificate& certificate) {
  tsm::v1::ApplyRequest event;
  auto* revoked = event.mutable_sp_certificate_revoked();
  revoked->set_spid(spid);
  revoked->set_fingerprint(certificate.fingerprint);
  *revoked->mutable_revoked_at() = rpc::ToProto(certificate.revoked->at);
  revoked->set_reason(certificate.revoked->reason);
  return event;
}

// What the CA has recorded, recorded here.
absl::StatusOr<Change> MarkRevoked(const rpc::CallContext& call, Env& env,
                                   const SerialOfSp& certificate,
                                   const Revocation& revocation) {
  return env.store.RevokeCertificate(
      certificate, revocation, env.clock.Now(),
      [&](const std::string& name, const SpCertificate& revoked,
          const SpCertificate* current) {
        const std::string& spid = certificate.spid;
        std::vector<store::OutboxMessage> messages = {
            NewMessage(call, env, spid, RevokedEvent(spid, revoked))};
        if (current != nullptr) {
          messages.push_back(NewMessage(
              call, env, spid, EnrolledEvent(spid, name, current->der)));
        }
        return messages;
      },
      service::AuditOf(call, "sp.revoke_certificate", certificate.spid,
                       store::kAuditOk,
                       service::AuditDetails()
                           .Set("serial", certificate.serial)
                           .Set("reason", ReasonWord(revocation.reason))));
}

}  // namespace

absl::Status CreateServiceProvider(
    const rpc::CallContext& call, Env& env,
    const v1::CreateServiceProviderRequest& request,
    v1::CreateServiceProviderResponse& response) {
  OTRP_RETURN_IF_ERROR(service::CheckName("spid", request.spid()));
  OTRP_RETURN_IF_ERROR(CheckDisplayName(request.name()));
  Sp sp;
  sp.spid = request.spid();
  sp.name = request.name();
  sp.created_at = env.clock.Now();
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.store.CreateSp(sp, service::AuditOf(call, "sp.create", sp.spid)));
  Finish(call, env, change);
  OTRP_ASSIGN_OR_RETURN(sp, env.store.GetSp(sp.spid));
  ToProto(sp, *response.mutable_service_provider());
  return absl::OkStatus();
}

absl::Status GetServiceProvider(const rpc::CallContext& call, Env& env,
                                const v1::GetServiceProviderRequest& request,
                                v1::GetServiceProviderResponse& response) {
  OTRP_RETURN_IF_ERROR(service::CheckName("spid", request.spid()));
  OTRP_RETURN_IF_ERROR(CheckTenant(call, request.spid()));
  OTRP_ASSIGN_OR_RETURN(Sp sp, env.store.GetSp(request.spid()));
  ToProto(sp, *response.mutable_service_provider());
  return absl::OkStatus();
}

absl::Status ListServiceProviders(
    const rpc::CallContext& call, Env& env,
    const v1::ListServiceProvidersRequest& request,
    v1::ListServiceProvidersResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_ASSIGN_OR_RETURN(const std::string visible, VisibleSpid(call, ""));
  OTRP_ASSIGN_OR_RETURN(std::vector<Sp> sps,
                        env.store.ListSps(visible, page.after(), page.limit()));
  page.Finish(sps, response, [](const Sp& sp) { return sp.spid; });
  for (const Sp& sp : sps) ToProto(sp, *response.add_service_providers());
  return absl::OkStatus();
}

absl::Status EnrollCertificate(const rpc::CallContext& call, Env& env,
                               const v1::EnrollCertificateRequest& request,
                               v1::EnrollCertificateResponse& response) {
  const std::string& spid = request.spid();
  OTRP_RETURN_IF_ERROR(service::CheckName("spid", spid));
  if (request.csr_der().empty() || request.csr_der().size() > kMaxCsrBytes) {
    return errors::BadCsr();
  }
  OTRP_RETURN_IF_ERROR(CheckTenant(call, spid));
  if (!call.caller().taids.empty()) return errors::ScopedToken();
  OTRP_ASSIGN_OR_RETURN(const Sp sp, env.store.GetSp(spid));
  OTRP_RETURN_IF_ERROR(CheckActive(sp));

  OTRP_ASSIGN_OR_RETURN(
      IssuedCertificate issued,
      env.ca.IssueSpCertificate(spid, request.csr_der(),
                                RequestId(spid, request.csr_der()), call));
  SpCertificate certificate;
  certificate.serial = issued.serial;
  certificate.der = issued.chain[0];
  certificate.issuers.assign(issued.chain.begin() + 1, issued.chain.end());
  certificate.fingerprint = crypto::Sha256(certificate.der);
  certificate.not_after = issued.not_after;
  certificate.enrolled_at = env.clock.Now();

  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.store.AddCertificate(
          spid, certificate,
          NewMessage(call, env, spid,
                     EnrolledEvent(spid, sp.name, certificate.der)),
          service::AuditOf(call, "sp.enroll", spid, store::kAuditOk,
                           service::AuditDetails().Set(
                               "fingerprint", absl::BytesToHexString(
                                                  certificate.fingerprint)))));
  response.set_delivered(Finish(call, env, change));
  response.set_serial(issued.serial);
  for (std::string& der : issued.chain) response.add_chain_der(std::move(der));
  return absl::OkStatus();
}

absl::Status RevokeSigningCertificate(
    const rpc::CallContext& call, Env& env,
    const v1::RevokeSigningCertificateRequest& request,
    v1::RevokeSigningCertificateResponse& response) {
  const std::string& spid = request.spid();
  OTRP_RETURN_IF_ERROR(service::CheckName("spid", spid));
  OTRP_RETURN_IF_ERROR(CheckTenant(call, spid));
  if (!call.caller().taids.empty()) return errors::ScopedToken();
  if (!RfcReason(request.reason()).has_value()) {
    return errors::BadRevocationReason();
  }
  const auto find = [&](const Sp& sp) {
    return std::find_if(sp.certificates.begin(), sp.certificates.end(),
                        [&](const SpCertificate& certificate) {
                          return certificate.serial == request.serial();
                        });
  };
  OTRP_ASSIGN_OR_RETURN(Sp sp, env.store.GetSp(spid));
  if (find(sp) == sp.certificates.end()) {
    return errors::CertificateNotFound(request.serial());
  }
  OTRP_ASSIGN_OR_RETURN(
      const RevokedCertificate revoked,
      env.ca.RevokeSpCertificate(request.serial(), request.reason(), call));
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      MarkRevoked(call, env, {spid, request.serial()},
                  {revoked.at, RfcReason(revoked.reason).value_or(0)}));
  response.set_delivered(Finish(call, env, change));
  OTRP_ASSIGN_OR_RETURN(sp, env.store.GetSp(spid));
  const auto now = find(sp);
  if (now == sp.certificates.end()) {
    return errors::CertificateNotFound(request.serial());
  }
  ToProto(*now, *response.mutable_certificate());
  return absl::OkStatus();
}

absl::Status TellRevocations(Env& env) {
  const rpc::CallContext self({rpc::CallerKind::kService, "sp_portal"}, "", "",
                              absl::InfiniteFuture());
  OTRP_ASSIGN_OR_RETURN(const std::vector<PortalStore::UntoldRevocation> untold,
                        env.store.FindUntoldRevocations(kSerialsAtOnce));
  for (const auto& [spid, certificate] : untold) {
    OTRP_RETURN_IF_ERROR(env.store.TellRevocation(
        {spid, certificate.serial},
        NewMessage(self, env, spid, RevokedEvent(spid, certificate))));
  }
  return absl::OkStatus();
}

absl::Status LearnRevocations(
    Env& env, const std::vector<crypto::RevokedEntry>& revoked) {
  const rpc::CallContext self({rpc::CallerKind::kService, "sp_portal"}, "", "",
                              absl::InfiniteFuture());
  for (size_t begin = 0; begin < revoked.size(); begin += kSerialsAtOnce) {
    const size_t end = std::min(revoked.size(), begin + kSerialsAtOnce);
    std::map<std::string, Revocation> told;
    std::vector<std::string> serials;
    for (size_t i = begin; i < end; ++i) {
      serials.push_back(revoked[i].serial);
      // A list that gives no reason says "unspecified".
      told[revoked[i].serial] = {revoked[i].revoked_at,
                                 std::max(0, revoked[i].reason)};
    }
    OTRP_ASSIGN_OR_RETURN(const std::vector<SerialOfSp> news,
                          env.store.FindUnrevoked(serials));
    for (const SerialOfSp& certificate : news) {
      self.ResetAuditRecords();
      OTRP_RETURN_IF_ERROR(
          MarkRevoked(self, env, certificate, told[certificate.serial])
              .status());
    }
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp
