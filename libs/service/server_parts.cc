#include "libs/service/server_parts.h"

#include <utility>

#include "libs/service/audit_service.h"
#include "libs/service/housekeeping.h"

namespace otrp {
namespace service {

absl::StatusOr<std::unique_ptr<store::Pool>> OpenPool(
    const CommonConfig& config, std::string schema) {
  store::Pool::Options options;
  options.dsn_source = config.dsn;
  options.access = config.database;
  options.schema = std::move(schema);
  options.size = config.db_connections;
  return store::Pool::Create(std::move(options));
}

ServiceList::ServiceList(std::vector<std::unique_ptr<grpc::Service>> own,
                         const rpc::Guard& guard, store::Pool& pool)
    : services_(std::move(own)) {
  services_.push_back(NewAuditLogService(guard, pool));
}

std::vector<grpc::Service*> ServiceList::pointers() const {
  std::vector<grpc::Service*> all;
  for (const auto& service : services_) all.push_back(service.get());
  return all;
}

Tasks::Tasks(store::Pool& pool) : tasks_(StartHousekeeping(pool)) {}

const PeriodicTask& Tasks::Add(std::string name, absl::Duration period,
                               absl::Duration retry,
                               std::function<absl::Status()> work) {
  tasks_.push_back(std::make_unique<PeriodicTask>(
      PeriodicTask::Options{std::move(name), period, retry}, std::move(work)));
  return *tasks_.back();
}

}  // namespace service
}  // namespace otrp
