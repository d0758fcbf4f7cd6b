// What was used, by whom, and what it cost (otrp.common.v1.UsageLedger), in the
// schema of a service that keeps such a ledger: tables usage_event and price.
//
// An event is written by the very statement that it tells of, so that nothing
// is lost and nothing is counted twice: UsageCte() is the part of it. It takes
// the price of that moment; a price that is set later changes no event.
//
// Thread-safety: thread-safe. Errors: as libs/store/pool.h.

#ifndef OTRP_LIBS_SERVICE_USAGE_LEDGER_H_
#define OTRP_LIBS_SERVICE_USAGE_LEDGER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"

namespace otrp {
namespace service {

// A CTE called `name` that writes an event for each row of the CTE `source`,
// whose columns are at, kind, party, spid, authority, generation, tee_vendor,
// tsm_id, item and quantity. `party`: whom a price of his own can be for; where
// there is none, that of everybody counts, and else none. Where a schema has a
// unique index over items, what is written twice stands there once.
std::string UsageCte(absl::string_view name, absl::string_view source);

// As otrp.common.v1.UsageEvent.
struct UsageEvent {
  int64_t id = 0;
  absl::Time at;
  std::string kind;
  std::string spid;
  std::string authority;
  int32_t generation = 0;
  std::string tee_vendor;
  std::string tsm_id;
  std::string item;
  int64_t quantity = 1;
  int64_t price_minor = 0;
  std::string currency;
};

enum class UsageKey { kSp, kCa, kTeeVendor, kTsm };

struct UsageSum {
  std::string key;
  std::string kind;
  // Empty: of events without a price.
  std::string currency;
  int64_t quantity = 0;
  int64_t amount_minor = 0;
};

struct Price {
  int64_t id = 0;
  std::string kind;
  // Empty: of all that have none of their own.
  std::string party;
  int64_t amount_minor = 0;
  std::string currency;
  absl::Time since;
  std::string set_by;
};

// Which events: half-open.
struct UsageRange {
  absl::Time from;
  absl::Time to;
  // Only this service provider's; all where empty.
  std::string spid;
  // Only these applications of it; all where empty.
  std::vector<std::string> taids;
  // And whatever these authorities issued.
  std::vector<std::string> authorities = {};
};

class UsageLedger {
 public:
  // `pool` must outlive it.
  explicit UsageLedger(store::Pool& pool) : pool_(pool) {}

  // Where a list goes on: behind this one.
  struct Place {
    absl::Time at = absl::InfinitePast();
    int64_t id = 0;
  };
  // Oldest first.
  absl::StatusOr<std::vector<UsageEvent>> List(const UsageRange& range,
                                               const Place& after, int limit);
  // Of the first event; unset: there is none.
  absl::StatusOr<absl::optional<absl::Time>> FirstAt(const UsageRange& range);
  // By key, kind and currency. Reads every event of the range: keep it short.
  absl::StatusOr<std::vector<UsageSum>> Sum(const UsageRange& range,
                                            UsageKey key);

  struct SetResult {
    // As it stands.
    Price price;
    // False: it was so before.
    bool changed = false;
  };
  // Its id and `since` aren't looked at.
  absl::StatusOr<SetResult> SetPrice(const Price& price,
                                     const store::AuditEvent& audit);
  // By id, after `after`.
  absl::StatusOr<std::vector<Price>> ListPrices(int64_t after, int limit);

  // Removes events from before `cutoff`; how many.
  absl::StatusOr<int64_t> Purge(absl::Time cutoff, absl::Duration budget);

 private:
  store::Pool& pool_;
};

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_USAGE_LEDGER_H_
