#include "services/ca/handlers/trust_anchors.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/der.h"
#include "libs/pki/certificate.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "services/ca/errors.h"
#include "services/ca/handlers/convert.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

std::string Subject(pki::Role role, const std::string& name) {
  return absl::StrCat(pki::RoleName(role), "/", name);
}

service::AuditDetails DetailsOf(const TrustAnchor& anchor) {
  service::AuditDetails details;
  if (!anchor.ekus.empty()) details.SetList("accepted_ekus", anchor.ekus);
  return details;
}

// Why the octets are no anchor; empty where they are one.
std::string WhyNoAnchor(absl::string_view der) {
  const absl::StatusOr<pki::Certificate> certificate =
      pki::Certificate::FromDer(der);
  if (!certificate.ok()) return std::string(certificate.status().message());
  if (certificate->info().version != 3) {
    return absl::StrCat("is a certificate of version ",
                        certificate->info().version,
                        ", which can't say that it is an authority's "
                        "(basicConstraints); one of version 3 is needed");
  }
  return certificate->is_ca()
             ? ""
             : "is no CA's certificate (basicConstraints lacks CA)";
}

absl::StatusOr<std::vector<std::string>> UsagesOf(
    const v1::AddTrustAnchorRequest& request) {
  std::vector<std::string> ekus(request.accepted_ekus().begin(),
                                request.accepted_ekus().end());
  if (ekus.size() > kMaxAnchorEkus ||
      !std::all_of(ekus.begin(), ekus.end(), crypto::der::IsOid)) {
    return errors::BadUsages(kMaxAnchorEkus);
  }
  // One order, so that equal ones are equal.
  std::sort(ekus.begin(), ekus.end());
  ekus.erase(std::unique(ekus.begin(), ekus.end()), ekus.end());
  return ekus;
}

absl::StatusOr<std::vector<TrustAnchor>> AnchorsOf(
    const v1::AddTrustAnchorRequest& request, absl::Time now) {
  TrustAnchor first;
  OTRP_ASSIGN_OR_RETURN(first.role, AnchorRoleFromProto(request.role()));
  OTRP_RETURN_IF_ERROR(service::CheckName("name", request.name()));
  first.name = request.name();
  first.added_at = now;
  first.certificate_der = request.certificate_der();
  OTRP_ASSIGN_OR_RETURN(first.ekus, UsagesOf(request));
  std::vector<TrustAnchor> anchors = {first};
  for (const std::string& der : request.further_certificates_der()) {
    TrustAnchor& anchor = anchors.emplace_back(first);
    anchor.name = absl::StrCat(first.name, "-", anchors.size());
    OTRP_RETURN_IF_ERROR(service::CheckName("name", anchor.name));
    anchor.certificate_der = der;
  }
  if (anchors.size() > kMaxAnchorsAtOnce) {
    return errors::TooManyAnchors(kMaxAnchorsAtOnce);
  }
  for (size_t i = 0; i < anchors.size(); ++i) {
    const std::string why = WhyNoAnchor(anchors[i].certificate_der);
    if (why.empty()) continue;
    return errors::BadAnchor(anchors.size() == 1
                                 ? why
                                 : absl::StrCat("certificate ", i + 1, " of ",
                                                anchors.size(), ": ", why));
  }
  return anchors;
}

}  // namespace

absl::Status AddTrustAnchor(const rpc::CallContext& call, Env& env,
                            const v1::AddTrustAnchorRequest& request,
                            v1::AddTrustAnchorResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const std::vector<TrustAnchor> anchors,
                        AnchorsOf(request, env.clock.Now()));
  std::vector<store::AuditEvent> audits;
  for (const TrustAnchor& anchor : anchors) {
    audits.push_back(service::AuditOf(call, "trust.add",
                                      Subject(anchor.role, anchor.name),
                                      store::kAuditOk, DetailsOf(anchor)));
  }
  OTRP_ASSIGN_OR_RETURN(const std::vector<CaStore::AddAnchorResult> results,
                        env.store.AddAnchors(anchors, audits));
  bool added = false;
  for (size_t i = 0; i < results.size(); ++i) {
    added = added || results[i].added;
    (i == 0 ? *response.mutable_anchor() : *response.add_further_anchors()) =
        ToProto(results[i].anchor);
  }
  call.Changed(added);
  return absl::OkStatus();
}

absl::Status RemoveTrustAnchor(const rpc::CallContext& call, Env& env,
                               const v1::RemoveTrustAnchorRequest& request,
                               v1::RemoveTrustAnchorResponse&) {
  OTRP_ASSIGN_OR_RETURN(const pki::Role role,
                        AnchorRoleFromProto(request.role()));
  OTRP_RETURN_IF_ERROR(service::CheckName("name", request.name()));
  return errors::NameNotFound(
      env.store.RemoveAnchor(role, request.name(),
                             service::AuditOf(call, "trust.remove",
                                              Subject(role, request.name()))),
      errors::AnchorNotFound(request.name()));
}

absl::Status ListTrustAnchors(const rpc::CallContext&, Env& env,
                              const v1::ListTrustAnchorsRequest& request,
                              v1::ListTrustAnchorsResponse& response) {
  absl::optional<pki::Role> role;
  if (request.role() != common::v1::ROLE_UNSPECIFIED) {
    OTRP_ASSIGN_OR_RETURN(role, AnchorRoleFromProto(request.role()));
  }
  OTRP_ASSIGN_OR_RETURN(const TrustAnchorList list,
                        env.store.ListAnchors(role));
  for (const TrustAnchor& anchor : list.anchors) {
    *response.add_anchors() = ToProto(anchor);
  }
  response.set_version(list.version);
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace ca
}  // namespace otrp
