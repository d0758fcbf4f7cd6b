// Sessions of the console in the store.

#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/testing/access_store_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::StatusCode kNotFound = absl::StatusCode::kNotFound;
constexpr absl::StatusCode kPrecondition =
    absl::StatusCode::kFailedPrecondition;
constexpr absl::StatusCode kUnauthenticated =
    absl::StatusCode::kUnauthenticated;

TEST_F(AccessStoreTest, ASessionStandsForItsTokenAndDiesWithIt) {
  AddSp("acme");
  AddMember("acme", "alice", kReleaser);
  Token token = NewToken("tok_1", "acme", kDeveloper, "alice");
  token.taids = {"pay"};
  OTRP_ASSERT_OK(db_.CreateToken(token, Digest("1"), Audit()));
  OTRP_ASSERT_OK(Begin("ses_1", token));
  OTRP_ASSERT_OK_AND_ASSIGN(const AccessStore::SessionUse use,
                            db_.UseSession(Digest("ses_1"), kNow));
  EXPECT_EQ(use.session_id, "ses_1");
  EXPECT_EQ(use.token.id, "tok_1");
  EXPECT_EQ(use.token.role, kDeveloper);
  EXPECT_EQ(use.token.taids, token.taids);
  EXPECT_EQ(use.token.expires_at, kNow + absl::Minutes(30));
  EXPECT_THAT(UseSession("ses_1", kNow + absl::Minutes(30)),
              StatusIs(kUnauthenticated));
  // A session's secret is no token, nor the other way round.
  EXPECT_THAT(Use("ses_1"), StatusIs(kUnauthenticated));
  EXPECT_THAT(UseSession("1"), StatusIs(kUnauthenticated));

  OTRP_ASSERT_OK(db_.RevokeToken("acme", "tok_1", kNow, Audit()));
  EXPECT_THAT(UseSession("ses_1"), StatusIs(kUnauthenticated));
  EXPECT_THAT(Begin("ses_2", token), StatusIs(kUnauthenticated));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto list,
                            db_.ListSessions("acme", kNow, "", 9));
  EXPECT_THAT(list, IsEmpty());
}

TEST_F(AccessStoreTest, ASessionDiesWithItsMemberAndItsAccount) {
  AddSp("acme");
  AddMember("acme", "root", kOwner);
  AddMember("acme", "alice", kOwner);
  const Token alices = NewToken("tok_a", "acme", kOwner, "alice");
  const Token roots = NewToken("tok_r", "acme", kOwner, "root");
  OTRP_ASSERT_OK(db_.CreateToken(alices, Digest("a"), Audit()));
  OTRP_ASSERT_OK(db_.CreateToken(roots, Digest("r"), Audit()));
  OTRP_ASSERT_OK(Begin("ses_a", alices));
  OTRP_ASSERT_OK(Begin("ses_r", roots));
  OTRP_ASSERT_OK(db_.SetMemberRole("acme", "alice", kAuditor, Audit()));
  OTRP_ASSERT_OK_AND_ASSIGN(const AccessStore::SessionUse use,
                            db_.UseSession(Digest("ses_a"), kNow));
  EXPECT_EQ(use.token.role, kAuditor);
  OTRP_ASSERT_OK(db_.RemoveMember("acme", "alice", kNow, Audit()));
  EXPECT_THAT(UseSession("ses_a"), StatusIs(kUnauthenticated));
  OTRP_EXPECT_OK(UseSession("ses_r"));
  OTRP_ASSERT_OK(db_.SetState("acme", kSuspended, "x", Audit()));
  EXPECT_THAT(UseSession("ses_r"), StatusIs(kUnauthenticated));
  EXPECT_THAT(Begin("ses_2", roots), StatusIs(kPrecondition));
  OTRP_ASSERT_OK(db_.SetState("acme", kActive, "", Audit()));
  OTRP_EXPECT_OK(UseSession("ses_r"));
  OTRP_ASSERT_OK(db_.Close("acme", "x", kNow, Audit()));
  EXPECT_THAT(UseSession("ses_r"), StatusIs(kUnauthenticated));
}

TEST_F(AccessStoreTest, ASessionBegunWhileItsTokenIsRevokedIsDeadToo) {
  AddSp("acme");
  AddMember("acme", "alice", kOwner);
  for (int i = 0; i < 20; ++i) {
    const Token token =
        NewToken(absl::StrCat("tok_", i), "acme", kOwner, "alice");
    OTRP_ASSERT_OK(db_.CreateToken(token, Digest(token.id), Audit()));
    std::thread begin([&] { (void)Begin(absl::StrCat("ses_", i), token); });
    OTRP_EXPECT_OK(db_.RevokeToken("acme", token.id, kNow, Audit()));
    begin.join();
    EXPECT_THAT(UseSession(absl::StrCat("ses_", i)),
                StatusIs(kUnauthenticated));
  }
}

TEST_F(AccessStoreTest, BeyondTheLimitOfATokensSessionsTheOldestEnds) {
  AddSp("acme");
  AddMember("acme", "alice", kOwner);
  const Token token = NewToken("tok_1", "acme", kOwner, "alice");
  OTRP_ASSERT_OK(db_.CreateToken(token, Digest("1"), Audit()));
  for (int i = 0; i <= kMaxLiveSessions; ++i) {
    OTRP_ASSERT_OK(
        Begin(absl::StrCat("ses_", i), token, kNow + absl::Seconds(i)));
  }
  EXPECT_THAT(UseSession("ses_0"), StatusIs(kUnauthenticated));
  OTRP_EXPECT_OK(UseSession("ses_1"));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto list,
                            db_.ListSessions("acme", kNow, "", 99));
  EXPECT_THAT(list, SizeIs(kMaxLiveSessions));
}

TEST_F(AccessStoreTest, SessionsAreListedWithTheirLastUseAndEndOnce) {
  AddSp("acme");
  AddSp("shop");
  AddMember("acme", "alice", kOwner);
  const Token token = NewToken("tok_1", "acme", kOwner, "alice");
  OTRP_ASSERT_OK(db_.CreateToken(token, Digest("1"), Audit()));
  OTRP_ASSERT_OK(Begin("ses_1", token));
  OTRP_ASSERT_OK(Begin("ses_2", token));
  OTRP_ASSERT_OK(UseSession("ses_2"));
  OTRP_ASSERT_OK(UseSession("ses_2", kNow + absl::Seconds(60)));
  OTRP_ASSERT_OK_AND_ASSIGN(auto list,
                            db_.ListSessions("acme", kNow, "ses_1", 9));
  ASSERT_THAT(list, SizeIs(1));
  EXPECT_EQ(list[0].member, "alice");
  EXPECT_EQ(list[0].token_id, "tok_1");
  EXPECT_EQ(list[0].last_used_at, kNow);
  EXPECT_THAT(db_.GetSession("shop", "ses_2", kNow), StatusIs(kNotFound));
  OTRP_ASSERT_OK_AND_ASSIGN(list, db_.ListSessions("shop", kNow, "", 9));
  EXPECT_THAT(list, IsEmpty());
  OTRP_ASSERT_OK(db_.GetSession("acme", "ses_2", kNow));
  OTRP_ASSERT_OK_AND_ASSIGN(Change change,
                            db_.EndSession("ses_2", kNow, Audit()));
  EXPECT_TRUE(change.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(change, db_.EndSession("ses_2", kNow, Audit()));
  EXPECT_FALSE(change.changed);
  EXPECT_THAT(UseSession("ses_2"), StatusIs(kUnauthenticated));
  EXPECT_THAT(db_.GetSession("acme", "ses_2", kNow), StatusIs(kNotFound));
}

TEST_F(AccessStoreTest, SessionsThatAreLongOverAreRemoved) {
  AddSp("acme");
  AddMember("acme", "alice", kOwner);
  const Token token = NewToken("tok_1", "acme", kOwner, "alice");
  OTRP_ASSERT_OK(db_.CreateToken(token, Digest("1"), Audit()));
  OTRP_ASSERT_OK(Begin("ses_1", token));
  const absl::Time end = kNow + absl::Minutes(30);
  OTRP_ASSERT_OK_AND_ASSIGN(int64_t removed,
                            db_.PurgeSessions(end, absl::Seconds(1)));
  EXPECT_EQ(removed, 0);
  OTRP_ASSERT_OK_AND_ASSIGN(
      removed, db_.PurgeSessions(end + absl::Seconds(1), absl::Seconds(1)));
  EXPECT_EQ(removed, 1);
}

}  // namespace
}  // namespace portal
}  // namespace otrp
