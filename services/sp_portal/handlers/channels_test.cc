// Versions that go to some devices first: releases and assignments by channel.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/service/names.h"
#include "otrp/portal/v1/pipeline.pb.h"
#include "otrp/portal/v1/portal.pb.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "services/sp_portal/handlers/applications.h"
#include "services/sp_portal/handlers/assignments.h"
#include "services/sp_portal/handlers/entitlements.h"
#include "services/sp_portal/handlers/versions.h"
#include "services/sp_portal/testing/handlers_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr absl::StatusCode kFailed = absl::StatusCode::kFailedPrecondition;

class ChannelsTest : public HandlersFixture {
 protected:
  void SetUp() override {
    AddBank();
    for (const char* version : {"1.1.0", "2.0.0"}) {
      StoreVersion("bank", "pay", version);
    }
  }

  absl::Status Release(const std::string& version, const std::string& channel) {
    v1::ReleaseVersionRequest request;
    request.set_spid("bank");
    request.set_taid("pay");
    request.set_version(version);
    request.set_channel(channel);
    v1::ReleaseVersionResponse response;
    const absl::Status status =
        handlers::ReleaseVersion(bank_, env_, request, response);
    if (status.ok()) {
      EXPECT_EQ(response.channel(), channel.empty() ? "stable" : channel);
    }
    return status;
  }

  absl::Status Assign(const rpc::CallContext& call, const std::string& channel,
                      const std::string& group = "pilot") {
    v1::AssignRequest request;
    request.set_spid("bank");
    request.set_taid("pay");
    request.mutable_target()->set_group(group);
    request.set_channel(channel);
    v1::AssignResponse response;
    return handlers::Assign(call, env_, request, response);
  }

  v1::Application App() {
    v1::ListApplicationsResponse response;
    OTRP_EXPECT_OK(handlers::ListApplications(
        bank_, env_, v1::ListApplicationsRequest(), response));
    EXPECT_EQ(response.applications_size(), 1);
    return response.applications_size() == 1 ? response.applications(0)
                                             : v1::Application();
  }
};

TEST_F(ChannelsTest, AReleaseWithoutAChannelIsStable) {
  OTRP_ASSERT_OK(Release("1.0.0", ""));
  EXPECT_EQ(LastEvent().version_released().channel(), "stable");
  EXPECT_EQ(App().released_version(), "1.0.0");
  EXPECT_EQ(App().beta_version(), "");
  EXPECT_THAT(
      Release("1.1.0", "nightly"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("channel: must")));
}

// A TSM that knew no channels would give the version to everybody.
TEST_F(ChannelsTest, ATsmWithoutChannelsDoesNotTakeABetaForARelease) {
  OTRP_ASSERT_OK(Release("1.0.0", "stable"));
  OTRP_ASSERT_OK(Release("2.0.0", "beta"));
  EXPECT_FALSE(LastEvent().has_version_released());
  EXPECT_EQ(LastEvent().channel_version_released().version(), "2.0.0");
  EXPECT_EQ(LastEvent().channel_version_released().channel(), "beta");
  OTRP_ASSERT_OK(Assign(operator_, "beta"));
  EXPECT_FALSE(LastEvent().has_assignment_changed());
  EXPECT_EQ(LastEvent().channel_assignment_changed().group(), "pilot");
  EXPECT_EQ(LastEvent().channel_assignment_changed().channel(), "beta");
}

TEST_F(ChannelsTest, WhatProvedItselfInBetaGoesToStable) {
  OTRP_ASSERT_OK(Release("1.0.0", ""));
  OTRP_ASSERT_OK(Release("1.1.0", "beta"));
  EXPECT_EQ(App().released_version(), "1.0.0");
  EXPECT_EQ(App().beta_version(), "1.1.0");
  OTRP_ASSERT_OK(Release("1.1.0", "stable"));
  EXPECT_EQ(LastEvent().version_released().version(), "1.1.0");
  EXPECT_EQ(App().released_version(), "1.1.0");
  const size_t messages = Messages().size();
  OTRP_ASSERT_OK(Release("1.1.0", "stable"));
  EXPECT_THAT(Messages(), SizeIs(messages));
}

TEST_F(ChannelsTest, NoReviewInABetaIsNoneInStable) {
  env_.require_review = true;
  EXPECT_THAT(Release("1.0.0", "beta"),
              StatusIs(kFailed, HasSubstr("1.0.0 is draft")));
}

TEST_F(ChannelsTest, BetaIsNeverBehindWhatItsDevicesCouldHave) {
  OTRP_ASSERT_OK(Release("1.1.0", "stable"));
  EXPECT_THAT(Release("1.0.0", "beta"),
              StatusIs(kFailed, HasSubstr("1.0.0 is lower than 1.1.0")));
  OTRP_ASSERT_OK(Release("2.0.0", "beta"));
  EXPECT_THAT(Release("1.1.0", "beta"),
              StatusIs(kFailed, HasSubstr("1.1.0 is lower than 2.0.0")));
  // Stable is repaired while beta is ahead.
  StoreVersion("bank", "pay", "1.1.1");
  OTRP_EXPECT_OK(Release("1.1.1", "stable"));
  EXPECT_THAT(Release("1.0.0", "stable"),
              StatusIs(kFailed, HasSubstr("1.1.1")));
}

TEST_F(ChannelsTest, WhatIsInBetaIsYankedAtTheTsmAndNotDeleted) {
  OTRP_ASSERT_OK(Release("2.0.0", "beta"));
  v1::DeleteVersionRequest remove;
  remove.set_spid("bank");
  remove.set_taid("pay");
  remove.set_version("2.0.0");
  v1::DeleteVersionResponse removed;
  EXPECT_THAT(handlers::DeleteVersion(bank_, env_, remove, removed),
              StatusIs(kFailed, HasSubstr("2.0.0 is released")));
  v1::DeleteApplicationRequest all;
  all.set_spid("bank");
  all.set_taid("pay");
  v1::DeleteApplicationResponse gone;
  EXPECT_THAT(handlers::DeleteApplication(bank_, env_, all, gone),
              StatusIs(kFailed, HasSubstr("2.0.0 is released")));
  v1::YankVersionRequest yank;
  yank.set_spid("bank");
  yank.set_taid("pay");
  yank.set_version("2.0.0");
  yank.set_reason("leaks keys");
  v1::YankVersionResponse yanked;
  OTRP_ASSERT_OK(handlers::YankVersion(bank_, env_, yank, yanked));
  EXPECT_EQ(LastEvent().version_yanked().version(), "2.0.0");
  EXPECT_THAT(Release("2.0.0", "stable"),
              StatusIs(kFailed, HasSubstr("was yanked")));
}

TEST_F(ChannelsTest, AWithdrawalEmptiesBothChannels) {
  OTRP_ASSERT_OK(Release("1.0.0", "stable"));
  OTRP_ASSERT_OK(Release("2.0.0", "beta"));
  v1::WithdrawApplicationRequest request;
  request.set_spid("bank");
  request.set_taid("pay");
  v1::WithdrawApplicationResponse response;
  OTRP_ASSERT_OK(handlers::WithdrawApplication(bank_, env_, request, response));
  EXPECT_EQ(App().released_version(), "");
  EXPECT_EQ(App().beta_version(), "");
  OTRP_ASSERT_OK(Release("2.0.0", "beta"));
  EXPECT_EQ(App().released_version(), "");
  EXPECT_FALSE(App().withdrawn());
}

TEST_F(ChannelsTest, AnAssignmentIsMovedWithinItsEntitlementOnly) {
  EXPECT_THAT(Assign(bank_, "beta"),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       AllOf(HasSubstr("target:"), HasSubstr("operator"))));
  OTRP_ASSERT_OK(Assign(operator_, ""));
  EXPECT_EQ(LastEvent().assignment_changed().channel(), "stable");
  EXPECT_THAT(Assign(bank_, "beta"),
              StatusIs(absl::StatusCode::kPermissionDenied));
  OTRP_ASSERT_OK(Assign(operator_, "beta"));
  const size_t messages = Messages().size();
  OTRP_ASSERT_OK(Assign(operator_, "beta"));
  EXPECT_THAT(Messages(), SizeIs(messages));
  EXPECT_THAT(
      Assign(operator_, "Beta"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("channel:")));
  v1::ListAssignmentsResponse list;
  OTRP_ASSERT_OK(handlers::ListAssignments(bank_, env_,
                                           v1::ListAssignmentsRequest(), list));
  ASSERT_EQ(list.assignments_size(), 1);
  EXPECT_EQ(list.assignments(0).channel(), "beta");
}

}  // namespace
}  // namespace portal
}  // namespace otrp
