#include "libs/base/status_macros.h"

#include <map>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"

namespace otrp {
namespace {

absl::StatusOr<std::unique_ptr<int>> Make(int value) {
  if (value < 0) return absl::OutOfRangeError("negative");
  return std::make_unique<int>(value);
}

absl::StatusOr<int> Sum(int a, int b) {
  OTRP_ASSIGN_OR_RETURN(std::unique_ptr<int> first, Make(a));
  OTRP_ASSIGN_OR_RETURN(auto second, Make(b));
  return *first + *second;
}

absl::Status Check(int a) {
  OTRP_RETURN_IF_ERROR(Make(a));
  OTRP_RETURN_IF_ERROR(absl::OkStatus());
  return absl::OkStatus();
}

absl::StatusOr<int> CommasInTheExpression() {
  auto make = [](int a, int b) -> absl::StatusOr<std::map<int, int>> {
    return std::map<int, int>{{a, b}};
  };
  OTRP_ASSIGN_OR_RETURN(auto map, make(1, 2));
  return map[1];
}

TEST(StatusMacrosTest, ValuesComeThroughAndErrorsReturn) {
  EXPECT_EQ(Sum(1, 2).value(), 3);
  EXPECT_EQ(Sum(1, -2).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Sum(-1, 2).status().message(), "negative");
  EXPECT_TRUE(Check(1).ok());
  EXPECT_FALSE(Check(-1).ok());
  EXPECT_EQ(CommasInTheExpression().value(), 2);
}

}  // namespace
}  // namespace otrp
