#include "tests/support/service_database.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"

namespace otrp {
namespace testing {
namespace {

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::fprintf(stderr, "no database for a test: %s\n",
                 value.status().ToString().c_str());
    std::abort();
  }
  return *std::move(value);
}

}  // namespace

ServiceDatabase::ServiceDatabase(const TestPostgres::Schema& schema)
    : schema_(schema.name),
      database_(Must(TestPostgres::Shared().NewDatabase({schema}))),
      proxy_(Must(PostgresProxy::Start(TestPostgres::Shared()))),
      pool_(Must(proxy_->NewPool(*database_, schema.name, 8))) {}

store::Pool& ServiceDatabase::superuser() {
  if (superuser_ == nullptr) {
    superuser_ = Must(database_->NewSuperuserPool(schema_));
  }
  return *superuser_;
}

std::vector<store::AuditEvent> ServiceDatabase::AuditEvents() {
  std::vector<store::AuditEvent> events;
  store::AuditFilter filter;
  filter.limit = 1000;
  auto stored = store::ListAuditEvents(superuser(), filter);
  EXPECT_TRUE(stored.ok()) << stored.status();
  if (!stored.ok()) return events;
  for (store::StoredAuditEvent& event : *stored) {
    events.push_back(std::move(event.event));
  }
  std::reverse(events.begin(), events.end());
  return events;
}

std::vector<std::string> ServiceDatabase::AuditActions() {
  std::vector<std::string> actions;
  for (store::AuditEvent& event : AuditEvents()) {
    actions.push_back(std::move(event.action));
  }
  return actions;
}

}  // namespace testing
}  // namespace otrp
