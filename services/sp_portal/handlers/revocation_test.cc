// What a revoked signing certificate is good for: nothing.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/hash.h"
#include "otrp/portal/v1/portal.pb.h"
#include "services/sp_portal/handlers/applications.h"
#include "services/sp_portal/handlers/service_providers.h"
#include "services/sp_portal/handlers/versions.h"
#include "services/sp_portal/testing/handlers_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr auto kFailed = absl::StatusCode::kFailedPrecondition;
constexpr auto kNotFound = absl::StatusCode::kNotFound;

class RevocationTest : public HandlersFixture {
 protected:
  absl::StatusOr<v1::RevokeSigningCertificateResponse> Revoke(
      const rpc::CallContext& call, const std::string& serial,
      const std::string& spid = "bank") {
    v1::RevokeSigningCertificateRequest request;
    request.set_spid(spid);
    request.set_serial(serial);
    request.set_reason(ca::v1::REVOCATION_REASON_KEY_COMPROMISE);
    v1::RevokeSigningCertificateResponse response;
    absl::Status status =
        handlers::RevokeSigningCertificate(call, env_, request, response);
    if (!status.ok()) return status;
    return response;
  }

  absl::Status Push(const std::string& version, const std::string& image) {
    v1::PushImageRequest request;
    request.set_spid("bank");
    request.set_taid("pay");
    request.set_version(version);
    request.set_image(image);
    v1::PushImageResponse response;
    return handlers::PushImage(bank_, env_, request, response);
  }

  absl::Status Release(const std::string& version) {
    v1::ReleaseVersionRequest request;
    request.set_spid("bank");
    request.set_taid("pay");
    request.set_version(version);
    v1::ReleaseVersionResponse response;
    return handlers::ReleaseVersion(bank_, env_, request, response);
  }

  std::vector<v1::SpCertificate> Certificates() {
    v1::GetServiceProviderRequest request;
    request.set_spid("bank");
    v1::GetServiceProviderResponse response;
    EXPECT_THAT(handlers::GetServiceProvider(bank_, env_, request, response),
                IsOk());
    return {response.service_provider().certificates().begin(),
            response.service_provider().certificates().end()};
  }

  absl::Status Learn(const std::string& serial, int reason = 1) {
    return handlers::LearnRevocations(
        env_, {{"77", clock_.Now(), 1}, {serial, clock_.Now(), reason}});
  }

  // A signer with an image that it signed and one that was pushed.
  void AddSignedBank() {
    OTRP_ASSERT_OK(Create("bank", "Bank AG"));
    AddSigner("bank");
    OTRP_ASSERT_OK(Push("1.0", SignedImage("pay", "1.0", 10)));
  }
};

TEST_F(RevocationTest, ARevokedCertificateTakesAndReleasesNothingMore) {
  AddSignedBank();
  OTRP_ASSERT_OK(Learn("0b"));
  // Nobody else's signature either, until there is a good certificate.
  EXPECT_THAT(Push("2.0", SignedImage("pay", "2.0", 10)),
              StatusIs(kFailed, HasSubstr("no valid certificate")));
  OTRP_ASSERT_OK(Enroll(bank_, "bank", "csr"));
  const auto says_why = StatusIs(
      kFailed, AllOf(HasSubstr("0b"), HasSubstr("revoked 2025-11-23T"),
                     HasSubstr("keyCompromise"), HasSubstr("new version")));
  EXPECT_THAT(Push("2.0", SignedImage("pay", "2.0", 10)), says_why);
  EXPECT_THAT(Release("1.0"), says_why);
}

TEST_F(RevocationTest, AnImageOfNobodysIsNotBlamedOnARevokedCertificate) {
  AddSignedBank();
  OTRP_ASSERT_OK(Learn("0b"));
  OTRP_ASSERT_OK(Enroll(bank_, "bank", "csr"));
  EXPECT_THAT(Push("2.0", "no image"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("image")));
}

TEST_F(RevocationTest, TheAccountShowsWhatWasRevokedAndWhatIsCurrentInstead) {
  AddSignedBank();
  clock_.Advance(absl::Seconds(1));
  OTRP_ASSERT_OK(Enroll(bank_, "bank", "csr"));
  const std::string newest = Certificates()[0].serial();
  OTRP_ASSERT_OK_AND_ASSIGN(auto revoked, Revoke(bank_, newest));
  EXPECT_TRUE(revoked.certificate().has_revoked_at());
  EXPECT_EQ(revoked.certificate().revocation_reason(),
            ca::v1::REVOCATION_REASON_KEY_COMPROMISE);
  EXPECT_FALSE(revoked.certificate().current());
  const std::vector<v1::SpCertificate> now = Certificates();
  ASSERT_THAT(now, SizeIs(2));
  EXPECT_EQ(now[0].revoked_at().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_TRUE(now[1].current());
  EXPECT_FALSE(now[1].has_revoked_at());
  // New security domains get the one that is good.
  OTRP_ASSERT_OK_AND_ASSIGN(const Sp sp, store_.GetSp("bank"));
  EXPECT_EQ(LastEvent().sp_certificate_enrolled().certificate_der(),
            sp.certificates[1].der);
  EXPECT_EQ(LastEvent().sp_certificate_enrolled().name(), "Bank AG");
  // The last one leaves none.
  const size_t messages = Messages().size();
  OTRP_ASSERT_OK(Revoke(bank_, "0b"));
  EXPECT_THAT(Messages(), SizeIs(messages + 1));
  for (const v1::SpCertificate& certificate : Certificates()) {
    EXPECT_FALSE(certificate.current()) << certificate.serial();
  }
}

TEST_F(RevocationTest, TheTsmIsToldWhichCertificateWhenAndWhy) {
  AddSignedBank();
  const std::string fingerprint = Certificates()[0].fingerprint();
  const absl::Time at = clock_.Now();
  OTRP_ASSERT_OK(Learn("0b", 4));
  const auto told = LastEvent().sp_certificate_revoked();
  EXPECT_EQ(told.spid(), "bank");
  EXPECT_EQ(told.fingerprint(), fingerprint);
  EXPECT_EQ(told.reason(), 4);
  EXPECT_EQ(told.revoked_at().seconds(), absl::ToUnixSeconds(at));
}

TEST_F(RevocationTest, WhatTheVersionBeforeRecordedIsToldLaterAndOnce) {
  AddSignedBank();
  const size_t before = Messages().size();
  OTRP_ASSERT_OK(database_.pool().Query(
      "UPDATE sp_certificate SET revoked_at = $1, revocation_reason = 1, "
      "is_current = false",
      clock_.Now()));
  OTRP_ASSERT_OK(handlers::TellRevocations(env_));
  OTRP_ASSERT_OK(handlers::TellRevocations(env_));
  EXPECT_THAT(Messages(), SizeIs(before + 1));
  EXPECT_EQ(LastEvent().sp_certificate_revoked().fingerprint(),
            Certificates()[0].fingerprint());
  EXPECT_EQ(LastEvent().sp_certificate_revoked().reason(), 1);
}

TEST_F(RevocationTest, AVersionShowsWhyNoFurtherDeviceGetsIt) {
  AddSignedBank();
  v1::GetVersionRequest request;
  request.set_spid("bank");
  request.set_taid("pay");
  request.set_version("1.0");
  v1::GetVersionResponse response;
  OTRP_ASSERT_OK(handlers::GetVersion(bank_, env_, request, response));
  EXPECT_EQ(response.version().withheld(), "");
  OTRP_ASSERT_OK(Learn("0b"));
  response.Clear();
  OTRP_ASSERT_OK(handlers::GetVersion(bank_, env_, request, response));
  EXPECT_EQ(response.version().withheld(), "signer revoked: keyCompromise");
}

TEST_F(RevocationTest, WhatWasSignedBeforeARolloverIsNotWithheld) {
  AddSignedBank();
  clock_.Advance(absl::Seconds(1));
  OTRP_ASSERT_OK(Learn("0b", 4));
  v1::ListApplicationsRequest request;
  v1::ListApplicationsResponse response;
  OTRP_ASSERT_OK(handlers::ListApplications(bank_, env_, request, response));
  EXPECT_EQ(response.applications(0).versions(0).withheld(), "");
}

TEST_F(RevocationTest, AReleaseSaysWhenItsImageWasPushed) {
  AddSignedBank();
  const absl::Time pushed = clock_.Now();
  clock_.Advance(absl::Hours(1));
  OTRP_ASSERT_OK(Release("1.0"));
  EXPECT_EQ(LastEvent().version_released().pushed_at().seconds(),
            absl::ToUnixSeconds(pushed));
}

TEST_F(RevocationTest, RevokingAgainChangesNothing) {
  AddSignedBank();
  bank_.ResetAuditRecords();
  OTRP_ASSERT_OK(Revoke(bank_, "0b"));
  EXPECT_EQ(bank_.audit_records(), 1);
  const absl::Time first = clock_.Now();
  clock_.Advance(absl::Hours(1));
  OTRP_ASSERT_OK_AND_ASSIGN(auto again, Revoke(bank_, "0b"));
  EXPECT_TRUE(bank_.nothing_changed());
  EXPECT_EQ(again.certificate().revoked_at().seconds(),
            absl::ToUnixSeconds(first));
  // Neither does what a list says later.
  const size_t records = database_.AuditEvents().size();
  OTRP_ASSERT_OK(Learn("0b", 4));
  EXPECT_EQ(Certificates()[0].revocation_reason(),
            ca::v1::REVOCATION_REASON_KEY_COMPROMISE);
  EXPECT_EQ(database_.AuditEvents().size(), records);
}

TEST_F(RevocationTest, NobodyRevokesAnothersOrLearnsThatItIsThere) {
  AddSignedBank();
  OTRP_ASSERT_OK(Create("shop", "Shop"));
  EXPECT_THAT(Revoke(shop_, "0b"),
              StatusIs(kNotFound, "spid: no service provider \"bank\""));
  const auto none = [](const std::string& serial) {
    return StatusIs(
        kNotFound,
        "serial: is of no signing certificate of the service provider: " +
            serial);
  };
  EXPECT_THAT(Revoke(shop_, "0b", "shop"), none("0b"));
  EXPECT_THAT(Revoke(shop_, "0c", "shop"), none("0c"));
  rpc::Identity some(rpc::CallerKind::kSp, "bank");
  some.taids = {"pay"};
  EXPECT_THAT(
      Revoke(rpc::CallContext(some, "test", "", absl::InfiniteFuture()), "0b"),
      StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_TRUE(ca_.revoked.empty());
  EXPECT_TRUE(Certificates()[0].current());
}

TEST_F(RevocationTest, WithoutTheCaNothingCountsAsRevoked) {
  AddSignedBank();
  ca_.down = true;
  EXPECT_THAT(Revoke(bank_, "0b"), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_FALSE(Certificates()[0].has_revoked_at());
}

TEST_F(RevocationTest, WhatAListSaysIsOnRecordAsThePortalsOwn) {
  AddSignedBank();
  OTRP_ASSERT_OK(Learn("0b"));
  const store::AuditEvent audit = database_.AuditEvents().back();
  EXPECT_EQ(audit.actor, "otrp://service/sp_portal");
  EXPECT_EQ(audit.action, "sp.revoke_certificate");
  EXPECT_EQ(audit.subject, "bank");
  EXPECT_THAT(audit.details_json,
              AllOf(HasSubstr("0b"), HasSubstr("keyCompromise")));
}

TEST_F(RevocationTest, EnrollingAgainGivesANewCertificateThatCounts) {
  OTRP_ASSERT_OK(Create("bank", "Bank AG"));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto first, Enroll(bank_, "bank", "csr"));
  OTRP_ASSERT_OK(Revoke(bank_, first.serial()));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto second, Enroll(bank_, "bank", "csr"));
  EXPECT_NE(second.serial(), first.serial());
  clock_.Advance(absl::Seconds(1));
  for (const v1::SpCertificate& certificate : Certificates()) {
    EXPECT_EQ(certificate.current(), certificate.serial() == second.serial());
  }
}

}  // namespace
}  // namespace portal
}  // namespace otrp
