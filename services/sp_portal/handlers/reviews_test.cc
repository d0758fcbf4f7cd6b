// From the upload to the release: submitted, reviewed by somebody else,
// deprecated, yanked.

#include "services/sp_portal/handlers/reviews.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "otrp/portal/v1/pipeline.pb.h"
#include "services/sp_portal/handlers/applications.h"
#include "services/sp_portal/handlers/versions.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/testing/handlers_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kFailed = absl::StatusCode::kFailedPrecondition;
constexpr absl::StatusCode kDenied = absl::StatusCode::kPermissionDenied;

class ReviewsTest : public HandlersFixture {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK(Create("bank", "Bank AG"));
    OTRP_ASSERT_OK(Create("shop", "Shop AG"));
    AddSigner("bank");
    OTRP_ASSERT_OK(Push(bank_, "1.0.0"));
  }

  absl::Status Push(const rpc::CallContext& call, const std::string& version) {
    v1::PushImageRequest request = Named<v1::PushImageRequest>(version);
    request.set_image(SignedImage("pay", version, 100));
    v1::PushImageResponse response;
    return handlers::PushImage(call, env_, request, response);
  }

  template <typename Request>
  static Request Named(const std::string& version) {
    Request request;
    request.set_spid("bank");
    request.set_taid("pay");
    request.set_version(version);
    return request;
  }

  absl::StatusOr<v1::Review> Submit(const rpc::CallContext& call,
                                    const std::string& version = "1.0.0") {
    v1::SubmitVersionResponse response;
    const absl::Status status = handlers::SubmitVersion(
        call, env_, Named<v1::SubmitVersionRequest>(version), response);
    if (!status.ok()) return status;
    return response.review();
  }

  absl::StatusOr<v1::Review> Approve(const rpc::CallContext& call,
                                     const std::string& version = "1.0.0") {
    v1::ApproveVersionResponse response;
    const absl::Status status = handlers::ApproveVersion(
        call, env_, Named<v1::ApproveVersionRequest>(version), response);
    if (!status.ok()) return status;
    return response.review();
  }

  absl::StatusOr<v1::Review> Reject(const rpc::CallContext& call,
                                    const std::string& reason) {
    auto request = Named<v1::RejectVersionRequest>("1.0.0");
    request.set_reason(reason);
    v1::RejectVersionResponse response;
    const absl::Status status =
        handlers::RejectVersion(call, env_, request, response);
    if (!status.ok()) return status;
    return response.review();
  }

  absl::Status Release(const std::string& version = "1.0.0") {
    v1::ReleaseVersionResponse response;
    return handlers::ReleaseVersion(
        bank_, env_, Named<v1::ReleaseVersionRequest>(version), response);
  }

  absl::Status Deprecate(const std::string& message) {
    auto request = Named<v1::DeprecateVersionRequest>("1.0.0");
    request.set_message(message);
    v1::DeprecateVersionResponse response;
    return handlers::DeprecateVersion(bank_, env_, request, response);
  }

  absl::StatusOr<v1::YankVersionResponse> Yank(const std::string& version,
                                               const std::string& reason) {
    auto request = Named<v1::YankVersionRequest>(version);
    request.set_reason(reason);
    v1::YankVersionResponse response;
    const absl::Status status =
        handlers::YankVersion(bank_, env_, request, response);
    if (!status.ok()) return status;
    return response;
  }

  absl::Status Delete(const rpc::CallContext& call,
                      const std::string& version = "1.0.0") {
    v1::DeleteVersionResponse response;
    return handlers::DeleteVersion(
        call, env_, Named<v1::DeleteVersionRequest>(version), response);
  }

  absl::StatusOr<v1::DeleteApplicationResponse> DeleteAll(
      const rpc::CallContext& call) {
    v1::DeleteApplicationRequest request;
    request.set_spid("bank");
    request.set_taid("pay");
    v1::DeleteApplicationResponse response;
    const absl::Status status =
        handlers::DeleteApplication(call, env_, request, response);
    if (!status.ok()) return status;
    return response;
  }

  absl::StatusOr<v1::GetVersionResponse> Get(const rpc::CallContext& call) {
    v1::GetVersionResponse response;
    const absl::Status status = handlers::GetVersion(
        call, env_, Named<v1::GetVersionRequest>("1"), response);
    if (!status.ok()) return status;
    return response;
  }

  std::vector<std::string> List(const rpc::CallContext& call,
                                v1::ReviewState state,
                                const std::string& spid = "") {
    v1::ListReviewsRequest request;
    request.set_spid(spid);
    request.set_state(state);
    v1::ListReviewsResponse response;
    std::vector<std::string> versions;
    const absl::Status status =
        handlers::ListReviews(call, env_, request, response);
    if (!status.ok()) versions.emplace_back(status.message());
    for (const auto& one : response.reviews()) {
      versions.push_back(one.version());
    }
    return versions;
  }

  rpc::CallContext bob_ = Call(rpc::CallerKind::kOperator, "bob");
};

TEST_F(ReviewsTest, WhereReviewsAreDemandedOnlyWhatIsApprovedIsReleased) {
  OTRP_EXPECT_OK(Push(bank_, "0.9"));
  OTRP_EXPECT_OK(Release("0.9"));
  env_.require_review = true;
  EXPECT_THAT(Release(), StatusIs(kFailed, HasSubstr("1.0.0 is draft")));
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::Review review, Submit(bank_));
  EXPECT_EQ(review.submitted_by(), "otrp://sp/bank");
  EXPECT_THAT(review.checks(),
              ElementsAre("size", "signature", "dependencies"));
  EXPECT_THAT(Release(), StatusIs(kFailed, HasSubstr("submitted")));
  OTRP_ASSERT_OK(Reject(bob_, "no"));
  EXPECT_THAT(Release(), StatusIs(kFailed, HasSubstr("rejected")));
  OTRP_ASSERT_OK(Submit(bank_));
  OTRP_ASSERT_OK(Approve(bob_));
  OTRP_EXPECT_OK(Release());
  EXPECT_EQ(LastEvent().version_released().version(), "1.0.0");
}

TEST_F(ReviewsTest, NobodyApprovesWhatHePushedOrSubmitted) {
  OTRP_ASSERT_OK(Submit(operator_));
  EXPECT_THAT(Approve(operator_), StatusIs(kDenied, HasSubstr("by you")));
  EXPECT_EQ(Get(operator_)->version().review_state(),
            v1::REVIEW_STATE_SUBMITTED);
  OTRP_EXPECT_OK(Approve(bob_));
  // Pushed by one, submitted by another: a third must come.
  OTRP_ASSERT_OK(Push(operator_, "2"));
  OTRP_ASSERT_OK(Submit(bob_, "2"));
  EXPECT_THAT(Approve(operator_, "2"), StatusIs(kDenied));
  EXPECT_THAT(Approve(bob_, "2"), StatusIs(kDenied));
  OTRP_EXPECT_OK(Approve(Call(rpc::CallerKind::kOperator, "carol"), "2"));
}

TEST_F(ReviewsTest, ADecisionNeedsASubmissionAndIsTakenOnce) {
  EXPECT_THAT(Approve(bob_), StatusIs(kFailed, HasSubstr("1.0.0 is draft")));
  EXPECT_THAT(Reject(bob_, "no"), StatusIs(kFailed));
  OTRP_ASSERT_OK(Submit(bank_));
  OTRP_ASSERT_OK(Submit(bank_));
  EXPECT_TRUE(bank_.nothing_changed());
  OTRP_ASSERT_OK(Approve(bob_));
  OTRP_ASSERT_OK(Approve(bob_));
  EXPECT_TRUE(bob_.nothing_changed());
  EXPECT_THAT(Reject(bob_, "no"), StatusIs(kFailed, HasSubstr("approved")));
  EXPECT_THAT(database_.AuditActions(), Contains("ta.submit").Times(1));
  EXPECT_THAT(database_.AuditActions(), Contains("ta.approve").Times(1));
  EXPECT_THAT(List(bob_, v1::REVIEW_STATE_UNSPECIFIED), ElementsAre("1.0.0"));
}

TEST_F(ReviewsTest, ARejectionSaysWhyAndTheHistoryIsKept) {
  OTRP_ASSERT_OK(Submit(bank_));
  for (const std::string& bad :
       {std::string(), std::string(501, 'x'), std::string("a\x1b[0m")}) {
    EXPECT_THAT(Reject(bob_, bad), StatusIs(kInvalid, HasSubstr("reason:")));
  }
  OTRP_ASSERT_OK(Reject(bob_, "no SBOM"));
  OTRP_ASSERT_OK_AND_ASSIGN(auto seen, Get(bank_));
  EXPECT_EQ(seen.review().reason(), "no SBOM");
  // Which of the operators it was is no SP's business.
  EXPECT_EQ(seen.review().reviewed_by(), "");
  EXPECT_EQ(Get(operator_)->review().reviewed_by(), "otrp://operator/bob");
  OTRP_ASSERT_OK(Submit(bank_));
  EXPECT_THAT(List(bob_, v1::REVIEW_STATE_UNSPECIFIED),
              ElementsAre("1.0.0", "1.0.0"));
  EXPECT_THAT(List(bob_, v1::REVIEW_STATE_REJECTED), ElementsAre("1.0.0"));
}

TEST_F(ReviewsTest, WhatFailsTheChecksDoesNotReachTheQueue) {
  clock_.Advance(absl::Hours(24 * 366));
  EXPECT_THAT(Submit(bank_),
              StatusIs(kFailed, HasSubstr("check \"signature\"")));
  EXPECT_THAT(List(bob_, v1::REVIEW_STATE_UNSPECIFIED), ElementsAre());
  EXPECT_EQ(Get(bank_)->version().review_state(), v1::REVIEW_STATE_DRAFT);
}

TEST_F(ReviewsTest, AnotherTenantsVersionsAndReviewsDoNotExist) {
  OTRP_ASSERT_OK(Submit(bank_));
  const auto none = StatusIs(absl::StatusCode::kNotFound, HasSubstr("spid:"));
  EXPECT_THAT(Submit(shop_), none);
  EXPECT_THAT(Get(shop_), none);
  v1::YankVersionResponse yanked;
  auto yank = Named<v1::YankVersionRequest>("1.0.0");
  yank.set_reason("mine");
  EXPECT_THAT(handlers::YankVersion(shop_, env_, yank, yanked), none);
  v1::DeprecateVersionResponse deprecated;
  EXPECT_THAT(
      handlers::DeprecateVersion(
          shop_, env_, Named<v1::DeprecateVersionRequest>("1.0.0"), deprecated),
      none);
  EXPECT_THAT(List(shop_, v1::REVIEW_STATE_UNSPECIFIED), ElementsAre());
  EXPECT_THAT(List(shop_, v1::REVIEW_STATE_UNSPECIFIED, "bank"),
              ElementsAre(HasSubstr("spid:")));
  EXPECT_THAT(List(bank_, v1::REVIEW_STATE_UNSPECIFIED), ElementsAre("1.0.0"));
}

TEST_F(ReviewsTest, ADeprecatedVersionIsReleasedAllTheSame) {
  OTRP_ASSERT_OK(Deprecate("use 1.1"));
  EXPECT_EQ(Get(bank_)->version().deprecation(), "use 1.1");
  OTRP_EXPECT_OK(Release());
  OTRP_ASSERT_OK(Deprecate("use 1.1"));
  EXPECT_TRUE(bank_.nothing_changed());
  OTRP_ASSERT_OK(Deprecate(""));
  EXPECT_EQ(Get(bank_)->version().deprecation(), "");
  EXPECT_THAT(Deprecate("a\x01"), StatusIs(kInvalid, HasSubstr("message:")));
}

TEST_F(ReviewsTest, AYankedVersionIsNeverReleasedAgain) {
  const size_t messages = Messages().size();
  OTRP_ASSERT_OK(Yank("1.0.0", "leaks keys"));
  // Nobody has it, so the TSM needn't know.
  EXPECT_EQ(Messages().size(), messages);
  EXPECT_THAT(Release(), StatusIs(kFailed, AllOf(HasSubstr("yanked"),
                                                 HasSubstr("leaks keys"))));
  EXPECT_THAT(Submit(bank_), StatusIs(kFailed, HasSubstr("yanked")));
  OTRP_ASSERT_OK(Yank("1", "leaks keys"));
  EXPECT_TRUE(bank_.nothing_changed());
  EXPECT_THAT(Yank("1.0.0", "another"),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(Yank("1.0.0", ""), StatusIs(kInvalid, HasSubstr("reason:")));
  OTRP_ASSERT_OK_AND_ASSIGN(auto seen, Get(bank_));
  EXPECT_TRUE(seen.version().yanked());
  EXPECT_EQ(seen.version().yank_reason(), "leaks keys");
}

TEST_F(ReviewsTest, ADeletedVersionIsGoneButItsNumberAndHistoryStay) {
  OTRP_ASSERT_OK(Submit(bank_).status());
  const auto before = bank_.audit_records();
  OTRP_ASSERT_OK(Delete(bank_));
  EXPECT_EQ(bank_.audit_records(), before + 1);
  // Nobody finds it in the queue.
  EXPECT_THAT(List(bob_, v1::REVIEW_STATE_SUBMITTED), IsEmpty());
  OTRP_ASSERT_OK_AND_ASSIGN(const auto seen, Get(bank_));
  EXPECT_TRUE(seen.version().has_deleted_at());
  EXPECT_EQ(seen.review().state(), v1::REVIEW_STATE_REJECTED);
  EXPECT_EQ(seen.review().reason(), "the version was deleted");
  OTRP_ASSERT_OK(Delete(bank_));
  EXPECT_TRUE(bank_.nothing_changed());
  for (const absl::Status& status :
       {Push(bank_, "1.0.0"), Release(), Deprecate("old"),
        Submit(bank_).status(), Approve(bob_).status(),
        Yank("1.0.0", "bad").status()}) {
    EXPECT_THAT(status, StatusIs(kFailed, HasSubstr("deleted")));
  }
  OTRP_EXPECT_OK(Push(bank_, "1.0.1"));
}

TEST_F(ReviewsTest,
       ADeletedVersionsOctetsLeaveTheDatabaseUnlessAnotherHasThem) {
  OTRP_ASSERT_OK(Push(bank_, "1.0.1"));
  // The same octets under another number, which no two signed images have.
  for (const char* sql :
       {"UPDATE app_version SET image_blob = (SELECT image_blob FROM "
        "app_version WHERE version = '1.0.0'), image_sha256 = (SELECT "
        "image_sha256 FROM app_version WHERE version = '1.0.0')",
        "DELETE FROM blob WHERE id NOT IN (SELECT image_blob FROM "
        "app_version)"}) {
    OTRP_ASSERT_OK(database_.superuser().ExecOnce(sql));
  }
  OTRP_ASSERT_OK(Delete(bank_, "1.0.0"));
  OTRP_ASSERT_OK(blobs_.RemoveIdle(100).status());
  OTRP_EXPECT_OK(blobs_.GetImage("bank", "pay", "1.0.1").status());
  EXPECT_FALSE(blobs_.GetImage("bank", "pay", "1.0.0").ok());
  OTRP_ASSERT_OK(Delete(bank_, "1.0.1"));
  OTRP_ASSERT_OK(blobs_.RemoveIdle(100).status());
  OTRP_ASSERT_OK_AND_ASSIGN(auto row, database_.superuser().Query1(
                                          "SELECT count(*) FROM blob_chunk"));
  int64_t chunks = -1;
  OTRP_ASSERT_OK(row.Scan(&chunks));
  EXPECT_EQ(chunks, 0);
}

TEST_F(ReviewsTest, WhatIsReleasedAssignedOrOnItsWayIsNotDeleted) {
  OTRP_ASSERT_OK(Release());
  EXPECT_THAT(Delete(bank_), StatusIs(kFailed, HasSubstr("is released")));
  EXPECT_THAT(DeleteAll(bank_).status(),
              StatusIs(kFailed, HasSubstr("is released")));
  OTRP_ASSERT_OK(Push(bank_, "1.1"));
  OTRP_ASSERT_OK(Release("1.1"));
  // The TSM is still to get 1.0.0.
  EXPECT_THAT(Delete(bank_), StatusIs(kFailed, HasSubstr("hasn't heard")));
  OTRP_ASSERT_OK(
      database_.superuser().ExecOnce("UPDATE outbox SET delivered_at = now()"));
  OTRP_EXPECT_OK(Delete(bank_));
  EXPECT_THAT(DeleteAll(bank_).status(),
              StatusIs(kFailed, HasSubstr("is released")));
}

TEST_F(ReviewsTest, AnApplicationIsDeletedWithItsVersionsAndMadeAnewByAPush) {
  OTRP_ASSERT_OK(Push(bank_, "0.9"));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto deleted, DeleteAll(bank_));
  EXPECT_EQ(deleted.versions(), 2);
  v1::ListApplicationsResponse listed;
  OTRP_ASSERT_OK(handlers::ListApplications(
      bank_, env_, v1::ListApplicationsRequest(), listed));
  EXPECT_THAT(listed.applications(), IsEmpty());
  OTRP_ASSERT_OK_AND_ASSIGN(const auto again, DeleteAll(bank_));
  EXPECT_EQ(again.versions(), 0);
  EXPECT_TRUE(bank_.nothing_changed());
  EXPECT_THAT(Push(bank_, "0.9"), StatusIs(kFailed, HasSubstr("deleted")));
  OTRP_ASSERT_OK(Push(bank_, "1.1"));
  OTRP_ASSERT_OK(handlers::ListApplications(
      bank_, env_, v1::ListApplicationsRequest(), listed));
  ASSERT_EQ(listed.applications_size(), 1);
  EXPECT_EQ(listed.applications(0).versions_size(), 1);
}

TEST_F(ReviewsTest, AnotherTenantDeletesNothing) {
  EXPECT_THAT(Delete(shop_), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(DeleteAll(shop_).status(), StatusIs(absl::StatusCode::kNotFound));
  OTRP_EXPECT_OK(Delete(bob_));
}

TEST_F(ReviewsTest, TheTsmIsToldThatTheReleasedVersionIsYanked) {
  OTRP_ASSERT_OK(Release());
  OTRP_ASSERT_OK_AND_ASSIGN(auto response, Yank("1.0.0", "leaks keys"));
  EXPECT_TRUE(response.delivered());
  const auto event = LastEvent();
  EXPECT_EQ(event.version_yanked().spid(), "bank");
  EXPECT_EQ(event.version_yanked().taid(), "pay");
  EXPECT_EQ(event.version_yanked().version(), "1.0.0");
  EXPECT_THAT(database_.AuditActions(), Contains("ta.yank").Times(1));
}

TEST_F(ReviewsTest, TheQueueGoesInPages) {
  for (const char* version : {"2", "3", "4"}) {
    OTRP_ASSERT_OK(Push(bank_, version));
    OTRP_ASSERT_OK(Submit(bank_, version));
  }
  v1::ListReviewsRequest request;
  request.set_state(v1::REVIEW_STATE_SUBMITTED);
  request.set_page_size(2);
  v1::ListReviewsResponse first;
  OTRP_ASSERT_OK(handlers::ListReviews(bob_, env_, request, first));
  ASSERT_EQ(first.reviews_size(), 2);
  EXPECT_EQ(first.reviews(0).version(), "2");
  request.set_page_token(first.next_page_token());
  v1::ListReviewsResponse second;
  OTRP_ASSERT_OK(handlers::ListReviews(bob_, env_, request, second));
  ASSERT_EQ(second.reviews_size(), 1);
  EXPECT_EQ(second.reviews(0).version(), "4");
  request.set_state(static_cast<v1::ReviewState>(99));
  EXPECT_THAT(handlers::ListReviews(bob_, env_, request, second),
              StatusIs(kInvalid, HasSubstr("state:")));
}

}  // namespace
}  // namespace portal
}  // namespace otrp
