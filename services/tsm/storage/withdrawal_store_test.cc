#include "services/tsm/storage/withdrawal_store.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/tsm/testing/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::otrp::testing::IsOkAndHolds;

class WithdrawalStoreTest : public TsmStoreTest {
 protected:
  Verdict VerdictOf(char c) {
    return store_.GetDevice(Did(c)).value().device.verdict.value();
  }
  SessionState StateOf(const std::string& tid) {
    return store_.GetSession(tid).value().first.state;
  }

  WithdrawalStore withdrawals_{database_.pool()};
};

TEST_F(WithdrawalStoreTest, AWithdrawnDeviceIsServedNoMoreNorInOpenSessions) {
  OTRP_ASSERT_OK(store_.Commit(Open("tid-1", 'a')));
  OTRP_ASSERT_OK(store_.Commit(Open("tid-2", 'b')));
  EXPECT_THAT(withdrawals_.Applied(), IsOkAndHolds(0));
  EXPECT_THAT(withdrawals_.Apply(
                  {{7, Did('a'), At(5), "tee-withdrawn", "it's \"1.0\""},
                   {9, Did('c'), At(5), "tee-withdrawn", "unknown here"}}),
              IsOkAndHolds(1));
  EXPECT_THAT(withdrawals_.Applied(), IsOkAndHolds(9));
  EXPECT_EQ(VerdictOf('a'), Verdict::kRefused);
  EXPECT_EQ(StateOf("tid-1"), SessionState::kRefused);
  EXPECT_EQ(VerdictOf('b'), Verdict::kAccepted);
  EXPECT_EQ(StateOf("tid-2"), SessionState::kOpen);
  // A step that was under way.
  EXPECT_THAT(store_.Commit(Step("tid-1", 'a')), IsOkAndHolds(false));
  EXPECT_EQ(StateOf("tid-1"), SessionState::kRefused);
  EXPECT_EQ(actions().back(), "device.withdraw");
}

TEST_F(WithdrawalStoreTest, WhoHasAttestedSinceStaysAndNothingComesTwice) {
  OTRP_ASSERT_OK(store_.Commit(Open("tid-1", 'a')));
  // Attested at 1.
  EXPECT_THAT(withdrawals_.Apply({{3, Did('a'), At(0), "tee-denied", ""}}),
              IsOkAndHolds(0));
  EXPECT_EQ(VerdictOf('a'), Verdict::kAccepted);
  // Another replica has had them.
  EXPECT_THAT(withdrawals_.Apply({{2, Did('a'), At(5), "tee-denied", ""}}),
              IsOkAndHolds(0));
  EXPECT_EQ(VerdictOf('a'), Verdict::kAccepted);
  EXPECT_THAT(withdrawals_.Applied(), IsOkAndHolds(3));
}

}  // namespace
}  // namespace tsm
}  // namespace otrp
