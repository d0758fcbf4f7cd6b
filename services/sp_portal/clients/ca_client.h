// The portal's view of the CA: certificates for SPs' TA signing keys, and their
// revocation.
//
// Thread-safety: implementations are thread-safe.
// Errors: the CA's: INVALID_ARGUMENT for a bad CSR; UNAVAILABLE.

#ifndef OTRP_SERVICES_SP_PORTAL_CLIENTS_CA_CLIENT_H_
#define OTRP_SERVICES_SP_PORTAL_CLIENTS_CA_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "libs/rpc/run.h"
#include "otrp/ca/v1/ca.pb.h"

namespace otrp {
namespace portal {

struct IssuedCertificate {
  std::string serial;
  // DER, leaf first, root last; never empty.
  std::vector<std::string> chain;
  absl::Time not_after;
};

struct RevokedCertificate {
  absl::Time at;
  ca::v1::RevocationReason reason = ca::v1::REVOCATION_REASON_UNSPECIFIED;
};

class CaClient {
 public:
  virtual ~CaClient() = default;

  // For `call`, whose deadline holds. The same request_id gives the same
  // certificate.
  virtual absl::StatusOr<IssuedCertificate> IssueSpCertificate(
      const std::string& spid, const std::string& csr_der,
      const std::string& request_id, const rpc::CallContext& call) = 0;

  // For ever; of one that was revoked before, what was recorded then.
  // NOT_FOUND for a serial that no SP's certificate has.
  virtual absl::StatusOr<RevokedCertificate> RevokeSpCertificate(
      const std::string& serial, ca::v1::RevocationReason reason,
      const rpc::CallContext& call) = 0;
};

// Over gRPC.
std::unique_ptr<CaClient> NewGrpcCaClient(
    std::shared_ptr<grpc::Channel> channel);

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_CLIENTS_CA_CLIENT_H_
