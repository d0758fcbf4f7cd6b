// The TSM put together: store, identity, caches, background tasks, services.
//
// Thread-safety: the services are thread-safe; the rest belongs to main().
// Errors: those of the collaborators; a database or CA that isn't there yet is
// no error (readiness tells).

#ifndef OTRP_SERVICES_TSM_SERVER_H_
#define OTRP_SERVICES_TSM_SERVER_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/rpc/guard.h"
#include "libs/service/readiness.h"
#include "services/tsm/config.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace otrp {
namespace tsm {

class Server {
 public:
  static absl::StatusOr<std::unique_ptr<Server>> Create(Config config);
  // Stops the background tasks.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const rpc::Guard& guard() const;
  std::vector<grpc::Service*> services();
  // Database, identity.
  void AddChecks(service::Readiness& readiness);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_SERVER_H_
