// Applications whose images the TSM asks the service provider for.

#include "services/sp_portal/handlers/pull_mode.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "otrp/portal/v1/pipeline.pb.h"
#include "services/sp_portal/handlers/applications.h"
#include "services/sp_portal/handlers/reviews.h"
#include "services/sp_portal/handlers/versions.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/testing/handlers_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kFailed = absl::StatusCode::kFailedPrecondition;
constexpr char kUrl[] = "https://pull.bank.example/otrp";

class PullModeTest : public HandlersFixture {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK(Create("bank", "Bank AG"));
    OTRP_ASSERT_OK(Create("shop", "Shop AG"));
    AddSigner("bank");
  }

  absl::StatusOr<v1::PullEndpoint> Set(const rpc::CallContext& call,
                                       const std::string& url = kUrl,
                                       const std::string& roots = "",
                                       const std::string& key_id = "") {
    v1::SetPullEndpointRequest request;
    request.set_spid("bank");
    request.set_taid("pay");
    request.set_url(url);
    request.set_roots_pem(roots);
    request.set_key_id(key_id);
    v1::SetPullEndpointResponse response;
    const absl::Status status =
        handlers::SetPullEndpoint(call, env_, request, response);
    if (!status.ok()) return status;
    return response.endpoint();
  }

  absl::StatusOr<v1::PullEndpoint> Get(const rpc::CallContext& call) {
    v1::GetPullEndpointRequest request;
    request.set_spid("bank");
    request.set_taid("pay");
    v1::GetPullEndpointResponse response;
    const absl::Status status =
        handlers::GetPullEndpoint(call, env_, request, response);
    if (!status.ok()) return status;
    return response.endpoint();
  }

  absl::Status Delete(const rpc::CallContext& call) {
    v1::DeletePullEndpointRequest request;
    request.set_spid("bank");
    request.set_taid("pay");
    v1::DeletePullEndpointResponse response;
    return handlers::DeletePullEndpoint(call, env_, request, response);
  }

  absl::StatusOr<v1::AddPullVersionResponse> Add(
      const rpc::CallContext& call, const std::string& version = "1.0.0",
      const std::string& signer = "") {
    v1::AddPullVersionRequest request;
    request.set_spid("bank");
    request.set_taid("pay");
    request.set_version(version);
    request.set_signer_fingerprint(signer);
    v1::AddPullVersionResponse response;
    const absl::Status status =
        handlers::AddPullVersion(call, env_, request, response);
    if (!status.ok()) return status;
    return response;
  }

  template <typename Request>
  static Request Named(const std::string& version = "1.0.0") {
    Request request;
    request.set_spid("bank");
    request.set_taid("pay");
    request.set_version(version);
    return request;
  }

  absl::Status Release(const std::string& version = "1.0.0",
                       const std::string& channel = "") {
    auto request = Named<v1::ReleaseVersionRequest>(version);
    request.set_channel(channel);
    v1::ReleaseVersionResponse response;
    return handlers::ReleaseVersion(bank_, env_, request, response);
  }
};

TEST_F(PullModeTest, TheTsmIsToldWhereAndThenWhat) {
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::PullEndpoint endpoint,
                            Set(bank_, kUrl, "", "key-7"));
  EXPECT_EQ(endpoint.url(), kUrl);
  EXPECT_EQ(LastEvent().pull_endpoint_changed().url(), kUrl);
  EXPECT_EQ(LastEvent().pull_endpoint_changed().key_id(), "key-7");
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::AddPullVersionResponse added, Add(bank_));
  EXPECT_TRUE(added.version().pull());
  EXPECT_TRUE(added.version().image_sha256().empty());
  EXPECT_EQ(added.version().image_bytes(), 0);
  OTRP_ASSERT_OK(Release());
  const tsm::v1::VersionReleased released = LastEvent().version_released();
  EXPECT_TRUE(released.pull());
  EXPECT_TRUE(released.image().empty());
  EXPECT_FALSE(released.signer_certificate_der().empty());
}

TEST_F(PullModeTest, TheSameAgainIsNoErrorAndNoEvent) {
  OTRP_ASSERT_OK(Set(bank_).status());
  OTRP_ASSERT_OK(Add(bank_).status());
  const size_t before = Messages().size();
  OTRP_EXPECT_OK(Set(bank_).status());
  OTRP_EXPECT_OK(Add(bank_, "1.0.0").status());
  EXPECT_THAT(Messages(), SizeIs(before));
  // An image of that version would be something else.
  auto image = Named<v1::PushImageRequest>();
  image.set_image(SignedImage("pay", "1.0.0", 10));
  v1::PushImageResponse pushed;
  EXPECT_THAT(handlers::PushImage(bank_, env_, image, pushed),
              StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_F(PullModeTest, AUrlThatIsNoneOrHidesSomethingIsRefused) {
  for (const char* url :
       {"", "http://pull.bank.example/", "ftp://pull.bank.example/", "https://",
        "https:///pull", "https://user@pull.bank.example/",
        "https://user:secret@pull.bank.example/",
        "https://pull.bank.example/#part", "https://pull.bank.example:0/",
        "https://pull.bank.example:99999/", "https://pull.bank.example/a b",
        "https://pull.bank.example\\@evil.example/",
        "https://pull.bank.example/\r\nHost: evil", "HTTPS//x"}) {
    EXPECT_THAT(Set(bank_, url), StatusIs(kInvalid, HasSubstr("url:")));
  }
  EXPECT_THAT(Set(bank_, absl::StrCat(kUrl, std::string(2000, 'x'))),
              StatusIs(kInvalid, HasSubstr("url:")));
  EXPECT_THAT(Get(bank_), StatusIs(absl::StatusCode::kNotFound));
  OTRP_EXPECT_OK(Set(bank_, "https://[2001:db8::1]:8443/pull?x=1").status());
}

TEST_F(PullModeTest, RootsAndKeyIdsAreLookedAt) {
  EXPECT_THAT(Set(bank_, kUrl, "no PEM"),
              StatusIs(kInvalid, HasSubstr("roots_pem:")));
  const std::string one = pki::ToPem(protocol::test::NewHierarchy("R").root);
  OTRP_EXPECT_OK(Set(bank_, kUrl, one).status());
  std::string many;
  for (size_t i = 0; i <= kMaxPullRoots; ++i) many += one;
  EXPECT_THAT(Set(bank_, kUrl, many),
              StatusIs(kInvalid, HasSubstr("roots_pem:")));
  EXPECT_THAT(Set(bank_, kUrl, "", "a b"),
              StatusIs(kInvalid, HasSubstr("key_id:")));
}

TEST_F(PullModeTest, AnothersEndpointIsOneThatDoesNotExist) {
  OTRP_ASSERT_OK(Set(bank_).status());
  EXPECT_THAT(Set(shop_), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Get(shop_), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Delete(shop_), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Add(shop_), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(PullModeTest, WhatCameOfRequestsIsListedPageByPageToItsOwner) {
  for (int id = 3; id > 0; --id) {
    tsm::v1::PullAttempt attempt;
    attempt.set_id(id);
    attempt.set_version("1.0.0");
    attempt.set_did(std::string(32, 'd'));
    attempt.set_outcome("refused");
    attempt.set_error(absl::StrCat("error ", id));
    attempt.set_took_ms(7);
    pull_log_.attempts.push_back(attempt);
  }
  v1::ListPullsRequest request;
  request.set_spid("bank");
  request.set_taid("pay");
  request.set_page_size(2);
  v1::ListPullsResponse response;
  OTRP_ASSERT_OK(handlers::ListPulls(bank_, env_, request, response));
  ASSERT_EQ(response.pulls_size(), 2);
  EXPECT_EQ(response.pulls(0).error(), "error 3");
  EXPECT_EQ(response.pulls(0).outcome(), "refused");
  EXPECT_EQ(response.pulls(0).did(), std::string(32, 'd'));
  EXPECT_EQ(response.pulls(0).took_ms(), 7);
  request.set_page_token(response.next_page_token());
  response.Clear();
  OTRP_ASSERT_OK(handlers::ListPulls(bank_, env_, request, response));
  ASSERT_EQ(response.pulls_size(), 1);
  EXPECT_EQ(response.pulls(0).error(), "error 1");
  EXPECT_EQ(response.next_page_token(), "");
  EXPECT_THAT(pull_log_.asked_for, ElementsAre("bank/pay", "bank/pay"));
  // The TSM isn't even asked for what is another's.
  EXPECT_THAT(handlers::ListPulls(shop_, env_, request, response),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(pull_log_.asked_for, SizeIs(2));
  request.set_page_token("x");
  EXPECT_THAT(handlers::ListPulls(bank_, env_, request, response),
              StatusIs(kInvalid, HasSubstr("page_token:")));
  request.set_page_token("");
  pull_log_.tsm_down = true;
  EXPECT_THAT(handlers::ListPulls(bank_, env_, request, response),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(PullModeTest, WithoutACertificateOrAnEndpointThereIsNothingToPull) {
  EXPECT_THAT(Add(bank_), StatusIs(kFailed, HasSubstr("pull endpoint")));
  v1::SetPullEndpointRequest request;
  request.set_spid("shop");
  request.set_taid("card");
  request.set_url(kUrl);
  v1::SetPullEndpointResponse response;
  EXPECT_THAT(handlers::SetPullEndpoint(shop_, env_, request, response),
              StatusIs(kFailed, HasSubstr("certificate")));
  OTRP_ASSERT_OK(Set(bank_).status());
  EXPECT_THAT(Add(bank_, "1.0.0", std::string(32, 'x')),
              StatusIs(kInvalid, HasSubstr("signer_fingerprint:")));
}

TEST_F(PullModeTest, AnEndpointThatIsNeededStays) {
  OTRP_ASSERT_OK(Set(bank_).status());
  OTRP_ASSERT_OK(Add(bank_).status());
  OTRP_ASSERT_OK(Delete(bank_));
  EXPECT_TRUE(LastEvent().has_pull_endpoint_changed());
  EXPECT_EQ(LastEvent().pull_endpoint_changed().url(), "");
  // None is no error; without one the version can't be released.
  OTRP_EXPECT_OK(Delete(bank_));
  EXPECT_THAT(Release(), StatusIs(kFailed, HasSubstr("pull endpoint")));
  OTRP_ASSERT_OK(Set(bank_).status());
  OTRP_ASSERT_OK(Release());
  EXPECT_THAT(Delete(bank_), StatusIs(kFailed, HasSubstr("withdraw")));
  v1::WithdrawApplicationRequest request;
  request.set_spid("bank");
  request.set_taid("pay");
  v1::WithdrawApplicationResponse response;
  OTRP_ASSERT_OK(handlers::WithdrawApplication(bank_, env_, request, response));
  OTRP_EXPECT_OK(Delete(bank_));
}

TEST_F(PullModeTest, AnEndpointThatOnlyBetaNeedsStays) {
  OTRP_ASSERT_OK(Set(bank_).status());
  OTRP_ASSERT_OK(Add(bank_, "2.0.0").status());
  OTRP_ASSERT_OK(Release("2.0.0", "beta"));
  EXPECT_TRUE(LastEvent().channel_version_released().pull());
  EXPECT_THAT(Delete(bank_), StatusIs(kFailed, HasSubstr("withdraw")));
}

TEST_F(PullModeTest, ADeletedApplicationLeavesNoEndpointAndNoVersionBehind) {
  OTRP_ASSERT_OK(Set(bank_).status());
  OTRP_ASSERT_OK(Add(bank_).status());
  v1::DeleteApplicationRequest request;
  request.set_spid("bank");
  request.set_taid("pay");
  v1::DeleteApplicationResponse response;
  EXPECT_THAT(handlers::DeleteApplication(bank_, env_, request, response),
              StatusIs(kFailed, HasSubstr("pull endpoint")));
  OTRP_ASSERT_OK(Delete(bank_));
  OTRP_ASSERT_OK(
      database_.superuser().ExecOnce("UPDATE outbox SET delivered_at = now()"));
  OTRP_ASSERT_OK(handlers::DeleteApplication(bank_, env_, request, response));
  EXPECT_EQ(response.versions(), 1);
  OTRP_ASSERT_OK(Set(bank_).status());
  EXPECT_THAT(Add(bank_), StatusIs(kFailed, HasSubstr("deleted")));
  OTRP_EXPECT_OK(Add(bank_, "1.0.1").status());
}

TEST_F(PullModeTest, AReviewerSeesThatNobodyLookedAtAnImage) {
  env_.require_review = true;
  OTRP_ASSERT_OK(Set(bank_).status());
  OTRP_ASSERT_OK(Add(bank_).status());
  EXPECT_THAT(Release(), StatusIs(kFailed));
  v1::SubmitVersionResponse submitted;
  OTRP_ASSERT_OK(handlers::SubmitVersion(
      bank_, env_, Named<v1::SubmitVersionRequest>(), submitted));
  EXPECT_THAT(submitted.review().checks(),
              ElementsAre("signer", "dependencies"));
  v1::ApproveVersionResponse approved;
  OTRP_ASSERT_OK(handlers::ApproveVersion(
      operator_, env_, Named<v1::ApproveVersionRequest>(), approved));
  OTRP_EXPECT_OK(Release());
}

TEST_F(PullModeTest, ASignerWhoseTimeIsOverPassesNoCheck) {
  OTRP_ASSERT_OK(Set(bank_).status());
  OTRP_ASSERT_OK(Add(bank_).status());
  clock_.Advance(absl::Hours(24 * 366));
  OTRP_ASSERT_OK(Enroll(operator_, "bank", "csr").status());
  v1::SubmitVersionResponse submitted;
  EXPECT_THAT(handlers::SubmitVersion(
                  bank_, env_, Named<v1::SubmitVersionRequest>(), submitted),
              StatusIs(kFailed, HasSubstr("signer")));
}

}  // namespace
}  // namespace portal
}  // namespace otrp
