#include "libs/rpc/revocation_view.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace rpc {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

constexpr auto kRefused = absl::StatusCode::kUnauthenticated;
const Identity kAlice(CallerKind::kOperator, "alice");
const Identity kTsm(CallerKind::kService, "tsm");

TEST(RevocationViewTest, WhatIsRevokedStaysSoHoweverMuchComes) {
  RevocationView view;
  EXPECT_THAT(view.Check("1a", kAlice), IsOk());
  for (int i = 0; i < 10000; ++i) {
    view.Add({absl::StrCat(i, "a"), absl::StrCat(i, "b")});
  }
  view.Add({});
  for (int i = 0; i < 10000; ++i) {
    ASSERT_THAT(view.Check(absl::StrCat(i, "a"), kAlice),
                StatusIs(kRefused, HasSubstr("revoked")));
    ASSERT_THAT(view.Check(absl::StrCat(i, "c"), kAlice), IsOk());
  }
  EXPECT_THAT(view.Check("7b", kTsm), StatusIs(kRefused));
}

TEST(RevocationViewTest, TheDenyListIsTheLastOneAndLiftsNoRevocation) {
  RevocationView view;
  view.Add({"1a"});
  view.SetDenied({"1a", "2b", "otrp://operator/alice"});
  EXPECT_THAT(view.Check("9f", kAlice),
              StatusIs(kRefused, HasSubstr("denied")));
  EXPECT_THAT(view.Check("2b", kTsm), StatusIs(kRefused, HasSubstr("denied")));
  EXPECT_THAT(view.Check("9f", kTsm), IsOk());
  view.SetDenied({"2b"});
  EXPECT_THAT(view.Check("9f", kAlice), IsOk());
  EXPECT_THAT(view.Check("2b", kTsm), StatusIs(kRefused));
  view.SetDenied({});
  EXPECT_THAT(view.Check("2b", kTsm), IsOk());
  EXPECT_THAT(view.Check("1a", kTsm), StatusIs(kRefused));
}

TEST(RevocationViewTest, WhoeverComesByTheFrontIsDeniedByName) {
  RevocationView view;
  Identity member(CallerKind::kSp, "bank");
  member.agent = "member/alice";
  EXPECT_THAT(view.CheckDelegated(member), IsOk());
  view.SetDenied({"otrp://sp/bank/member/alice"});
  EXPECT_THAT(view.CheckDelegated(member), StatusIs(kRefused));
  EXPECT_THAT(view.CheckDelegated({CallerKind::kSp, "bank"}), IsOk());
  view.SetDenied({"otrp://sp/bank"});
  EXPECT_THAT(view.CheckDelegated(member), StatusIs(kRefused));
  EXPECT_THAT(view.CheckDelegated({CallerKind::kSp, "shop"}), IsOk());
}

TEST(RevocationViewTest, WhileItIsStalePeopleWaitAndServicesWork) {
  RevocationView view;
  view.SetStale(true);
  EXPECT_THAT(view.Check("9f", kAlice),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(view.Check("9f", {CallerKind::kSp, "bank"}),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(view.Check("9f", kTsm), IsOk());
  view.SetStale(false);
  EXPECT_THAT(view.Check("9f", kAlice), IsOk());
}

TEST(RevocationViewTest, ReadersNeverMissWhatWasThereBeforeThey) {
  RevocationView view;
  std::atomic<int> added{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  std::atomic<int> missed{0};
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      while (!stop) {
        const int last = added.load();
        if (last > 0 && view.Check(absl::StrCat(last), kAlice).ok()) ++missed;
      }
    });
  }
  for (int i = 1; i <= 20000; ++i) {
    view.Add({absl::StrCat(i)});
    added = i;
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(missed, 0);
}

}  // namespace
}  // namespace rpc
}  // namespace otrp
