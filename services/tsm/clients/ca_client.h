// The CA as the TSM sees it: its own certificate and OCSP answers. Only called
// in the background, never while a device waits.
//
// Thread-safety: implementations are thread-safe.
// Errors: UNAVAILABLE and DEADLINE_EXCEEDED where it can't be reached; else
// the CA's own.

#ifndef OTRP_SERVICES_TSM_CLIENTS_CA_CLIENT_H_
#define OTRP_SERVICES_TSM_CLIENTS_CA_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "otrp/ca/v1/ca.grpc.pb.h"

namespace otrp {
namespace tsm {

class CaClient {
 public:
  virtual ~CaClient() = default;

  // DER, leaf first, root last. The same request_id gives the same answer.
  virtual absl::StatusOr<std::vector<std::string>> IssueTsmCertificate(
      absl::string_view csr_der, absl::string_view tsm_id,
      absl::string_view request_id) = 0;

  // DER in, DER out. The answer may be an OCSP error: parse it.
  virtual absl::StatusOr<std::string> GetOcspResponse(
      absl::string_view request_der) = 0;
};

class GrpcCaClient : public CaClient {
 public:
  explicit GrpcCaClient(const std::shared_ptr<grpc::Channel>& channel)
      : authority_(ca::v1::CertificateAuthority::NewStub(channel)),
        status_(ca::v1::RevocationStatus::NewStub(channel)) {}

  absl::StatusOr<std::vector<std::string>> IssueTsmCertificate(
      absl::string_view csr_der, absl::string_view tsm_id,
      absl::string_view request_id) override;
  absl::StatusOr<std::string> GetOcspResponse(
      absl::string_view request_der) override;

 private:
  std::unique_ptr<ca::v1::CertificateAuthority::Stub> authority_;
  std::unique_ptr<ca::v1::RevocationStatus::Stub> status_;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_CLIENTS_CA_CLIENT_H_
