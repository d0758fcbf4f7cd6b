// What the two stores have audited, oldest first.
//
// Thread-safety: functions without state.
// Errors: fail the test.

#ifndef OTRP_SERVICES_TSM_TESTING_AUDIT_EVENTS_H_
#define OTRP_SERVICES_TSM_TESTING_AUDIT_EVENTS_H_

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"

namespace otrp {
namespace tsm {

// Up to 1000.
inline std::vector<store::AuditEvent> AuditEventsOf(store::Pool& pool) {
  std::vector<store::AuditEvent> events;
  store::AuditFilter filter;
  filter.limit = 1000;
  auto stored = store::ListAuditEvents(pool, filter);
  EXPECT_TRUE(stored.ok()) << stored.status();
  if (!stored.ok()) return events;
  for (store::StoredAuditEvent& event : *stored) {
    events.push_back(std::move(event.event));
  }
  std::reverse(events.begin(), events.end());
  return events;
}

inline std::vector<std::string> ActionsOf(
    const std::vector<store::AuditEvent>& events) {
  std::vector<std::string> actions;
  for (const store::AuditEvent& event : events) actions.push_back(event.action);
  return actions;
}

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_TESTING_AUDIT_EVENTS_H_
