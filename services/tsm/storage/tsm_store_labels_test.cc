// Labels of devices, and which assignments reach a device by what holds of it,
// in a real PostgreSQL.

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/tsm/limits.h"
#include "services/tsm/storage/tsm_store.h"
#include "services/tsm/testing/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using service::AttestationTier;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LabelsTest : public TsmStoreTest {
 protected:
  LabelChange Set(char did, const std::map<std::string, std::string>& update,
                  const std::vector<std::string>& remove = {}) {
    const auto change =
        store_.SetLabels(Did(did), update, remove, Audit("device.label"));
    EXPECT_TRUE(change.ok()) << change.status();
    return change.value_or(LabelChange());
  }

  void Assign(const std::string& taid, const std::string& conditions) {
    Release release;
    release.spid = "bank";
    release.taid = taid;
    release.version = "1.0";
    release.image = taid;
    release.signer_fingerprint = HexEncode(crypto::Sha256("signer"));
    Apply(release);
    Apply(Assignment{
        "bank", taid,
        DevicesThat{*service::DeviceConditions::FromText(conditions)}, true});
  }

  // A device as a session leaves it.
  void See(char did, const std::string& vendor, AttestationTier tier) {
    SessionCommit commit = Open(std::string("tid-") + did, did);
    commit.devices[0].device->tee_vendor = vendor;
    commit.devices[0].device->tier = tier;
    EXPECT_THAT(store_.Commit(commit), IsOkAndHolds(true));
  }

  std::vector<std::string> Wanted(char did) {
    std::vector<std::string> taids;
    const auto contexts = store_.LoadDevices({Did(did)});
    EXPECT_TRUE(contexts.ok()) << contexts.status();
    if (!contexts.ok()) return taids;
    for (const DesiredTa& ta : contexts->at(0).goals.desired) {
      taids.push_back(ta.taid);
    }
    return taids;
  }
};

TEST_F(LabelsTest, LabelsAreSetReplacedAndRemovedAlsoOfStrangers) {
  EXPECT_THAT(Set('a', {{"site", "b"}, {"pilot", "yes"}}).labels,
              ElementsAre("pilot=yes", "site=b"));
  EXPECT_FALSE(Set('a', {{"site", "b"}}, {"none"}).changed);
  const LabelChange change = Set('a', {{"site", "c"}}, {"pilot"});
  EXPECT_TRUE(change.changed);
  EXPECT_THAT(change.labels, ElementsAre("site=c"));
  EXPECT_THAT(actions(), ElementsAre("device.label", "device.label"));
  See('a', "", AttestationTier::kTeeAuthenticated);
  OTRP_ASSERT_OK_AND_ASSIGN(const DeviceDetails details,
                            store_.GetDevice(Did('a')));
  EXPECT_THAT(details.labels, ElementsAre("site=c"));
}

TEST_F(LabelsTest, ADeviceHasSoManyLabelsAndNoMore) {
  std::map<std::string, std::string> many;
  for (size_t i = 0; i < kMaxLabels; ++i) many[absl::StrCat("k", i)] = "v";
  EXPECT_TRUE(Set('a', many).changed);
  EXPECT_THAT(
      store_.SetLabels(Did('a'), {{"one-more", "v"}}, {}, Audit("label")),
      StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_TRUE(Set('a', {{"another", "v"}}, {"k0"}).changed);
}

TEST_F(LabelsTest, DevicesAreListedByLabel) {
  for (const char did : {'a', 'b', 'c'}) {
    See(did, "", AttestationTier::kTeeAuthenticated);
  }
  Set('a', {{"site", "x"}});
  Set('b', {{"site", "y"}});
  Set('c', {{"site", "x"}});
  const auto listed = [&](const std::string& label) {
    std::vector<std::string> dids;
    const auto devices = store_.ListDevices({}, "", 10, "", label);
    EXPECT_TRUE(devices.ok()) << devices.status();
    for (const DeviceDetails& details : *devices) {
      dids.push_back(details.device.did);
    }
    return dids;
  };
  EXPECT_THAT(listed("site=x"), ElementsAre(Did('a'), Did('c')));
  EXPECT_THAT(listed("site=z"), IsEmpty());
  EXPECT_EQ(listed("").size(), 3u);
}

TEST_F(LabelsTest, WhatHoldsOfADeviceDecidesWhatReachesIt) {
  Assign("by-label", "label:pilot=yes");
  Assign("by-two", "label:pilot=yes label:site=b");
  Assign("by-group", "group:eu label:pilot=yes");
  Assign("by-tier", "tier:firmware-verified");
  Assign("by-vendor", "vendor:acme tier:tee-authenticated");
  EXPECT_THAT(Wanted('a'), IsEmpty()) << "a stranger";
  See('a', "acme", AttestationTier::kTeeAuthenticated);
  EXPECT_THAT(Wanted('a'), ElementsAre("by-vendor"));
  Set('a', {{"pilot", "yes"}});
  EXPECT_THAT(Wanted('a'), ElementsAre("by-label", "by-vendor"));
  Set('a', {{"site", "b"}});
  OTRP_ASSERT_OK(store_.AddGroupMembers("eu", {Did('a')}, Audit("group")));
  EXPECT_THAT(Wanted('a'),
              ElementsAre("by-group", "by-label", "by-two", "by-vendor"));
  See('b', "other", AttestationTier::kFirmwareVerified);
  EXPECT_THAT(Wanted('b'), ElementsAre("by-tier"));
  // Whatever a label says, the other value is another one.
  Set('a', {{"pilot", "no"}});
  EXPECT_THAT(Wanted('a'), ElementsAre("by-vendor"));
  Apply(Assignment{"bank", "by-vendor",
                   DevicesThat{*service::DeviceConditions::FromText(
                       "vendor:acme tier:tee-authenticated")},
                   false});
  EXPECT_THAT(Wanted('a'), IsEmpty());
}

// At its first contact a device's vendor is known before there is a row of it.
TEST_F(LabelsTest, AVendorIsLookedUpAsItIsKnownNow) {
  Assign("by-vendor", "vendor:acme");
  OTRP_ASSERT_OK_AND_ASSIGN(auto contexts, store_.LoadDevices({Did('n')}));
  EXPECT_THAT(contexts[0].goals.desired, IsEmpty()) << "nobody has said so yet";
  contexts[0].device.tee_vendor = "acme";
  contexts[0].Decide();
  EXPECT_EQ(contexts[0].goals.desired.size(), 1u);
  // One that has another maker's root now.
  See('o', "acme", AttestationTier::kTeeAuthenticated);
  OTRP_ASSERT_OK_AND_ASSIGN(contexts, store_.LoadDevices({Did('o')}));
  contexts[0].device.tee_vendor = "other";
  contexts[0].Decide();
  EXPECT_THAT(contexts[0].goals.desired, IsEmpty());
}

}  // namespace
}  // namespace tsm
}  // namespace otrp
