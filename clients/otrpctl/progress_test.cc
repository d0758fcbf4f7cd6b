#include "clients/otrpctl/progress.h"

#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace otrp::ctl {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int64_t kMiB = 1 << 20;

TEST(ProgressTest, ALineSaysHowFarAndHowFast) {
  EXPECT_EQ(ProgressLine(0, 8 * kMiB, 16 * kMiB, absl::Seconds(2)),
            "[##########          ]  50 %  8.0 of 16.0 MiB  4.0 MiB/s");
  // What had come before a break says nothing about the speed.
  EXPECT_EQ(ProgressLine(8 * kMiB, 16 * kMiB, 16 * kMiB, absl::Seconds(4)),
            "[####################] 100 %  16.0 of 16.0 MiB  2.0 MiB/s");
  EXPECT_EQ(ProgressLine(0, 0, 64 * kMiB, absl::Seconds(1)),
            "[                    ]   0 %  0.0 of 64.0 MiB");
  EXPECT_LE(ProgressLine(0, 64 * kMiB, 64 * kMiB, absl::Microseconds(1)).size(),
            79u);
}

TEST(ProgressTest, TheLineIsWrittenOverAndLeavesNothing) {
  std::ostringstream out;
  {
    Progress progress(0, 2, &out);
    progress.At(1);
    EXPECT_THAT(out.str(), StartsWith("\r"));
    EXPECT_THAT(out.str(), HasSubstr("50 %"));
  }
  EXPECT_THAT(out.str(), EndsWith("\r\033[K"));
}

}  // namespace
}  // namespace otrp::ctl
