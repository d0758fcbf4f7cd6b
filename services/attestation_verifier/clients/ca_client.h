// The CA as the verifier sees it: trust anchors and CRLs. Only called in the
// background and on Refresh, never while a device waits.
//
// Thread-safety: implementations are thread-safe.
// Errors: UNAVAILABLE and DEADLINE_EXCEEDED where it can't be reached; else
// the CA's own.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_CLIENTS_CA_CLIENT_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_CLIENTS_CA_CLIENT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "grpcpp/channel.h"
#include "otrp/ca/v1/ca.grpc.pb.h"
#include "services/attestation_verifier/domain/model.h"

namespace otrp {
namespace verifier {

class CaClient {
 public:
  virtual ~CaClient() = default;

  // Of TEEs and of firmware, in the order of their names.
  virtual absl::StatusOr<AnchorList> PullAnchors() = 0;
  // Those with one of these roles, in the order of their names.
  virtual absl::StatusOr<std::vector<Authority>> PullAuthorities() = 0;
  // DER of the authority's CRL, unset where `known_number` is its number.
  // NOT_FOUND: it publishes none.
  virtual absl::StatusOr<absl::optional<std::string>> PullCrl(
      const std::string& authority, int64_t known_number) = 0;
};

class GrpcCaClient : public CaClient {
 public:
  explicit GrpcCaClient(const std::shared_ptr<grpc::Channel>& channel)
      : anchors_(ca::v1::TrustAnchors::NewStub(channel)),
        directory_(ca::v1::AuthorityDirectory::NewStub(channel)),
        status_(ca::v1::RevocationStatus::NewStub(channel)) {}

  absl::StatusOr<AnchorList> PullAnchors() override;
  absl::StatusOr<std::vector<Authority>> PullAuthorities() override;
  absl::StatusOr<absl::optional<std::string>> PullCrl(
      const std::string& authority, int64_t known_number) override;

 private:
  std::unique_ptr<ca::v1::TrustAnchors::Stub> anchors_;
  std::unique_ptr<ca::v1::AuthorityDirectory::Stub> directory_;
  std::unique_ptr<ca::v1::RevocationStatus::Stub> status_;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_CLIENTS_CA_CLIENT_H_
