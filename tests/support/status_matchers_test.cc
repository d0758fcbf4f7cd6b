#include "tests/support/status_matchers.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace otrp {
namespace testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(StatusMatchersTest, TellOkFromError) {
  EXPECT_THAT(absl::OkStatus(), IsOk());
  EXPECT_THAT(absl::StatusOr<int>(1), IsOk());
  EXPECT_THAT(absl::StatusOr<int>(absl::NotFoundError("x")), Not(IsOk()));
}

TEST(StatusMatchersTest, HoldCodeAndMessageAgainstTheStatus) {
  const absl::Status status = absl::NotFoundError("no such sp");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound, HasSubstr("such")));
  EXPECT_THAT(status, Not(StatusIs(absl::StatusCode::kInternal)));
  EXPECT_THAT(status,
              Not(StatusIs(absl::StatusCode::kNotFound, HasSubstr("other"))));
}

TEST(StatusMatchersTest, LookAtTheValue) {
  const absl::StatusOr<std::string> value("abc");
  EXPECT_THAT(value, IsOkAndHolds("abc"));
  EXPECT_THAT(value, IsOkAndHolds(HasSubstr("b")));
  EXPECT_THAT(value, Not(IsOkAndHolds("abd")));
  EXPECT_THAT(absl::StatusOr<std::string>(absl::UnknownError("")),
              Not(IsOkAndHolds("abc")));
}

}  // namespace
}  // namespace testing
}  // namespace otrp
