#include "services/attestation_verifier/clients/ca_client.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/rpc/channel.h"
#include "services/attestation_verifier/limits.h"

namespace otrp {
namespace verifier {
namespace {

bool RoleOf(common::v1::Role role, AnchorRole* out) {
  if (role == common::v1::ROLE_TEE) {
    *out = AnchorRole::kTee;
    return true;
  }
  if (role == common::v1::ROLE_TFW) {
    *out = AnchorRole::kTfw;
    return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<TrustCopy> GrpcCaClient::PullTrust() {
  rpc::CallOptions options;
  options.timeout = kCaTimeout;
  OTRP_ASSIGN_OR_RETURN(
      const ca::v1::ListTrustAnchorsResponse anchors,
      rpc::Call<ca::v1::ListTrustAnchorsResponse>(
          *anchors_, &ca::v1::TrustAnchors::Stub::ListTrustAnchors,
          ca::v1::ListTrustAnchorsRequest(), options));
  TrustCopy copy;
  copy.version = anchors.version();
  for (const ca::v1::TrustAnchor& entry : anchors.anchors()) {
    Anchor anchor;
    if (!RoleOf(entry.role(), &anchor.role)) continue;
    anchor.name = entry.name();
    anchor.certificate_der = entry.certificate_der();
    anchor.ekus.assign(entry.accepted_ekus().begin(),
                       entry.accepted_ekus().end());
    copy.anchors.push_back(std::move(anchor));
  }
  OTRP_ASSIGN_OR_RETURN(
      const ca::v1::ListAuthoritiesResponse authorities,
      rpc::Call<ca::v1::ListAuthoritiesResponse>(
          *directory_, &ca::v1::AuthorityDirectory::Stub::ListAuthorities,
          ca::v1::ListAuthoritiesRequest(), options));
  for (const ca::v1::Authority& authority : authorities.authorities()) {
    AnchorRole role;
    if (!RoleOf(authority.role(), &role)) continue;
    ca::v1::GetCrlRequest request;
    request.set_authority(authority.name());
    absl::StatusOr<ca::v1::GetCrlResponse> crl =
        rpc::Call<ca::v1::GetCrlResponse>(
            *status_, &ca::v1::RevocationStatus::Stub::GetCrl, request,
            options);
    // An authority that publishes none; its certificates count as unknown.
    if (absl::IsNotFound(crl.status())) continue;
    OTRP_RETURN_IF_ERROR(crl.status());
    copy.crls.push_back({authority.name(), crl->crl_der()});
  }
  // One order, so that equal lists are equal.
  std::sort(copy.anchors.begin(), copy.anchors.end(),
            [](const Anchor& a, const Anchor& b) {
              return std::tie(a.role, a.name) < std::tie(b.role, b.name);
            });
  std::sort(copy.crls.begin(), copy.crls.end(), [](const Crl& a, const Crl& b) {
    return a.authority < b.authority;
  });
  return copy;
}

}  // namespace verifier
}  // namespace otrp
