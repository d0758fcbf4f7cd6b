#include "services/tsm/clients/ca_client.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/rpc/channel.h"
#include "services/tsm/limits.h"

namespace otrp {
namespace tsm {

absl::StatusOr<std::vector<std::string>> GrpcCaClient::IssueTsmCertificate(
    absl::string_view csr_der, absl::string_view tsm_id,
    absl::string_view request_id) {
  ca::v1::IssueCertificateRequest request;
  request.set_profile(ca::v1::PROFILE_TSM);
  request.set_csr_der(std::string(csr_der));
  request.add_san_uris(std::string(tsm_id));
  request.set_request_id(std::string(request_id));
  rpc::CallOptions options;
  options.timeout = kCaTimeout;
  OTRP_ASSIGN_OR_RETURN(
      ca::v1::IssueCertificateResponse response,
      rpc::Call<ca::v1::IssueCertificateResponse>(
          *authority_, &ca::v1::CertificateAuthority::Stub::IssueCertificate,
          request, options));
  return std::vector<std::string>(response.chain_der().begin(),
                                  response.chain_der().end());
}

absl::StatusOr<std::string> GrpcCaClient::GetOcspResponse(
    absl::string_view request_der) {
  ca::v1::GetOcspResponseRequest request;
  request.set_request_der(std::string(request_der));
  rpc::CallOptions options;
  options.timeout = kCaTimeout;
  OTRP_ASSIGN_OR_RETURN(
      ca::v1::GetOcspResponseResponse response,
      rpc::Call<ca::v1::GetOcspResponseResponse>(
          *status_, &ca::v1::RevocationStatus::Stub::GetOcspResponse, request,
          options));
  return std::move(*response.mutable_response_der());
}

}  // namespace tsm
}  // namespace otrp
