#include "services/ca/handlers/trust_anchors.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "libs/base/status_macros.h"
#include "libs/pki/certificate.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "services/ca/errors.h"
#include "services/ca/handlers/convert.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

std::string Subject(pki::Role role, const std::string& name) {
  return absl::StrCat(pki::RoleName(role), "/", name);
}

}  // namespace

absl::Status AddTrustAnchor(const rpc::CallContext& call, Env& env,
                            const v1::AddTrustAnchorRequest& request,
                            v1::AddTrustAnchorResponse& response) {
  TrustAnchor anchor;
  OTRP_ASSIGN_OR_RETURN(anchor.role, AnchorRoleFromProto(request.role()));
  OTRP_RETURN_IF_ERROR(service::CheckName("name", request.name()));
  anchor.name = request.name();
  const absl::StatusOr<pki::Certificate> certificate =
      pki::Certificate::FromDer(request.certificate_der());
  if (!certificate.ok()) {
    return errors::BadAnchor(certificate.status().message());
  }
  if (!certificate->is_ca()) {
    return errors::BadAnchor(
        "is no CA's certificate (basicConstraints lacks CA)");
  }
  anchor.certificate_der = certificate->der();
  anchor.added_at = env.clock.Now();
  OTRP_ASSIGN_OR_RETURN(
      const CaStore::AddAnchorResult result,
      env.store.AddAnchor(anchor,
                          service::AuditOf(call, "trust.add",
                                           Subject(anchor.role, anchor.name))));
  call.Changed(result.added);
  *response.mutable_anchor() = ToProto(result.anchor);
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
