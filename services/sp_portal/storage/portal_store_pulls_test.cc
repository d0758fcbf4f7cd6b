// Where applications are asked for: what must hold of it in the database.

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "services/sp_portal/storage/portal_store.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::StatusIs;

const absl::Time kNow = absl::FromUnixSeconds(1763900000);

class PullEndpointStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Sp sp;
    sp.spid = "bank";
    sp.name = "Bank AG";
    sp.created_at = kNow;
    OTRP_ASSERT_OK(store_.CreateSp(sp, Audit()));
  }

  static store::AuditEvent Audit() {
    store::AuditEvent audit;
    audit.actor = "otrp://operator/alice";
    audit.action = "test";
    audit.subject = "bank";
    return audit;
  }

  store::OutboxMessage Message() {
    store::OutboxMessage message;
    message.event_id = absl::StrCat("event-", ++events_);
    message.topic = "tsm.catalog";
    message.key = "bank/pay";
    return message;
  }

  absl::StatusOr<Change> Set(const std::string& taid, const std::string& url) {
    return store_.SetPullEndpoint({"bank", taid, url, "PEM", "kid", kNow},
                                  quotas_, Message(), Audit());
  }

  ::otrp::testing::ServiceDatabase database_{
      {"portal", "services/sp_portal/storage/migrations"}};
  PortalStore store_{database_.pool()};
  Quotas quotas_;
  int events_ = 0;
};

TEST_F(PullEndpointStoreTest, AnEndpointIsKeptAndChangedAndTakenAway) {
  OTRP_ASSERT_OK_AND_ASSIGN(Change change, Set("pay", "https://one.example/"));
  EXPECT_TRUE(change.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(change, Set("pay", "https://one.example/"));
  EXPECT_FALSE(change.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(change, Set("pay", "https://two.example/"));
  EXPECT_TRUE(change.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(const PullEndpoint kept,
                            store_.GetPullEndpoint("bank", "pay"));
  EXPECT_EQ(kept.url, "https://two.example/");
  EXPECT_EQ(kept.roots_pem, "PEM");
  EXPECT_EQ(kept.key_id, "kid");
  EXPECT_EQ(kept.changed_at, kNow);
  OTRP_ASSERT_OK_AND_ASSIGN(
      change, store_.DeletePullEndpoint("bank", "pay", Message(), Audit()));
  EXPECT_TRUE(change.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(
      change, store_.DeletePullEndpoint("bank", "pay", Message(), Audit()));
  EXPECT_FALSE(change.changed);
  EXPECT_THAT(store_.GetPullEndpoint("bank", "pay"),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(PullEndpointStoreTest, TheirNumberIsBounded) {
  quotas_.applications = 2;
  OTRP_ASSERT_OK(Set("one", "https://one.example/"));
  OTRP_ASSERT_OK(Set("two", "https://one.example/"));
  EXPECT_THAT(Set("three", "https://one.example/"),
              StatusIs(absl::StatusCode::kResourceExhausted));
  OTRP_EXPECT_OK(Set("two", "https://other.example/"));
}

}  // namespace
}  // namespace portal
}  // namespace otrp
