// A device that the verifier accepts, and one service provider refuses.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/tsm/handlers/devices.h"
#include "services/tsm/testing/mini_tee.h"
#include "services/tsm/testing/tsm_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RefusedSpsTest : public ::testing::Test {
 protected:
  RefusedSpsTest() {
    tsm_.verifier.Trust(tee_);
    for (const char* spid : {"bank", "shop"}) {
      tsm_.Certificate("cert", spid);
      tsm_.Release("1.0.0", "cert", "app", spid);
      tsm_.Assign(true, AllDevices(), "app", spid);
    }
  }

  std::vector<std::string> Drive() {
    std::vector<std::string> names;
    for (const std::string& request : tsm_.Drive(&tee_)) {
      names.push_back(NameOf(request));
    }
    return names;
  }

  std::vector<std::string> DomainsOf() {
    std::vector<std::string> spids;
    for (const SecurityDomain& domain : tsm_.DeviceOf(tee_).domains) {
      spids.push_back(domain.spid);
    }
    return spids;
  }

  TsmFixture tsm_;
  MiniTee tee_{"Primus", crypto::KeyType::kEcP256};
};

TEST_F(RefusedSpsTest, AProvidersRefusalStopsItsOwnAndNobodyElses) {
  tsm_.verifier.refused_by = {"bank"};
  EXPECT_THAT(Drive(), ElementsAre("GetDeviceStateRequest", "CreateSDRequest",
                                   "InstallTARequest"));
  EXPECT_THAT(DomainsOf(), ElementsAre("shop"));
  v1::GetDeviceRequest request;
  request.set_did(tee_.did());
  v1::GetDeviceResponse shown;
  OTRP_ASSERT_OK(
      handlers::GetDevice(tsm_.Call("m"), *tsm_.env, request, shown));
  EXPECT_EQ(shown.device().attestation().verdict(), "accepted");
  EXPECT_THAT(shown.device().refused_by_spids(), ElementsAre("bank"));
  // Its next evidence is good enough.
  tsm_.verifier.refused_by.clear();
  EXPECT_THAT(Drive(), ElementsAre("GetDeviceStateRequest", "CreateSDRequest",
                                   "InstallTARequest"));
  EXPECT_THAT(DomainsOf(), ElementsAre("bank", "shop"));
  EXPECT_THAT(tsm_.DeviceOf(tee_).device.refused_spids, IsEmpty());
}

TEST_F(RefusedSpsTest, WhatItHasStaysAndNothingNewComesOnTop) {
  Drive();
  EXPECT_THAT(DomainsOf(), ElementsAre("bank", "shop"));
  tsm_.verifier.refused_by = {"bank"};
  tsm_.Release("1.1.0", "cert", "app", "bank");
  tsm_.Release("1.1.0", "cert", "app", "shop");
  EXPECT_THAT(Drive(), ElementsAre("GetDeviceStateRequest", "UpdateTARequest"));
  EXPECT_THAT(DomainsOf(), ElementsAre("bank", "shop"));
  // What is no longer wanted may go.
  tsm_.Assign(false, AllDevices(), "app", "bank");
  EXPECT_THAT(Drive(), ElementsAre("GetDeviceStateRequest", "DeleteTARequest",
                                   "DeleteSDRequest"));
  EXPECT_THAT(DomainsOf(), ElementsAre("shop"));
}

TEST_F(RefusedSpsTest, TheProviderIsToldOnceWhyAndOthersNothing) {
  Drive();
  const auto refusals = [this] {
    std::vector<std::string> told;
    const auto rows = tsm_.database.superuser().Query(
        "SELECT spid || ' ' || kind || ' ' || code FROM outcome "
        "WHERE kind = 'refused' ORDER BY id");
    EXPECT_TRUE(rows.ok()) << rows.status();
    for (const store::Row row : *rows) {
      std::string text;
      EXPECT_TRUE(row.Scan(&text).ok());
      told.push_back(text);
    }
    return told;
  };
  EXPECT_THAT(refusals(), IsEmpty());
  tsm_.verifier.refused_by = {"bank", "stranger"};
  Drive();
  EXPECT_THAT(refusals(), ElementsAre("bank refused tee-denied"));
  Drive();
  EXPECT_THAT(refusals(), ElementsAre("bank refused tee-denied"));
}

}  // namespace
}  // namespace testing
}  // namespace tsm
}  // namespace otrp
