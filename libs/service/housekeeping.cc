#include "libs/service/housekeeping.h"

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "libs/base/status_macros.h"
#include "libs/store/audit.h"
#include "libs/store/idempotency.h"
#include "libs/telemetry/metrics.h"

namespace otrp {
namespace service {
namespace {

// Events are open to tampering until they are sealed.
constexpr absl::Duration kSealPeriod = absl::Seconds(10);
constexpr absl::Duration kPurgePeriod = absl::Minutes(1);
// A stop waits for the run under way.
constexpr absl::Duration kPurgeBudget = absl::Seconds(1);

}  // namespace

std::vector<std::unique_ptr<PeriodicTask>> StartHousekeeping(
    store::Pool& pool) {
  std::vector<std::unique_ptr<PeriodicTask>> tasks;
  tasks.push_back(std::make_unique<PeriodicTask>(
      PeriodicTask::Options{"audit-seal", kSealPeriod},
      [&pool]() -> absl::Status {
        const absl::Status sealed = store::SealAuditLog(pool).status();
        OTRP_ASSIGN_OR_RETURN(const absl::Duration lag,
                              store::AuditSealLag(pool));
        telemetry::kAuditSealLag.With(pool.schema())
            .Set(absl::ToDoubleSeconds(lag));
        return sealed;
      }));
  tasks.push_back(std::make_unique<PeriodicTask>(
      PeriodicTask::Options{"idempotency-purge", kPurgePeriod}, [&pool] {
        return store::PurgeIdempotencyKeys(
                   pool, absl::Now() - store::kKeepIdempotencyKeys,
                   kPurgeBudget)
            .status();
      }));
  return tasks;
}

}  // namespace service
}  // namespace otrp
