// GoogleTest matchers for absl::Status and absl::StatusOr (Debian's Abseil has
// none).
//
//   EXPECT_THAT(status, IsOk());
//   EXPECT_THAT(Parse("x"), StatusIs(absl::StatusCode::kInvalidArgument,
//                                    HasSubstr("member \"tid\"")));
//   EXPECT_THAT(Parse("1"), IsOkAndHolds(1));
//   OTRP_ASSERT_OK_AND_ASSIGN(auto value, Parse("1"));

#ifndef OTRP_TESTS_SUPPORT_STATUS_MATCHERS_H_
#define OTRP_TESTS_SUPPORT_STATUS_MATCHERS_H_

#include <ostream>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace otrp {
namespace testing {
namespace internal {

inline const absl::Status& GetStatus(const absl::Status& status) {
  return status;
}
template <typename T>
const absl::Status& GetStatus(const absl::StatusOr<T>& value) {
  return value.status();
}

class IsOkMatcher {
 public:
  using is_gtest_matcher = void;

  template <typename T>
  bool MatchAndExplain(const T& value,
                       ::testing::MatchResultListener* listener) const {
    const absl::Status& status = GetStatus(value);
    if (!status.ok()) *listener << "whose status is " << status.ToString();
    return status.ok();
  }
  void DescribeTo(std::ostream* os) const { *os << "is OK"; }
  void DescribeNegationTo(std::ostream* os) const { *os << "is not OK"; }
};

class StatusIsMatcher {
 public:
  using is_gtest_matcher = void;

  StatusIsMatcher(::testing::Matcher<absl::StatusCode> code,
                  ::testing::Matcher<const std::string&> message)
      : code_(std::move(code)), message_(std::move(message)) {}

  template <typename T>
  bool MatchAndExplain(const T& value,
                       ::testing::MatchResultListener* listener) const {
    const absl::Status& status = GetStatus(value);
    *listener << "whose status is " << status.ToString();
    return code_.Matches(status.code()) &&
           message_.Matches(std::string(status.message()));
  }
  void DescribeTo(std::ostream* os) const {
    *os << "has a status code that ";
    code_.DescribeTo(os);
    *os << " and a message that ";
    message_.DescribeTo(os);
  }
  void DescribeNegationTo(std::ostream* os) const {
    *os << "not (";
    DescribeTo(os);
    *os << ")";
  }

 private:
  ::testing::Matcher<absl::StatusCode> code_;
  ::testing::Matcher<const std::string&> message_;
};

template <typename Inner>
class IsOkAndHoldsMatcher {
 public:
  using is_gtest_matcher = void;

  explicit IsOkAndHoldsMatcher(Inner inner) : inner_(std::move(inner)) {}

  template <typename T>
  bool MatchAndExplain(const absl::StatusOr<T>& value,
                       ::testing::MatchResultListener* listener) const {
    if (!value.ok()) {
      *listener << "whose status is " << value.status().ToString();
      return false;
    }
    return ::testing::SafeMatcherCast<const T&>(inner_).MatchAndExplain(
        *value, listener);
  }
  void DescribeTo(std::ostream* os) const {
    *os << "is OK and holds the wanted value";
  }
  void DescribeNegationTo(std::ostream* os) const {
    *os << "is not OK or holds another value";
  }

 private:
  Inner inner_;
};

}  // namespace internal

inline internal::IsOkMatcher IsOk() { return {}; }

inline internal::StatusIsMatcher StatusIs(
    ::testing::Matcher<absl::StatusCode> code,
    ::testing::Matcher<const std::string&> message = ::testing::_) {
  return internal::StatusIsMatcher(std::move(code), std::move(message));
}

template <typename Inner>
internal::IsOkAndHoldsMatcher<std::decay_t<Inner>> IsOkAndHolds(Inner&& inner) {
  return internal::IsOkAndHoldsMatcher<std::decay_t<Inner>>(
      std::forward<Inner>(inner));
}

}  // namespace testing
}  // namespace otrp

#define OTRP_ASSERT_OK(expr) ASSERT_THAT((expr), ::otrp::testing::IsOk())
#define OTRP_EXPECT_OK(expr) EXPECT_THAT((expr), ::otrp::testing::IsOk())

#define OTRP_TEST_CONCAT_INNER_(a, b) a##b
#define OTRP_TEST_CONCAT_(a, b) OTRP_TEST_CONCAT_INNER_(a, b)
#define OTRP_ASSERT_OK_AND_ASSIGN(lhs, expr) \
  OTRP_ASSERT_OK_AND_ASSIGN_IMPL_(           \
      OTRP_TEST_CONCAT_(otrp_test_status_or_, __LINE__), lhs, expr)
#define OTRP_ASSERT_OK_AND_ASSIGN_IMPL_(statusor, lhs, expr) \
  auto statusor = (expr);                                    \
  ASSERT_TRUE(statusor.ok()) << statusor.status();           \
  lhs = std::move(statusor).value()

#endif  // OTRP_TESTS_SUPPORT_STATUS_MATCHERS_H_
