// The parts that every server with a database is made of. A server.cc holds
// them as members, in this order between its own:
//
//   const std::unique_ptr<store::Pool> pool_;   // OpenPool()
//   service::KeptAnswers answers_;              // kept_answers.h
//   const rpc::Guard guard_;
//   ... store, clients, env_ ...
//   service::ServiceList services_;             // {NewServices(env_), guard_,
//                                               //  *pool_}
//   service::Tasks tasks_;                      // {*pool_}; last: ends first

#ifndef OTRP_LIBS_SERVICE_SERVER_PARTS_H_
#define OTRP_LIBS_SERVICE_SERVER_PARTS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "grpcpp/impl/codegen/service_type.h"
#include "libs/rpc/guard.h"
#include "libs/service/common_config.h"
#include "libs/service/periodic_task.h"
#include "libs/service/usage_service.h"
#include "libs/store/pool.h"

namespace otrp {
namespace service {

// The pool of a service's `schema`. No database is needed yet. Errors: those
// of store::Pool::Create().
absl::StatusOr<std::unique_ptr<store::Pool>> OpenPool(
    const CommonConfig& config, std::string schema);

// A service's own gRPC services, its audit log and, where it has one, its
// ledger of what was used.
//
// Thread-safety: immutable.
class ServiceList {
 public:
  // `guard` and `pool` must outlive it.
  ServiceList(std::vector<std::unique_ptr<grpc::Service>> own,
              const rpc::Guard& guard, store::Pool& pool,
              absl::optional<UsageLedgerOptions> usage = absl::nullopt);

  std::vector<grpc::Service*> pointers() const;

 private:
  std::vector<std::unique_ptr<grpc::Service>> services_;
};

// A service's background tasks, housekeeping among them.
//
// Thread-safety: belongs to one thread; the tasks it gives are thread-safe.
class Tasks {
 public:
  // Starts housekeeping. `pool` must outlive it.
  explicit Tasks(store::Pool& pool);

  // Starts `work`, every `period`, after a failure every `retry` (growing);
  // `name` is a constant for logs. The task lives as long as this.
  const PeriodicTask& Add(std::string name, absl::Duration period,
                          absl::Duration retry,
                          std::function<absl::Status()> work);

  // Starts removing what is older than `keep` from the ledger. `pool` must
  // outlive it.
  void AddUsagePurge(store::Pool& pool, absl::Duration keep);

 private:
  std::vector<std::unique_ptr<PeriodicTask>> tasks_;
};

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_SERVER_PARTS_H_
