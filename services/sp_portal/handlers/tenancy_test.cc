// What a caller sees and may act for, over the real store.

#include "services/sp_portal/handlers/tenancy.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/hash.h"
#include "otrp/portal/v1/pipeline.pb.h"
#include "services/sp_portal/handlers/applications.h"
#include "services/sp_portal/handlers/assignments.h"
#include "services/sp_portal/handlers/reviews.h"
#include "services/sp_portal/handlers/rollouts.h"
#include "services/sp_portal/handlers/uploads.h"
#include "services/sp_portal/testing/handlers_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kUuid[] = "8d3f1f5e-2c4b-4e7a-9a55-0c1d2e3f4a5b";
constexpr auto kNotFound = absl::StatusCode::kNotFound;

class TenancyTest : public HandlersFixture {
 protected:
  // Each of the bank's applications has a version, an assignment, an upload
  // and a review.
  void SetUp() override {
    OTRP_ASSERT_OK(Create("bank", "Bank AG"));
    OTRP_ASSERT_OK(Enroll(operator_, "bank", "csr"));
    for (const std::string& taid :
         {std::string("auth"), std::string("pay"), std::string("pay2"),
          std::string(kUuid), std::string("zoo")}) {
      StoreVersion("bank", taid, "1.0.0");
      Upload(taid);
      AssignToAll(taid);
      Review review;
      review.spid = "bank";
      review.taid = taid;
      review.version = "1.0.0";
      review.submitted_at = clock_.Now();
      OTRP_ASSERT_OK(store_.Submit(review, store::AuditEvent()));
      Install(taid);
    }
  }

  // A token of the bank's for these applications.
  static rpc::CallContext TokenFor(std::vector<std::string> taids) {
    rpc::Identity caller(rpc::CallerKind::kSp, "bank");
    caller.role = rpc::Role::kDeveloper;
    caller.agent = "token/tok_1";
    caller.taids = std::move(taids);
    return rpc::CallContext(caller, "test", "", absl::InfiniteFuture());
  }

  void Upload(const std::string& taid) {
    v1::CreateUploadRequest request;
    request.set_spid("bank");
    request.set_taid(taid);
    request.set_version("2.0.0");
    request.set_size(10);
    request.set_sha256(crypto::Sha256(taid));
    v1::CreateUploadResponse response;
    OTRP_ASSERT_OK(handlers::CreateUpload(bank_, env_, request, response));
  }

  void Install(const std::string& taid) {
    DeviceOutcome outcome;
    outcome.spid = "bank";
    outcome.taid = taid;
    outcome.version = "1.0.0";
    OTRP_ASSERT_OK(rollouts_.Apply({absl::StrCat("batch of ", taid), {outcome}},
                                   clock_.Now()));
  }

  void AssignToAll(const std::string& taid) {
    v1::AssignRequest request;
    request.set_spid("bank");
    request.set_taid(taid);
    request.mutable_target()->set_did(std::string(32, 'd'));
    v1::AssignResponse response;
    OTRP_ASSERT_OK(handlers::Assign(operator_, env_, request, response));
  }

  // All pages of the list, one row each; sorted.
  template <typename Request, typename Response, typename Rows>
  std::vector<std::string> TaidsOf(const rpc::CallContext& call,
                                   absl::Status (*list)(const rpc::CallContext&,
                                                        Env&, const Request&,
                                                        Response&),
                                   Rows rows) {
    std::vector<std::string> taids;
    Request request;
    request.set_page_size(1);
    do {
      Response response;
      OTRP_EXPECT_OK(list(call, env_, request, response));
      // A page that says that there is more isn't empty.
      if (!request.page_token().empty() ||
          !response.next_page_token().empty()) {
        EXPECT_EQ(rows(response).size(), 1);
      }
      for (const auto& row : rows(response)) taids.push_back(row.taid());
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    std::sort(taids.begin(), taids.end());
    return taids;
  }

  // Of each of the lists.
  std::vector<std::vector<std::string>> Lists(const rpc::CallContext& call) {
    return {
        TaidsOf(call, &handlers::ListApplications,
                [](const auto& r) { return r.applications(); }),
        TaidsOf(call, &handlers::ListUploads,
                [](const auto& r) { return r.uploads(); }),
        TaidsOf(call, &handlers::ListReviews,
                [](const auto& r) { return r.reviews(); }),
        TaidsOf(call, &handlers::ListAssignments,
                [](const auto& r) { return r.assignments(); }),
        TaidsOf(call, &handlers::ListRollouts,
                [](const auto& r) { return r.rollouts(); }),
    };
  }
};

TEST_F(TenancyTest, ATokenForSomeApplicationsSeesNoOthersInLists) {
  for (const auto& list : Lists(TokenFor({"pay", "zoo"}))) {
    EXPECT_THAT(list, ElementsAre("pay", "zoo"));
  }
  for (const auto& list : Lists(TokenFor({"other"}))) {
    EXPECT_THAT(list, IsEmpty());
  }
  for (const auto& list : Lists(TokenFor({}))) {
    EXPECT_THAT(list, ElementsAre(kUuid, "auth", "pay", "pay2", "zoo"));
  }
}

TEST_F(TenancyTest, InListsNamesAreComparedAsInCalls) {
  const std::string upper = absl::AsciiStrToUpper(kUuid);
  for (const auto& list : Lists(TokenFor({upper, "PAY"}))) {
    EXPECT_THAT(list, ElementsAre(kUuid));
  }
  for (const std::string& asked : {upper, std::string(kUuid)}) {
    EXPECT_THAT(
        handlers::TaidFor(TokenFor({upper, "PAY"}), env_, "bank", asked),
        IsOkAndHolds(kUuid));
  }
  for (const char* other : {"pay", "auth"}) {
    EXPECT_THAT(
        handlers::TaidFor(TokenFor({upper, "PAY"}), env_, "bank", other),
        StatusIs(kNotFound));
  }
}

TEST_F(TenancyTest, WhatIsMissingOfAVersionIsNamed) {
  const auto what = [this](const std::string& spid, const std::string& taid,
                           const std::string& version) {
    return handlers::VersionOf(operator_, env_, spid, taid, version).status();
  };
  OTRP_EXPECT_OK(what("bank", "pay", "1"));
  EXPECT_THAT(what("nobody", "pay", "1"),
              StatusIs(kNotFound, ::testing::StartsWith("spid")));
  EXPECT_THAT(what("bank", "other", "1"),
              StatusIs(kNotFound, ::testing::StartsWith("taid")));
  EXPECT_THAT(what("bank", "pay", "3"),
              StatusIs(kNotFound, ::testing::StartsWith("version")));
}

}  // namespace
}  // namespace portal
}  // namespace otrp
