// The portal put together: store, CA client, event delivery, services.
//
// Thread-safety: the services are thread-safe; the rest belongs to main().
// Errors: those of the collaborators; a database, CA or TSM that isn't there
// yet is no error (readiness tells).

#ifndef OTRP_SERVICES_SP_PORTAL_SERVER_H_
#define OTRP_SERVICES_SP_PORTAL_SERVER_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/rpc/guard.h"
#include "libs/service/readiness.h"
#include "services/sp_portal/config.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace otrp {
namespace portal {

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
  // The database. CA and TSM may be away: only enrolment needs the one, and
  // the outbox waits for the other.
  void AddChecks(service::Readiness& readiness);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_SERVER_H_
