// Signing certificates that are revoked while devices have what they signed.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/advice/advice.h"
#include "libs/crypto/hash.h"
#include "libs/rpc/time.h"
#include "services/tsm/handlers/catalog.h"
#include "services/tsm/handlers/devices.h"
#include "services/tsm/testing/mini_tee.h"
#include "services/tsm/testing/tsm_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace testing {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int kKeyCompromise = 1;
constexpr int kSuperseded = 4;
// Releases of the fixture are as old as the database's clock says.
const absl::Time kLater = absl::FromUnixSeconds(4000000000);

class RevokedSignersTest : public ::testing::Test {
 protected:
  RevokedSignersTest() {
    tsm_.verifier.Trust(old_);
    tsm_.verifier.Trust(new_);
    tsm_.Certificate("cert 1");
    tsm_.Release("1.0.0", "cert 1");
    tsm_.Assign(true);
    tsm_.Drive(&old_);
  }

  absl::Status Revoke(const std::string& certificate, int reason,
                      absl::Time at = kLater) {
    v1::ApplyRequest request;
    request.set_event_id(
        absl::StrCat("7C2D5A0E-93E1-4B6A-8F0D-1E2A3B4C5D", 10 + ++events_));
    auto* revoked = request.mutable_sp_certificate_revoked();
    revoked->set_spid("bank");
    revoked->set_fingerprint(crypto::Sha256(certificate));
    revoked->set_reason(reason);
    *revoked->mutable_revoked_at() = rpc::ToProto(at);
    v1::ApplyResponse response;
    return handlers::Apply(tsm_.Call("otrp.tsm.v1.Catalog.Apply"), *tsm_.env,
                           request, response);
  }

  std::vector<std::string> Drive(MiniTee* tee) {
    std::vector<std::string> names;
    for (const std::string& request : tsm_.Drive(tee)) {
      names.push_back(NameOf(request));
    }
    return names;
  }

  v1::Device Shown(const MiniTee& tee) {
    v1::GetDeviceRequest request;
    request.set_did(tee.did());
    v1::GetDeviceResponse response;
    EXPECT_TRUE(
        handlers::GetDevice(tsm_.Call("m"), *tsm_.env, request, response).ok());
    return response.device();
  }

  TsmFixture tsm_;
  MiniTee old_{"Primus", crypto::KeyType::kEcP256};
  MiniTee new_{"Secundus", crypto::KeyType::kEcP256};
  int events_ = 0;
};

TEST_F(RevokedSignersTest, WhatAStolenKeySignedReachesNoFurtherDevice) {
  OTRP_ASSERT_OK(Revoke("cert 1", kKeyCompromise));
  EXPECT_THAT(Drive(&new_), ElementsAre("GetDeviceStateRequest"));
  EXPECT_THAT(new_.sds, IsEmpty());
  // And why is shown.
  const v1::Device device = Shown(new_);
  ASSERT_EQ(device.tasks_size(), 1);
  EXPECT_EQ(device.tasks(0).action(), "InstallTA bank/wallet@1.0.0");
  EXPECT_EQ(device.tasks(0).state(), "withheld");
  EXPECT_EQ(device.tasks(0).last_error(), advice::code::kSignerRevoked);
  EXPECT_THAT(device.tasks(0).advice(), HasSubstr("revoked"));
}

TEST_F(RevokedSignersTest, ItsCertificateLeavesTheDomainAndWhatIsThereStays) {
  OTRP_ASSERT_OK(Revoke("cert 1", kKeyCompromise));
  EXPECT_THAT(Drive(&old_),
              ElementsAre("GetDeviceStateRequest", "UpdateSDRequest"));
  EXPECT_THAT(old_.sds["bank.sd"].certs, IsEmpty());
  EXPECT_EQ(old_.sds["bank.sd"].tas["wallet"].image, "image of wallet 1.0.0");
  EXPECT_THAT(Drive(&old_), ElementsAre("GetDeviceStateRequest"));
  EXPECT_EQ(Shown(old_).tasks_size(), 0);
}

TEST_F(RevokedSignersTest, ANewCertificateComesInTheSameMessage) {
  OTRP_ASSERT_OK(Revoke("cert 1", kKeyCompromise));
  tsm_.Certificate("cert 2");
  EXPECT_THAT(Drive(&old_),
              ElementsAre("GetDeviceStateRequest", "UpdateSDRequest"));
  EXPECT_THAT(old_.sds["bank.sd"].certs, ElementsAre("cert 2"));
  // What that signed goes to both.
  tsm_.Release("2.0.0", "cert 2");
  EXPECT_THAT(Drive(&old_),
              ElementsAre("GetDeviceStateRequest", "UpdateTARequest"));
  EXPECT_THAT(Drive(&new_), ElementsAre("GetDeviceStateRequest",
                                        "CreateSDRequest", "InstallTARequest"));
  EXPECT_THAT(new_.sds["bank.sd"].certs, ElementsAre("cert 2"));
}

TEST_F(RevokedSignersTest,
       WhatWasSignedBeforeARolloverGoesOnWithItsCertificate) {
  tsm_.Certificate("cert 2");
  OTRP_ASSERT_OK(Revoke("cert 1", kSuperseded));
  EXPECT_THAT(Drive(&new_),
              ElementsAre("GetDeviceStateRequest", "CreateSDRequest",
                          "UpdateSDRequest", "InstallTARequest"));
  EXPECT_THAT(new_.sds["bank.sd"].certs, ElementsAre("cert 1", "cert 2"));
}

TEST_F(RevokedSignersTest, WhatWasSignedAfterARolloverDoesNot) {
  OTRP_ASSERT_OK(Revoke("cert 1", kSuperseded, absl::UnixEpoch()));
  EXPECT_THAT(Drive(&new_), ElementsAre("GetDeviceStateRequest"));
}

TEST_F(RevokedSignersTest, ARevokedCertificateIsNoNewDomains) {
  tsm_.Certificate("cert 2");
  OTRP_ASSERT_OK(Revoke("cert 2", kKeyCompromise));
  EXPECT_THAT(Drive(&new_), ElementsAre("GetDeviceStateRequest",
                                        "CreateSDRequest", "InstallTARequest"));
  EXPECT_THAT(new_.sds["bank.sd"].certs, ElementsAre("cert 1"));
}

TEST_F(RevokedSignersTest, ARevocationIsForEverAndItsFirstWordCounts) {
  OTRP_ASSERT_OK(Revoke("cert 1", kKeyCompromise));
  OTRP_ASSERT_OK(Revoke("cert 1", kSuperseded));
  EXPECT_THAT(Drive(&new_), ElementsAre("GetDeviceStateRequest"));
}

TEST_F(RevokedSignersTest, ARevocationThatComesBeforeItsReleaseCounts) {
  OTRP_ASSERT_OK(Revoke("cert 2", kKeyCompromise));
  tsm_.Release("2.0.0", "cert 2");
  EXPECT_THAT(Drive(&old_), ElementsAre("GetDeviceStateRequest"));
}

TEST_F(RevokedSignersTest, AReasonThatIsNotKnownHereStops) {
  tsm_.Certificate("cert 2");
  OTRP_ASSERT_OK(Revoke("cert 1", 77));
  EXPECT_THAT(Drive(&new_), ElementsAre("GetDeviceStateRequest"));
}

TEST_F(RevokedSignersTest, AFingerprintThatIsNoneIsRefusedByName) {
  v1::ApplyRequest request;
  request.set_event_id("7C2D5A0E-93E1-4B6A-8F0D-1E2A3B4C5D09");
  request.mutable_sp_certificate_revoked()->set_spid("bank");
  request.mutable_sp_certificate_revoked()->set_fingerprint("short");
  v1::ApplyResponse response;
  EXPECT_THAT(handlers::Apply(tsm_.Call("m"), *tsm_.env, request, response),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("sp_certificate_revoked.fingerprint")));
}

}  // namespace
}  // namespace testing
}  // namespace tsm
}  // namespace otrp
