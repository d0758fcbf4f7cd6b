#include "services/tsm/config.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

TEST(ConfigTest, TsmIdIsAnAbsoluteUri) {
  OTRP_EXPECT_OK(CheckTsmId("https://tsm.otrp.example/otrp"));
  OTRP_EXPECT_OK(CheckTsmId("urn:uuid:1"));
  for (const char* bad : {"", "tsm", ":x", "https:", "https://a b", "x:\n"}) {
    EXPECT_THAT(CheckTsmId(bad), StatusIs(absl::StatusCode::kInvalidArgument,
                                          HasSubstr("--tsm_id")))
        << bad;
  }
}

}  // namespace
}  // namespace tsm
}  // namespace otrp
