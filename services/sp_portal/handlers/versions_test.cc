// What versions say about themselves.

#include "services/sp_portal/handlers/versions.h"

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/unknown_field_set.h"
#include "gtest/gtest.h"
#include "otrp/portal/v1/pipeline.pb.h"
#include "services/sp_portal/handlers/applications.h"
#include "services/sp_portal/handlers/reviews.h"
#include "services/sp_portal/testing/handlers_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

class ManifestsTest : public HandlersFixture {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK(Create("bank", "Bank AG"));
    AddSigner("bank");
    manifest_.set_display_name("Wallet");
    manifest_.add_tee_kinds("OP-TEE");
    auto* needed = manifest_.add_dependencies();
    needed->set_taid("com.bank.keys");
    needed->set_min_version("1.2");
    manifest_.set_personalization_schema(R"({"type":"object"})");
  }

  absl::Status Push(const std::string& taid, const std::string& version,
                    const v1::Manifest* manifest) {
    v1::PushImageRequest request;
    request.set_spid("bank");
    request.set_taid(taid);
    request.set_version(version);
    std::string& image = images_[taid + version];
    if (image.empty()) image = SignedImage(taid, version, 10);
    request.set_image(image);
    if (manifest != nullptr) *request.mutable_manifest() = *manifest;
    v1::PushImageResponse response;
    return handlers::PushImage(bank_, env_, request, response);
  }

  absl::Status Submit() {
    v1::SubmitVersionRequest request;
    request.set_spid("bank");
    request.set_taid("com.bank.pay");
    request.set_version("1");
    v1::SubmitVersionResponse response;
    return handlers::SubmitVersion(bank_, env_, request, response);
  }

  v1::Manifest manifest_;
  std::map<std::string, std::string> images_;
};

TEST_F(ManifestsTest, AManifestStaysWithItsVersion) {
  OTRP_ASSERT_OK(Push("com.bank.pay", "1", &manifest_));
  OTRP_ASSERT_OK(Push("com.bank.pay", "1", &manifest_));
  v1::Manifest other = manifest_;
  other.set_display_name("Purse");
  const auto taken = StatusIs(absl::StatusCode::kAlreadyExists,
                              HasSubstr("versions can't be changed"));
  EXPECT_THAT(Push("com.bank.pay", "1", &other), taken);
  EXPECT_THAT(Push("com.bank.pay", "1", nullptr), taken);
  v1::GetVersionRequest request;
  request.set_spid("bank");
  request.set_taid("com.bank.pay");
  request.set_version("1");
  v1::GetVersionResponse response;
  OTRP_ASSERT_OK(handlers::GetVersion(bank_, env_, request, response));
  EXPECT_EQ(response.manifest().SerializeAsString(),
            manifest_.SerializeAsString());
}

TEST_F(ManifestsTest, WhatAManifestHasBesideItsMembersIsNotKept) {
  v1::Manifest large = manifest_;
  large.GetReflection()->MutableUnknownFields(&large)->AddLengthDelimited(
      99, std::string(1 << 20, 'x'));
  OTRP_ASSERT_OK(Push("com.bank.pay", "1", &large));
  OTRP_ASSERT_OK_AND_ASSIGN(
      const AppVersion version,
      store_.GetVersion("bank", "com.bank.pay", *service::Version::Parse("1")));
  EXPECT_THAT(store_.GetManifest(version),
              ::otrp::testing::IsOkAndHolds(manifest_.SerializeAsString()));
}

TEST_F(ManifestsTest, ABadManifestIsRefusedWithItsMember) {
  manifest_.set_display_name("");
  EXPECT_THAT(Push("com.bank.pay", "1", &manifest_),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("manifest.display_name:")));
  EXPECT_THAT(Push("pay", "1", &manifest_),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("taid: must be a UUID")));
  OTRP_EXPECT_OK(Push("pay", "1", nullptr));
}

TEST_F(ManifestsTest, WhatIsSubmittedHasItsDependencies) {
  OTRP_ASSERT_OK(Push("com.bank.pay", "1", &manifest_));
  const auto missing =
      StatusIs(absl::StatusCode::kFailedPrecondition,
               HasSubstr("check \"dependencies\": it needs com.bank.keys 1.2"));
  EXPECT_THAT(Submit(), missing);
  OTRP_ASSERT_OK(Push("com.bank.keys", "1.1", nullptr));
  EXPECT_THAT(Submit(), missing);
  OTRP_ASSERT_OK(Push("com.bank.keys", "1.3", nullptr));
  OTRP_EXPECT_OK(Submit());
}

}  // namespace
}  // namespace portal
}  // namespace otrp
