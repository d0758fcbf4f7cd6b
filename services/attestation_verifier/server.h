// The verifier put together: store, trust, background tasks, services.
//
// Thread-safety: the services are thread-safe; the rest belongs to main().
// Errors: those of the collaborators; a database or CA that isn't there yet is
// no error (readiness tells).

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_SERVER_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_SERVER_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/rpc/guard.h"
#include "libs/service/readiness.h"
#include "services/attestation_verifier/config.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace otrp {
namespace verifier {

class Server {
 public:
  static absl::StatusOr<std::unique_ptr<Server>> Create(Config config);
  // Stops the background tasks and writes what waits.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const rpc::Guard& guard() const;
  std::vector<grpc::Service*> services();
  // Trust. Not the database: accepting goes on without it.
  void AddChecks(service::Readiness& readiness);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_SERVER_H_
