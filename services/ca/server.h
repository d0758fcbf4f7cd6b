// The CA put together: store, opened authorities, issuer, services.
//
// Thread-safety: the services are thread-safe; the rest belongs to main().
// Errors: FAILED_PRECONDITION when the database isn't bootstrapped or the
// key-encryption key is another; UNAVAILABLE when there is no database.

#ifndef OTRP_SERVICES_CA_SERVER_H_
#define OTRP_SERVICES_CA_SERVER_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/rpc/guard.h"
#include "libs/service/readiness.h"
#include "services/ca/config.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace otrp {
namespace ca {

class Server {
 public:
  static absl::StatusOr<std::unique_ptr<Server>> Create(
      const Config& config,
      rpc::Guard::AuditCheck audit_check = rpc::Guard::AuditCheck::kReport);
  // Stops the background tasks.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const rpc::Guard& guard() const;
  std::vector<grpc::Service*> services();
  void AddChecks(service::Readiness& readiness);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_SERVER_H_
