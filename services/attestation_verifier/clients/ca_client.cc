#include "services/attestation_verifier/clients/ca_client.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/pki/certificate.h"
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

rpc::CallOptions Options() {
  rpc::CallOptions options;
  options.timeout = kCaTimeout;
  return options;
}

}  // namespace

absl::StatusOr<AnchorList> GrpcCaClient::PullAnchors() {
  OTRP_ASSIGN_OR_RETURN(
      const ca::v1::ListTrustAnchorsResponse anchors,
      rpc::Call<ca::v1::ListTrustAnchorsResponse>(
          *anchors_, &ca::v1::TrustAnchors::Stub::ListTrustAnchors,
          ca::v1::ListTrustAnchorsRequest(), Options()));
  AnchorList list;
  list.version = anchors.version();
  for (const ca::v1::TrustAnchor& entry : anchors.anchors()) {
    Anchor anchor;
    if (!RoleOf(entry.role(), &anchor.role)) continue;
    anchor.name = entry.name();
    anchor.certificate_der = entry.certificate_der();
    anchor.ekus.assign(entry.accepted_ekus().begin(),
                       entry.accepted_ekus().end());
    list.anchors.push_back(std::move(anchor));
  }
  // One order, so that equal lists are equal.
  std::sort(list.anchors.begin(), list.anchors.end(),
            [](const Anchor& a, const Anchor& b) {
              return std::tie(a.role, a.name) < std::tie(b.role, b.name);
            });
  return list;
}

absl::StatusOr<std::vector<Authority>> GrpcCaClient::PullAuthorities() {
  OTRP_ASSIGN_OR_RETURN(
      const ca::v1::ListAuthoritiesResponse listed,
      rpc::Call<ca::v1::ListAuthoritiesResponse>(
          *directory_, &ca::v1::AuthorityDirectory::Stub::ListAuthorities,
          ca::v1::ListAuthoritiesRequest(), Options()));
  std::vector<Authority> authorities;
  for (const ca::v1::Authority& entry : listed.authorities()) {
    AnchorRole role;
    if (!RoleOf(entry.role(), &role)) continue;
    OTRP_ASSIGN_OR_RETURN(const pki::Certificate certificate,
                          pki::Certificate::FromDer(entry.certificate_der()));
    authorities.push_back({entry.name(), certificate.subject()});
  }
  std::sort(
      authorities.begin(), authorities.end(),
      [](const Authority& a, const Authority& b) { return a.name < b.name; });
  return authorities;
}

absl::StatusOr<absl::optional<std::string>> GrpcCaClient::PullCrl(
    const std::string& authority, int64_t known_number) {
  ca::v1::GetCrlRequest request;
  request.set_authority(authority);
  request.set_known_number(known_number);
  OTRP_ASSIGN_OR_RETURN(ca::v1::GetCrlResponse crl,
                        rpc::Call<ca::v1::GetCrlResponse>(
                            *status_, &ca::v1::RevocationStatus::Stub::GetCrl,
                            request, Options()));
  if (crl.crl_der().empty()) return absl::optional<std::string>();
  return absl::make_optional(std::move(*crl.mutable_crl_der()));
}

}  // namespace verifier
}  // namespace otrp
