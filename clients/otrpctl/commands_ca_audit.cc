#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/certificate_audit.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "otrp/ca/v1/ca.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::ca::v1;

absl::Status AddAuthorities(Connections& connections, CertificateAudit* audit) {
  OTRP_ASSIGN_OR_RETURN(
      const v1::ListAuthoritiesResponse response,
      connections.Call<v1::AuthorityDirectory>(
          Service::kCa, &v1::AuthorityDirectory::Stub::ListAuthorities,
          v1::ListAuthoritiesRequest()));
  for (const v1::Authority& authority : response.authorities()) {
    v1::GetCrlRequest request;
    request.set_authority(authority.name());
    const absl::StatusOr<v1::GetCrlResponse> crl =
        connections.Call<v1::RevocationStatus>(
            Service::kCa, &v1::RevocationStatus::Stub::GetCrl, request);
    if (!crl.ok() && !absl::IsNotFound(crl.status())) return crl.status();
    audit->AddAuthority(authority, crl.ok() ? crl->crl_der() : "");
  }
  return absl::OkStatus();
}

absl::Status AddCertificates(Connections& connections,
                             CertificateAudit* audit) {
  v1::ListCertificatesRequest request;
  request.set_page_size(1000);
  do {
    OTRP_ASSIGN_OR_RETURN(
        const v1::ListCertificatesResponse response,
        connections.Call<v1::CertificateAuthority>(
            Service::kCa, &v1::CertificateAuthority::Stub::ListCertificates,
            request));
    for (const v1::Certificate& row : response.certificates()) {
      audit->AddCertificate(row);
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::StatusOr<Result> CaAudit(const cli::Args&, Connections& connections) {
  CertificateAudit audit(absl::Now());
  OTRP_RETURN_IF_ERROR(AddAuthorities(connections, &audit));
  OTRP_RETURN_IF_ERROR(AddCertificates(connections, &audit));
  audit.Finish();
  json::Value findings = json::Value::Array();
  for (const AuditFinding& finding : audit.findings()) {
    json::Value item = json::Value::Object();
    item.Set("serial", json::Value::String(finding.serial));
    item.Set("check", json::Value::String(finding.check));
    item.Set("detail", json::Value::String(finding.detail));
    item.Set("warning", json::Value::Bool(finding.is_warning));
    findings.Append(std::move(item));
  }
  Result result;
  result.value.Set("certificates", json::Value::Integer(audit.certificates()));
  result.value.Set("findings", std::move(findings));
  result.list = "findings";
  result.columns = {{"SERIAL", "serial"},
                    {"CHECK", "check"},
                    {"DETAIL", "detail"},
                    {"WARNING", "warning"}};
  result.notes.push_back(
      absl::StrCat(audit.certificates(), " certificates were read"));
  if (audit.failed()) {
    result.verdict = absl::FailedPreconditionError(
        "certificates aren't as they should be: see the findings");
  }
  return result;
}

}  // namespace

std::vector<Command> CaAuditCommands() {
  return {
      {{"ca",
        "audit",
        {},
        {},
        "Re-reads every certificate, without the ca's help: signatures, lints, "
        "rows, lists."},
       CaAudit},
  };
}

}  // namespace otrp::ctl
