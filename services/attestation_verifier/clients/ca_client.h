// The CA as the verifier sees it: trust anchors and CRLs. Only called in the
// background and on Refresh, never while a device waits.
//
// Thread-safety: implementations are thread-safe.
// Errors: UNAVAILABLE and DEADLINE_EXCEEDED where it can't be reached; else
// the CA's own.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_CLIENTS_CA_CLIENT_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_CLIENTS_CA_CLIENT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "grpcpp/channel.h"
#include "otrp/ca/v1/ca.grpc.pb.h"
#include "services/attestation_verifier/domain/model.h"

namespace otrp {
namespace verifier {

class CaClient {
 public:
  virtual ~CaClient() = default;

  // Anchors of TEEs and firmware, and the CRLs of all authorities of the CA
  // with one of those roles. All or nothing: half a list would refuse good
  // devices, or forget revocations.
  virtual absl::StatusOr<TrustCopy> PullTrust() = 0;
};

class GrpcCaClient : public CaClient {
 public:
  explicit GrpcCaClient(const std::shared_ptr<grpc::Channel>& channel)
      : anchors_(ca::v1::TrustAnchors::NewStub(channel)),
        directory_(ca::v1::AuthorityDirectory::NewStub(channel)),
        status_(ca::v1::RevocationStatus::NewStub(channel)) {}

  absl::StatusOr<TrustCopy> PullTrust() override;

 private:
  std::unique_ptr<ca::v1::TrustAnchors::Stub> anchors_;
  std::unique_ptr<ca::v1::AuthorityDirectory::Stub> directory_;
  std::unique_ptr<ca::v1::RevocationStatus::Stub> status_;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_CLIENTS_CA_CLIENT_H_
