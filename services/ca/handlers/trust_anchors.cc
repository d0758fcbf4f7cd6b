#include "services/ca/handlers/trust_anchors.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/pki/certificate.h"
#include "libs/service/audit.h"
#include "services/ca/errors.h"
#include "services/ca/handlers/convert.h"

namespace otrp {
namespace ca {
namespace {

absl::Status CheckName(const std::string& name) {
  const bool good =
      !name.empty() && name.size() <= 64 &&
      std::all_of(name.begin(), name.end(), [](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' ||
               c == '-' || c == '_';
      });
  return good ? absl::OkStatus() : errors::BadAnchorName();
}

void FillAnchor(const AnchorRow& row, v1::TrustAnchor* out) {
  out->set_role(RoleFromName(row.role));
  out->set_name(row.name);
  out->set_certificate_der(row.certificate_der);
  FillTimestamp(row.added_at, out->mutable_added_at());
}

}  // namespace

absl::Status AddTrustAnchor(const rpc::CallContext& call, Env& env,
                            const v1::AddTrustAnchorRequest& request,
                            v1::AddTrustAnchorResponse& response) {
  AnchorRow row;
  OTRP_ASSIGN_OR_RETURN(row.role, AnchorRole(request.role()));
  OTRP_RETURN_IF_ERROR(CheckName(request.name()));
  row.name = request.name();
  const absl::StatusOr<pki::Certificate> certificate =
      pki::Certificate::FromDer(request.certificate_der());
  if (!certificate.ok()) {
    return errors::BadAnchor(certificate.status().message());
  }
  if (!certificate->is_ca()) {
    return errors::BadAnchor(
        "is no CA's certificate (basicConstraints lacks CA)");
  }
  row.certificate_der = certificate->der();
  row.added_at = env.clock.Now();
  bool added = false;
  OTRP_ASSIGN_OR_RETURN(
      const AnchorRow stored,
      env.store.AddAnchor(
          row,
          service::AuditOf(call, "trust.add",
                           absl::StrCat(row.role, "/", row.name)),
          &added));
  call.Changed(added);
  FillAnchor(stored, response.mutable_anchor());
  return absl::OkStatus();
}

absl::Status RemoveTrustAnchor(const rpc::CallContext& call, Env& env,
                               const v1::RemoveTrustAnchorRequest& request,
                               v1::RemoveTrustAnchorResponse&) {
  OTRP_ASSIGN_OR_RETURN(const std::string role, AnchorRole(request.role()));
  OTRP_RETURN_IF_ERROR(CheckName(request.name()));
  return env.store.RemoveAnchor(
      role, request.name(),
      service::AuditOf(call, "trust.remove",
                       absl::StrCat(role, "/", request.name())));
}

absl::Status ListTrustAnchors(const rpc::CallContext&, Env& env,
                              const v1::ListTrustAnchorsRequest& request,
                              v1::ListTrustAnchorsResponse& response) {
  std::string role;
  if (request.role() != common::v1::ROLE_UNSPECIFIED) {
    OTRP_ASSIGN_OR_RETURN(role, AnchorRole(request.role()));
  }
  OTRP_ASSIGN_OR_RETURN(const AnchorList list, env.store.ListAnchors(role));
  for (const AnchorRow& row : list.anchors) {
    FillAnchor(row, response.add_anchors());
  }
  response.set_version(list.version);
  return absl::OkStatus();
}

}  // namespace ca
}  // namespace otrp
