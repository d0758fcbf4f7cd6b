// What single devices get with a TA.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/tsm/handlers/catalog.h"
#include "services/tsm/testing/mini_tee.h"
#include "services/tsm/testing/tsm_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace testing {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

class PersonalizationTest : public ::testing::Test {
 protected:
  PersonalizationTest() {
    tsm_.verifier.Trust(tee_);
    tsm_.verifier.Trust(other_);
    tsm_.Certificate("cert 1");
    tsm_.Release("1.0.0", "cert 1");
    tsm_.Assign(true);
  }

  absl::Status Apply(const std::string& did, const std::string& data) {
    v1::ApplyRequest request;
    request.set_event_id("7C2D5A0E-93E1-4B6A-8F0D-1E2A3B4C5D6" +
                         std::to_string(++events_));
    auto* changed = request.mutable_personalization_changed();
    changed->set_spid("bank");
    changed->set_taid("wallet");
    changed->set_did(did);
    changed->set_data(data);
    v1::ApplyResponse response;
    return handlers::Apply(tsm_.Call("otrp.tsm.v1.Catalog.Apply"), *tsm_.env,
                           request, response);
  }

  std::string DataOf(MiniTee* tee) {
    tsm_.Drive(tee);
    return tee->sds["bank.sd"].tas["wallet"].personalization;
  }

  TsmFixture tsm_;
  MiniTee tee_{"Primus", crypto::KeyType::kEcP256};
  MiniTee other_{"Secundus", crypto::KeyType::kEcP256};
  int events_ = 0;
};

TEST_F(PersonalizationTest, ADeviceGetsItsOwnAndOthersTheReleases) {
  OTRP_ASSERT_OK(Apply(tee_.did(), "account 4711"));
  EXPECT_EQ(DataOf(&tee_), "account 4711");
  EXPECT_EQ(DataOf(&other_), "data");
}

TEST_F(PersonalizationTest, AnUpdateBringsWhatThereIsThen) {
  OTRP_ASSERT_OK(Apply(tee_.did(), "account 4711"));
  DataOf(&tee_);
  OTRP_ASSERT_OK(Apply(tee_.did(), "account 4712"));
  // What the device has stays as it is.
  EXPECT_EQ(DataOf(&tee_), "account 4711");
  tsm_.Release("2.0.0", "cert 1");
  EXPECT_EQ(DataOf(&tee_), "account 4712");
  OTRP_ASSERT_OK(Apply(tee_.did(), ""));
  tsm_.Release("3.0.0", "cert 1");
  EXPECT_EQ(DataOf(&tee_), "data");
}

TEST_F(PersonalizationTest, TheDatabaseHasItSealedForItsDevice) {
  OTRP_ASSERT_OK(Apply(tee_.did(), "account 4711"));
  OTRP_ASSERT_OK_AND_ASSIGN(
      const auto sealed,
      tsm_.store.LoadPersonalization(tee_.did(), "bank", "wallet"));
  ASSERT_TRUE(sealed.has_value());
  EXPECT_THAT(*sealed, ::testing::Not(HasSubstr("account")));
  OTRP_ASSERT_OK_AND_ASSIGN(
      const SecretBytes opened,
      tsm_.sealer.Open({"bank", "wallet", tee_.did()}, *sealed));
  EXPECT_EQ(opened.view(), "account 4711");
  // Who moves it to another row gets nothing by it.
  EXPECT_THAT(
      tsm_.sealer.Open({"bank", "wallet", other_.did()}, *sealed).status(),
      StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(
      tsm_.sealer.Open({"bank", "ledger", tee_.did()}, *sealed).status(),
      StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(PersonalizationTest, AWrongIdIsRefused) {
  EXPECT_THAT(Apply("short", "data"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("personalization_changed.did:")));
}

}  // namespace
}  // namespace testing
}  // namespace tsm
}  // namespace otrp
