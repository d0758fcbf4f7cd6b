#include "libs/rpc/field_error.h"

#include "gtest/gtest.h"
#include "otrp/common/v1/common.pb.h"
#include "otrp/tsm/v1/tsm.pb.h"

namespace otrp {
namespace rpc {
namespace {

TEST(FieldErrorTest, AnErrorBeginsWithItsField) {
  EXPECT_EQ(FieldMust("page_size", "be 0 to 1000"),
            absl::InvalidArgumentError("page_size: must be 0 to 1000"));
  EXPECT_EQ(FieldIs("csr_der", "too long"),
            absl::InvalidArgumentError("csr_der: is too long"));
}

TEST(FieldErrorTest, AClientFindsTheFieldWithItsElement) {
  const auto& groups = *tsm::v1::AddGroupMembersRequest::descriptor();
  EXPECT_EQ(FieldOf("group: must be short", groups), "group");
  EXPECT_EQ(FieldOf("dids[3]: must be 32 octets", groups), "dids[3]");
}

TEST(FieldErrorTest, AOneofIsAField) {
  EXPECT_EQ(FieldOf("event: must be set", *tsm::v1::ApplyRequest::descriptor()),
            "event");
}

TEST(FieldErrorTest, WhatOnlyLooksLikeAFieldIsNone) {
  const auto& list = *common::v1::ListAuditEventsRequest::descriptor();
  for (const char* other :
       {"", ":", ": must", "page_size", "page_size:must", "database: is away",
        "Page_size: must be 0 to 1000", "no page_size: given"}) {
    EXPECT_EQ(FieldOf(other, list), "") << other;
  }
}

}  // namespace
}  // namespace rpc
}  // namespace otrp
