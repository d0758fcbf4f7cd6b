#include "services/ca/handlers/certificates.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/pki/csr.h"
#include "libs/rpc/identity.h"
#include "libs/service/audit.h"
#include "libs/service/paging.h"
#include "services/ca/errors.h"
#include "services/ca/handlers/convert.h"

namespace otrp {
namespace ca {
namespace {

constexpr size_t kMaxCsrBytes = 16 << 10;
constexpr size_t kMaxNames = 16;
constexpr size_t kMaxNameBytes = 255;
constexpr absl::string_view kHttps = "https://";

absl::Status CheckMayHave(const rpc::Identity& caller,
                          const pki::Profile& profile) {
  const bool may =
      profile.names != pki::NameRule::kOurOwn &&
      (caller.kind == rpc::CallerKind::kOperator ||
       (caller.kind == rpc::CallerKind::kService &&
        !profile.requester.empty() && caller.name == profile.requester));
  return may ? absl::OkStatus()
             : errors::ProfileDenied(caller.ToString(), profile.word);
}

absl::Status CheckText(absl::string_view field, absl::string_view text) {
  if (text.empty() || text.size() > 64) {
    return errors::BadName(field, "must have 1 to 64 characters");
  }
  for (char c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') {
      return errors::BadName(field, "must not have control characters");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckNames(absl::string_view field,
                        const std::vector<std::string>& names) {
  if (names.size() > kMaxNames) {
    return errors::BadName(field, "must be at most 16 names");
  }
  for (const std::string& name : names) {
    const bool printable = std::all_of(name.begin(), name.end(), [](char c) {
      return absl::ascii_isgraph(static_cast<unsigned char>(c));
    });
    if (name.empty() || name.size() > kMaxNameBytes || !printable) {
      return errors::BadName(
          field, "each name must have 1 to 255 printable characters");
    }
  }
  return absl::OkStatus();
}

// What mutual TLS takes for a caller's name (libs/rpc/identity.h): a
// certificate without it could call nothing, and a profile must not make what
// only the other one may.
absl::Status CheckIdentity(bool service, const std::vector<std::string>& uris) {
  const absl::string_view forms =
      service ? "otrp://service/NAME"
              : "otrp://operator/NAME, otrp://auditor/NAME or otrp://sp/SPID";
  if (uris.size() != 1) return errors::NeedsIdentity(forms);
  const absl::StatusOr<rpc::Identity> identity = rpc::ParseIdentity(uris[0]);
  if (!identity.ok() ||
      (identity->kind == rpc::CallerKind::kService) != service) {
    return errors::NeedsIdentity(forms);
  }
  return absl::OkStatus();
}

absl::Status CheckTsmId(const std::vector<std::string>& uris) {
  const bool good = uris.size() == 1 && absl::StartsWith(uris[0], kHttps) &&
                    uris[0].size() > kHttps.size();
  return good ? absl::OkStatus() : errors::NeedsTsmId();
}

absl::Status CheckNoIdentity(const std::vector<std::string>& uris) {
  for (const std::string& uri : uris) {
    if (absl::StartsWith(uri, "otrp://")) {
      return errors::BadName(
          "san_uris",
          "otrp:// names identities of the suite; use the profile "
          "SERVICE or CLIENT for them");
    }
  }
  return absl::OkStatus();
}

// The names that a profile grants: identities of our own are given by the
// order alone, never by what a request wishes for.
absl::StatusOr<crypto::SubjectNames> GrantNames(
    const v1::IssueCertificateRequest& request, const pki::Csr& csr,
    pki::NameRule rule) {
  crypto::SubjectNames names;
  names.uris = {request.san_uris().begin(), request.san_uris().end()};
  const bool own =
      rule == pki::NameRule::kOwnUris || rule == pki::NameRule::kTsmId;
  if (own && names.uris.empty()) names.uris = csr.san_uris();
  OTRP_RETURN_IF_ERROR(CheckNames("san_uris", names.uris));
  if (own) OTRP_RETURN_IF_ERROR(CheckNoIdentity(names.uris));
  switch (rule) {
    case pki::NameRule::kOwnUris: break;
    case pki::NameRule::kTsmId:
      OTRP_RETURN_IF_ERROR(CheckTsmId(names.uris));
      break;
    case pki::NameRule::kServiceIdentity:
      OTRP_RETURN_IF_ERROR(CheckIdentity(/*service=*/true, names.uris));
      names.dns = csr.san_dns();
      OTRP_RETURN_IF_ERROR(CheckNames("csr_der", names.dns));
      break;
    case pki::NameRule::kClientIdentity:
      OTRP_RETURN_IF_ERROR(CheckIdentity(/*service=*/false, names.uris));
      break;
    case pki::NameRule::kOurOwn:
      return absl::InternalError("names of our own aren't asked for");
  }
  return names;
}

absl::StatusOr<IssueOrder> MakeOrder(const rpc::CallContext& call,
                                     const v1::IssueCertificateRequest& request,
                                     const pki::Csr& csr,
                                     const pki::Profile& profile) {
  IssueOrder order;
  order.role = profile.role;
  order.common_name =
      request.common_name().empty() ? csr.common_name() : request.common_name();
  OTRP_RETURN_IF_ERROR(CheckText("common_name", order.common_name));
  order.request_id = request.request_id();
  if (order.request_id.size() > 128 ||
      !std::all_of(order.request_id.begin(), order.request_id.end(),
                   [](char c) {
                     return absl::ascii_isgraph(static_cast<unsigned char>(c));
                   })) {
    return errors::BadRequestId();
  }
  OTRP_ASSIGN_OR_RETURN(order.names, GrantNames(request, csr, profile.names));
  if (profile.names != pki::NameRule::kTsmId) return order;
  order.claim = TsmIdClaim{order.names.uris[0], call.caller().ToString(),
                           call.caller().kind == rpc::CallerKind::kOperator};
  return order;
}

absl::Status CheckSerial(const std::string& serial) {
  const bool hex = !serial.empty() && serial.size() <= 40 &&
                   std::all_of(serial.begin(), serial.end(), [](char c) {
                     return absl::ascii_isxdigit(static_cast<unsigned char>(c));
                   });
  return hex ? absl::OkStatus() : errors::BadSerial();
}

// As it is stored: lower case, without leading zeros.
std::string NormalSerial(const std::string& serial) {
  std::string lower = absl::AsciiStrToLower(serial);
  const size_t start = lower.find_first_not_of('0');
  return start == std::string::npos ? "0" : lower.substr(start);
}

}  // namespace

absl::Status IssueCertificate(const rpc::CallContext& call, Env& env,
                              const v1::IssueCertificateRequest& request,
                              v1::IssueCertificateResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const pki::Profile profile,
                        FromProto(request.profile()));
  OTRP_RETURN_IF_ERROR(CheckMayHave(call.caller(), profile));
  if (request.csr_der().empty() || request.csr_der().size() > kMaxCsrBytes) {
    return errors::BadCsr("must be a PKCS#10 request in DER, up to 16 KiB");
  }
  const absl::StatusOr<pki::Csr> csr = pki::Csr::Parse(request.csr_der());
  if (!csr.ok()) return errors::BadCsr(csr.status().message());
  OTRP_ASSIGN_OR_RETURN(const IssueOrder order,
                        MakeOrder(call, request, *csr, profile));

  OTRP_ASSIGN_OR_RETURN(
      const Issued issued,
      env.issuer.Issue(*csr, order, [&](const std::string& serial) {
        call.ResetAuditRecords();
        return service::AuditOf(
            call, "certificate.issue", serial, store::kAuditOk,
            service::AuditDetails().Set("profile", profile.word));
      }));
  call.Changed(issued.is_new);

  response.set_serial(issued.serial);
  for (const std::string& der : issued.chain_der) response.add_chain_der(der);
  FillTimestamp(issued.not_after, response.mutable_not_after());
  return absl::OkStatus();
}

absl::Status RevokeCertificate(const rpc::CallContext& call, Env& env,
                               const v1::RevokeCertificateRequest& request,
                               v1::RevokeCertificateResponse& response) {
  OTRP_RETURN_IF_ERROR(CheckSerial(request.serial()));
  OTRP_ASSIGN_OR_RETURN(const int reason, ReasonCode(request.reason()));
  const std::string serial = NormalSerial(request.serial());
  bool changed = false;
  OTRP_ASSIGN_OR_RETURN(
      const CertificateRow row,
      env.store.Revoke(serial, reason, env.clock.Now(),
                       service::AuditOf(call, "certificate.revoke", serial),
                       &changed));
  call.Changed(changed);
  // Also when nothing changed: a call that was cut short between the two
  // steps is completed by its repetition.
  OTRP_RETURN_IF_ERROR(env.revocation.PublishCrl(row.authority));
  FillTimestamp(row.revoked_at.value_or(env.clock.Now()),
                response.mutable_revoked_at());
  return absl::OkStatus();
}

absl::Status GetCertificate(const rpc::CallContext&, Env& env,
                            const v1::GetCertificateRequest& request,
                            v1::GetCertificateResponse& response) {
  OTRP_RETURN_IF_ERROR(CheckSerial(request.serial()));
  OTRP_ASSIGN_OR_RETURN(
      const CertificateRow row,
      env.store.GetCertificate(NormalSerial(request.serial())));
  FillCertificate(row, response.mutable_certificate());
  const Authority* authority = env.authorities.Find(row.authority);
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
  std::string profile;
  if (request.profile() != v1::PROFILE_UNSPECIFIED) {
    OTRP_ASSIGN_OR_RETURN(const pki::Profile row, FromProto(request.profile()));
    profile = std::string(row.word);
  }
  OTRP_ASSIGN_OR_RETURN(
      std::vector<CertificateRow> rows,
      env.store.ListCertificates(profile, page.after(), page.limit()));
  page.Finish(rows, response,
              [](const CertificateRow& row) { return row.serial; });
  for (const CertificateRow& row : rows) {
    FillCertificate(row, response.add_certificates());
  }
  return absl::OkStatus();
}

}  // namespace ca
}  // namespace otrp
