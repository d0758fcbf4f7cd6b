// Every code that people meet says what to do, and the pages say the same.

#include "libs/advice/advice.h"

#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/advice/pages.h"
#include "libs/attest/reasons.h"
#include "libs/base/files.h"
#include "libs/protocol/errors.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace advice {
namespace {

using ::testing::HasSubstr;

// A code that stood in two tables would be explained by the first alone.
TEST(AdviceTest, ACodeStandsInOneTableAndIsExplainedByIt) {
  std::set<std::string> seen;
  const auto check = [&](absl::string_view code, absl::string_view advice) {
    EXPECT_TRUE(seen.insert(std::string(code)).second) << code;
    EXPECT_EQ(Of(code), advice) << code;
    EXPECT_EQ(OfError(code), advice) << code;
    EXPECT_TRUE(absl::EndsWith(advice, ".")) << code;
  };
  for (const Row& row : AllTsmCodes()) check(row.code, row.advice);
  for (const Row& row : AllRefusals()) check(row.code, row.advice);
  for (const auto& row : protocol::AllErrors()) check(row.code, row.advice);
  for (const auto& row : attest::AllReasons()) check(row.code, row.meaning);
  EXPECT_EQ(AllTsmCodes().size(), 7u);
  EXPECT_EQ(AllRefusals().size(), 11u);
}

TEST(AdviceTest, WhatFollowsTheCodeDoesntHideIt) {
  EXPECT_EQ(Of("TSM_REQUEST_NOT_POSSIBLE: the image is gone"),
            Of(code::kRequestNotPossible));
}

TEST(AdviceTest, ADevicesOwnInventionHasAnAdviceOnlyWhereItIsAnError) {
  EXPECT_EQ(OfError("ERR_OF_MY_OWN"), protocol::UnknownErrorRow().advice);
  EXPECT_EQ(Of("ERR_OF_MY_OWN"), "");
  EXPECT_EQ(OfError(""), "");
  EXPECT_EQ(Of(""), "");
}

TEST(PagesTest, ThePagesAreTrue) {
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string errors,
                            ReadWholeFile("docs/errors.md"));
  EXPECT_EQ(errors, ErrorsPage()) << "run ./otrp docs";
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string attestation,
                            ReadWholeFile("docs/attestation.md"));
  EXPECT_EQ(attestation, AttestationPage(attestation)) << "run ./otrp docs";
  for (const auto& row : attest::AllReasons()) {
    EXPECT_THAT(attestation, HasSubstr(absl::StrCat("| `", row.code, "` |")));
  }
}

TEST(PagesTest, WhatStandsAroundTheTableStays) {
  const std::string page =
      "before\n<!-- made by ./otrp docs -->\nold\n"
      "<!-- end of what ./otrp docs makes -->\nafter\n";
  const std::string made = AttestationPage(page);
  EXPECT_TRUE(absl::StartsWith(made, "before\n<!--"));
  EXPECT_TRUE(absl::EndsWith(made, "makes -->\nafter\n"));
  EXPECT_FALSE(absl::StrContains(made, "old"));
  EXPECT_EQ(AttestationPage(made), made);
  EXPECT_EQ(AttestationPage("no markers"), "no markers");
}

}  // namespace
}  // namespace advice
}  // namespace otrp
