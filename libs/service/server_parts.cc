#include "libs/service/server_parts.h"

#include <utility>

#include "absl/time/clock.h"
#include "libs/service/audit_service.h"
#include "libs/service/housekeeping.h"
#include "libs/service/usage_ledger.h"

namespace otrp {
namespace service {
namespace {

constexpr absl::Duration kUsagePurgePeriod = absl::Minutes(10);
// A stop waits for the run under way.
constexpr absl::Duration kUsagePurgeBudget = absl::Seconds(1);

}  // namespace

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
                         const rpc::Guard& guard, store::Pool& pool,
                         absl::optional<UsageLedgerOptions> usage)
    : services_(std::move(own)) {
  services_.push_back(NewAuditLogService(guard, pool));
  if (usage.has_value()) {
    services_.push_back(NewUsageLedgerService(guard, pool, *std::move(usage)));
  }
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

void Tasks::AddUsagePurge(store::Pool& pool, absl::Duration keep) {
  Add("purge usage", kUsagePurgePeriod, kUsagePurgePeriod, [&pool, keep] {
    return UsageLedger(pool)
        .Purge(absl::Now() - keep, kUsagePurgeBudget)
        .status();
  });
}

}  // namespace service
}  // namespace otrp
