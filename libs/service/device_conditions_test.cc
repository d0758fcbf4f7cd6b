#include "libs/service/device_conditions.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace service {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

common::v1::DeviceConditions Proto(const std::string& group,
                                   const std::vector<std::string>& labels,
                                   const std::string& vendor,
                                   const std::string& tier) {
  common::v1::DeviceConditions proto;
  proto.set_group(group);
  for (const std::string& label : labels) proto.add_labels(label);
  proto.set_tee_vendor(vendor);
  proto.set_min_attestation(tier);
  return proto;
}

DeviceConditions Text(const std::string& text) {
  const auto conditions = DeviceConditions::FromText(text);
  EXPECT_TRUE(conditions.has_value()) << text;
  return conditions.value_or(DeviceConditions());
}

TEST(DeviceConditionsTest, EqualOnesHaveOneText) {
  const auto conditions =
      DeviceConditions::FromProto(Proto("eu", {"site=b", "pilot=yes", "site=b"},
                                        "acme", "firmware-verified"),
                                  "d");
  OTRP_ASSERT_OK(conditions);
  EXPECT_EQ(conditions->ToText(),
            "group:eu label:pilot=yes label:site=b vendor:acme "
            "tier:firmware-verified");
  EXPECT_EQ(conditions->count(), 5);
  EXPECT_EQ(Text(conditions->ToText()), *conditions);
  common::v1::DeviceConditions back;
  conditions->ToProto(back);
  const auto again = DeviceConditions::FromProto(back, "d");
  OTRP_ASSERT_OK(again);
  EXPECT_EQ(*again, *conditions);
}

TEST(DeviceConditionsTest, WhatIsWrongIsNamed) {
  struct Case {
    common::v1::DeviceConditions proto;
    const char* error;
  };
  for (const Case& c : std::vector<Case>{
           {Proto("", {}, "", ""), "t.devices: must have a condition"},
           {Proto("all", {}, "", ""), "t.devices.group: must"},
           {Proto("a b", {}, "", ""), "t.devices.group: must"},
           {Proto("", {"a=b", "pilot"}, "", ""), "t.devices.labels[1]: must"},
           {Proto("", {"=x"}, "", ""), "t.devices.labels[0]: must"},
           {Proto("", {"x="}, "", ""), "t.devices.labels[0]: must"},
           {Proto("", {"x=y=z"}, "", ""), "t.devices.labels[0]: must"},
           {Proto("", {"x=y vendor:acme"}, "", ""),
            "t.devices.labels[0]: must"},
           {Proto("", std::vector<std::string>(9, "a=b"), "", ""),
            "t.devices.labels: must be 8 at most"},
           {Proto("", {}, "a/b", ""), "t.devices.tee_vendor: must"},
           {Proto("", {}, "", "none"), "t.devices.min_attestation: must"},
           {Proto("", {}, "", "gold"), "t.devices.min_attestation: must"}}) {
    EXPECT_THAT(DeviceConditions::FromProto(c.proto, "t.devices"),
                StatusIs(kInvalid, HasSubstr(c.error)));
  }
}

TEST(DeviceConditionsTest, OtherTextsAreNotRead) {
  for (const char* text :
       {"", "all", "group:", "label:b=1 label:a=1", "vendor:x group:eu",
        "group:eu ", "tier:none", "tier:gold", "group:a group:b",
        "group:eu moon:full"}) {
    EXPECT_FALSE(DeviceConditions::FromText(text).has_value()) << text;
  }
}

// Whoever is granted some devices reaches these and no others.
TEST(DeviceConditionsTest, FewerConditionsCoverMoreAndNeverTheOtherWayRound) {
  struct Case {
    const char* granted;
    const char* wanted;
    bool covered;
  };
  for (const Case& c : std::vector<Case>{
           {"label:pilot=yes", "label:pilot=yes", true},
           {"label:pilot=yes", "group:eu label:pilot=yes vendor:acme", true},
           {"label:pilot=yes", "label:pilot=yes label:site=b", true},
           {"label:pilot=yes label:site=b", "label:pilot=yes", false},
           {"label:pilot=yes", "label:pilot=no", false},
           {"label:pilot=yes", "group:eu", false},
           {"group:eu", "group:eu tier:firmware-verified", true},
           {"group:eu", "group:us", false},
           {"vendor:acme", "label:a=b vendor:acme", true},
           {"vendor:acme", "vendor:acme-2", false},
           {"vendor:acme", "label:a=b", false},
           {"tier:tee-authenticated", "tier:firmware-verified", true},
           {"tier:firmware-verified", "tier:tee-authenticated", false},
           {"tier:firmware-verified", "label:a=b", false},
           {"label:a=b tier:firmware-verified", "label:a=b", false},
           {"label:a=b tier:firmware-verified",
            "label:a=b tier:firmware-verified", true}}) {
    EXPECT_EQ(Text(c.granted).Covers(Text(c.wanted)), c.covered)
        << c.granted << " of " << c.wanted;
  }
  EXPECT_TRUE(DeviceConditions().Covers(Text("group:eu")));
  EXPECT_FALSE(Text("group:eu").Covers(DeviceConditions()));
}

TEST(DeviceConditionsTest, AllOfThemMustHoldOfADevice) {
  const DeviceConditions wanted =
      Text("group:eu label:pilot=yes vendor:acme tier:firmware-verified");
  const std::set<std::string> marks = {"group:eu", "group:us",
                                       "label:pilot=yes", "vendor:acme"};
  EXPECT_TRUE(wanted.HoldFor(marks, AttestationTier::kFirmwareVerified));
  EXPECT_FALSE(wanted.HoldFor(marks, AttestationTier::kTeeAuthenticated));
  for (const char* mark : {"group:eu", "label:pilot=yes", "vendor:acme"}) {
    std::set<std::string> fewer = marks;
    fewer.erase(mark);
    EXPECT_FALSE(wanted.HoldFor(fewer, AttestationTier::kFirmwareVerified))
        << mark;
  }
}

}  // namespace
}  // namespace service
}  // namespace otrp
