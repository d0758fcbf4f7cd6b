// Which devices a service provider may reach: entitlements and assignments by
// conditions.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "otrp/portal/v1/entitlements.pb.h"
#include "otrp/portal/v1/portal.pb.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "services/sp_portal/handlers/assignments.h"
#include "services/sp_portal/handlers/entitlements.h"
#include "services/sp_portal/testing/handlers_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr auto kDenied = absl::StatusCode::kPermissionDenied;

v1::Target Group(const std::string& name) {
  v1::Target target;
  target.set_group(name);
  return target;
}

v1::Target Labelled(const std::string& label, const std::string& tier = "") {
  v1::Target target;
  target.mutable_devices()->add_labels(label);
  target.mutable_devices()->set_min_attestation(tier);
  return target;
}

class ReachTest : public HandlersFixture {
 protected:
  void SetUp() override {
    AddBank();
    OTRP_ASSERT_OK(Create("shop", "Shop AG"));
  }

  absl::StatusOr<std::string> Grant(const std::string& spid,
                                    const v1::Target& target) {
    v1::GrantEntitlementRequest request;
    request.set_spid(spid);
    *request.mutable_target() = target;
    v1::GrantEntitlementResponse response;
    const absl::Status status =
        handlers::GrantEntitlement(operator_, env_, request, response);
    if (!status.ok()) return status;
    return response.entitlement().entitlement_id();
  }

  int64_t Revoke(const std::string& id) {
    v1::RevokeEntitlementRequest request;
    request.set_spid("bank");
    request.set_entitlement_id(id);
    v1::RevokeEntitlementResponse response;
    OTRP_EXPECT_OK(
        handlers::RevokeEntitlement(operator_, env_, request, response));
    return response.assignments_left();
  }

  absl::Status Assign(const rpc::CallContext& call, const v1::Target& target) {
    v1::AssignRequest request;
    request.set_spid("bank");
    request.set_taid("pay");
    *request.mutable_target() = target;
    v1::AssignResponse response;
    return handlers::Assign(call, env_, request, response);
  }
};

TEST_F(ReachTest, AnSpReachesThoseThatItWasGrantedAndPartsOfThem) {
  OTRP_ASSERT_OK(Grant("bank", Labelled("pilot=yes", "firmware-verified")));
  OTRP_EXPECT_OK(Assign(bank_, Labelled("pilot=yes", "firmware-verified")));
  EXPECT_EQ(LastEvent().assignment_changed().devices().labels(0), "pilot=yes");
  EXPECT_EQ(LastEvent().assignment_changed().devices().min_attestation(),
            "firmware-verified");
  v1::Target part = Labelled("pilot=yes", "firmware-verified");
  part.mutable_devices()->set_group("eu");
  part.mutable_devices()->set_tee_vendor("acme");
  OTRP_EXPECT_OK(Assign(bank_, part));

  const size_t messages = Messages().size();
  v1::Target all;
  all.set_all_devices(true);
  v1::Target one;
  one.set_did(std::string(32, 'd'));
  v1::Target vendor;
  vendor.mutable_devices()->set_tee_vendor("acme");
  for (const v1::Target& target :
       {all, one, vendor, Group("eu"), Labelled("pilot=yes"),
        Labelled("pilot=yes", "tee-authenticated"),
        Labelled("pilot=no", "firmware-verified")}) {
    EXPECT_THAT(Assign(bank_, target),
                StatusIs(kDenied, AllOf(HasSubstr("target: \"bank\" has no "),
                                        HasSubstr("an operator grants one"))))
        << target.ShortDebugString();
  }
  EXPECT_THAT(Messages(), SizeIs(messages));
  // An operator needs none.
  OTRP_EXPECT_OK(Assign(operator_, Labelled("pilot=no")));
}

TEST_F(ReachTest, AnothersEntitlementIsNobodyElses) {
  OTRP_ASSERT_OK(Grant("shop", Labelled("pilot=yes")));
  EXPECT_THAT(Assign(bank_, Labelled("pilot=yes")), StatusIs(kDenied));
  EXPECT_THAT(Assign(shop_, Labelled("pilot=yes")),
              StatusIs(absl::StatusCode::kNotFound));
  v1::ListEntitlementsRequest request;
  request.set_spid("shop");
  v1::ListEntitlementsResponse response;
  EXPECT_THAT(handlers::ListEntitlements(bank_, env_, request, response),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(ReachTest, WhatIsRevokedCoversNoPartAnyMoreAndTellsWhatIsLeft) {
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string id,
                            Grant("bank", Labelled("pilot=yes")));
  OTRP_ASSERT_OK(Assign(bank_, Labelled("pilot=yes")));
  OTRP_ASSERT_OK(Assign(bank_, Labelled("pilot=yes", "tee-authenticated")));
  OTRP_ASSERT_OK(Assign(operator_, Labelled("pilot=no")));
  EXPECT_EQ(Revoke(id), 2);
  EXPECT_THAT(Assign(bank_, Labelled("pilot=yes", "firmware-verified")),
              StatusIs(kDenied));
}

// The same devices in two ways of writing are one target, granted once.
TEST_F(ReachTest, AGroupAloneIsAGroupHoweverItIsWritten) {
  v1::Target group;
  group.mutable_devices()->set_group("eu");
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string first, Grant("bank", group));
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string second,
                            Grant("bank", Group("eu")));
  EXPECT_EQ(first, second);
  OTRP_ASSERT_OK(Assign(bank_, Group("eu")));
  EXPECT_EQ(LastEvent().assignment_changed().group(), "eu");
  const size_t messages = Messages().size();
  OTRP_ASSERT_OK(Assign(bank_, group));
  EXPECT_THAT(Messages(), SizeIs(messages));
}

TEST_F(ReachTest, WrongConditionsAreNamedByTheirMember) {
  v1::Target target;
  target.mutable_devices();
  EXPECT_THAT(Grant("bank", target),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("target.devices: must have a condition")));
  target.mutable_devices()->add_labels("pilot");
  EXPECT_THAT(Assign(operator_, target),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("target.devices.labels[0]: must")));
}

TEST_F(ReachTest, ConditionsAreListedAndTakenBackAsTheyWereGiven) {
  const v1::Target target = Labelled("pilot=yes", "firmware-verified");
  OTRP_ASSERT_OK(Assign(operator_, target));
  v1::ListAssignmentsResponse list;
  OTRP_ASSERT_OK(handlers::ListAssignments(operator_, env_,
                                           v1::ListAssignmentsRequest(), list));
  ASSERT_EQ(list.assignments_size(), 1);
  EXPECT_EQ(list.assignments(0).target().SerializeAsString(),
            target.SerializeAsString());
  v1::UnassignRequest request;
  request.set_spid("bank");
  request.set_taid("pay");
  *request.mutable_target() = target;
  v1::UnassignResponse response;
  OTRP_ASSERT_OK(handlers::Unassign(bank_, env_, request, response));
  EXPECT_FALSE(LastEvent().assignment_changed().assigned());
  EXPECT_EQ(LastEvent().assignment_changed().devices().labels(0), "pilot=yes");
}

}  // namespace
}  // namespace portal
}  // namespace otrp
