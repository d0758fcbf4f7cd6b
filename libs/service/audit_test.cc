#include "libs/service/audit.h"

#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace otrp {
namespace service {
namespace {

TEST(AuditDetailsTest, ValuesCantEndTheirString) {
  EXPECT_EQ(AuditDetails()
                .Set("version", "1\",\"admin\":\"yes")
                .Set("bytes", 3)
                .SetList("names", {"a\"", "b\\"})
                .ToJson(),
            R"({"version":"1\",\"admin\":\"yes","bytes":3,)"
            R"("names":["a\"","b\\"]})");
}

TEST(AuditDetailsTest, NothingSetIsAnEmptyObject) {
  EXPECT_EQ(AuditDetails().ToJson(), "{}");
}

TEST(AuditOfTest, ACallThatChangedNothingHasNoRecord) {
  const rpc::CallContext call(rpc::Identity{rpc::CallerKind::kOperator, "eve"},
                              "otrp.test.Set", "", absl::InfiniteFuture());
  const store::AuditEvent event = AuditOf(
      call, "thing.set", "it", store::kAuditOk, AuditDetails().Set("count", 2));
  EXPECT_EQ(event.actor, "otrp://operator/eve");
  EXPECT_EQ(event.details_json, "{\"count\":2}");
  EXPECT_EQ(call.audit_records(), 1);
  call.Changed(true);
  EXPECT_EQ(call.audit_records(), 1);
  EXPECT_FALSE(call.nothing_changed());
  call.Changed(false);
  EXPECT_EQ(call.audit_records(), 0);
  EXPECT_TRUE(call.nothing_changed());
}

}  // namespace
}  // namespace service
}  // namespace otrp
