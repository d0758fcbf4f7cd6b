// What a step leaves in the ledger: with it, or not at all.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/service/usage_ledger.h"
#include "services/tsm/storage/tsm_store.h"
#include "services/tsm/testing/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class UsageStoreTest : public TsmStoreTest {
 protected:
  static Usage Installed() {
    return {"ta-install", "bank", "wallet", "acme", "https://tsm.example/otrp"};
  }

  void SetPrice(const std::string& party, int64_t amount) {
    service::Price price;
    price.kind = "ta-install";
    price.party = party;
    price.amount_minor = amount;
    price.currency = "EUR";
    price.set_by = "otrp://operator/alice";
    OTRP_ASSERT_OK(ledger_.SetPrice(price, Audit("price.set")).status());
  }

  std::vector<service::UsageEvent> Events() {
    auto events = ledger_.List({At(0), At(1000), "bank", {}}, {At(0), 0}, 100);
    EXPECT_TRUE(events.ok()) << events.status();
    return events.ok() ? *std::move(events)
                       : std::vector<service::UsageEvent>();
  }

  service::UsageLedger ledger_{database_.pool()};
};

TEST_F(UsageStoreTest, WhatAStepDidIsCountedWithThePriceThatItsSpHas) {
  SetPrice("", 5);
  SetPrice("bank", 3);
  SetPrice("drm", 1);
  SessionCommit commit = Open("tid-1", 'a');
  commit.usage = {Installed()};
  OTRP_ASSERT_OK(store_.Commit(commit).status());
  const std::vector<service::UsageEvent> events = Events();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].at, At(10));
  EXPECT_EQ(events[0].kind, "ta-install");
  EXPECT_EQ(events[0].spid, "bank");
  EXPECT_EQ(events[0].item, "wallet");
  EXPECT_EQ(events[0].tee_vendor, "acme");
  EXPECT_EQ(events[0].tsm_id, "https://tsm.example/otrp");
  EXPECT_EQ(events[0].authority, "");
  EXPECT_EQ(events[0].price_minor, 3);
  EXPECT_EQ(events[0].currency, "EUR");
}

TEST_F(UsageStoreTest, AStepThatSomebodyElseTookIsNotCountedAgain) {
  OTRP_ASSERT_OK(store_.Commit(Open("tid-1", 'a')).status());
  SessionCommit step = Step("tid-1", 'a');
  step.usage = {Installed()};
  OTRP_ASSERT_OK_AND_ASSIGN(const bool first, store_.Commit(step));
  EXPECT_TRUE(first);
  OTRP_ASSERT_OK_AND_ASSIGN(const bool second, store_.Commit(step));
  EXPECT_FALSE(second);
  EXPECT_THAT(Events(), SizeIs(1));
}

TEST_F(UsageStoreTest, AStepThatFailsLeavesNothing) {
  OTRP_ASSERT_OK(store_.Commit(Open("tid-1", 'a')).status());
  SessionCommit step = Step("tid-1", 'a');
  step.usage = {Installed()};
  // One row of the step can't be: its message is there already.
  step.messages[0].n = 1;
  EXPECT_FALSE(store_.Commit(step).ok());
  EXPECT_THAT(Events(), IsEmpty());
}

}  // namespace
}  // namespace tsm
}  // namespace otrp
