#include "services/sp_portal/clients/ca_client.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/time.h"
#include "otrp/ca/v1/ca.grpc.pb.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace {

namespace pb = ::otrp::ca::v1;

// Nobody waits longer than who asked.
rpc::CallOptions OptionsFor(const rpc::CallContext& call) {
  return {kIssueTimeout, call.traceparent(), /*wait_for_ready=*/false,
          call.deadline()};
}

class GrpcCaClient : public CaClient {
 public:
  explicit GrpcCaClient(std::shared_ptr<grpc::Channel> channel)
      : stub_(pb::CertificateAuthority::NewStub(std::move(channel))) {}

  absl::StatusOr<IssuedCertificate> IssueSpCertificate(
      const std::string& spid, const std::string& csr_der,
      const std::string& request_id, const rpc::CallContext& call) override {
    pb::IssueCertificateRequest request;
    request.set_profile(pb::PROFILE_SP);
    request.set_csr_der(csr_der);
    request.set_common_name(spid);
    request.set_request_id(request_id);
    OTRP_ASSIGN_OR_RETURN(
        pb::IssueCertificateResponse response,
        rpc::Call<pb::IssueCertificateResponse>(
            *stub_, &pb::CertificateAuthority::Stub::IssueCertificate, request,
            OptionsFor(call)));
    if (response.chain_der().empty()) {
      return absl::InternalError("the CA answered without a certificate");
    }
    IssuedCertificate issued;
    issued.serial = response.serial();
    issued.chain.assign(response.chain_der().begin(),
                        response.chain_der().end());
    issued.not_after = rpc::FromProto(response.not_after());
    return issued;
  }

  absl::StatusOr<RevokedCertificate> RevokeSpCertificate(
      const std::string& serial, pb::RevocationReason reason,
      const rpc::CallContext& call) override {
    pb::RevokeCertificateRequest request;
    request.set_serial(serial);
    request.set_reason(reason);
    OTRP_ASSIGN_OR_RETURN(
        const pb::RevokeCertificateResponse response,
        rpc::Call<pb::RevokeCertificateResponse>(
            *stub_, &pb::CertificateAuthority::Stub::RevokeCertificate, request,
            OptionsFor(call)));
    return RevokedCertificate{rpc::FromProto(response.revoked_at()),
                              response.reason()};
  }

 private:
  const std::unique_ptr<pb::CertificateAuthority::Stub> stub_;
};

}  // namespace

std::unique_ptr<CaClient> NewGrpcCaClient(
    std::shared_ptr<grpc::Channel> channel) {
  return std::make_unique<GrpcCaClient>(std::move(channel));
}

}  // namespace portal
}  // namespace otrp
