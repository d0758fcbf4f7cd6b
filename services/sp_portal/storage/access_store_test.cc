#include "services/sp_portal/storage/access_store.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/service/names.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/testing/access_store_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::StatusCode kNotFound = absl::StatusCode::kNotFound;
constexpr absl::StatusCode kPrecondition =
    absl::StatusCode::kFailedPrecondition;
constexpr absl::StatusCode kUnauthenticated =
    absl::StatusCode::kUnauthenticated;
constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;

// --- Registrations ----------------------------------------------------------

TEST_F(AccessStoreTest, ARegistrationHoldsNoSpidUntilItIsApproved) {
  OTRP_ASSERT_OK(Register("reg_1"));
  OTRP_ASSERT_OK(Register("reg_2"));
  EXPECT_THAT(portal_.GetSp("acme"), StatusIs(kNotFound));
  EXPECT_THAT(Accept("reg_1", "alice"),
              StatusIs(kPrecondition, HasSubstr("waits")));

  OTRP_ASSERT_OK_AND_ASSIGN(Change change, Approve("reg_1"));
  EXPECT_TRUE(change.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(change, Approve("reg_1"));
  EXPECT_FALSE(change.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(const Sp sp, portal_.GetSp("acme"));
  EXPECT_EQ(sp.state, kActive);
  OTRP_EXPECT_OK(Accept("reg_1", "alice"));
  OTRP_ASSERT_OK_AND_ASSIGN(const Member alice, db_.GetMember("acme", "alice"));
  EXPECT_EQ(alice.role, kOwner);

  EXPECT_THAT(Approve("reg_2"), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(Approve("reg_3"), StatusIs(kNotFound));
}

TEST_F(AccessStoreTest, ARejectionIsReadByWhoeverHasTheCodeAndByNobodyElse) {
  OTRP_ASSERT_OK(Register("reg_1"));
  const Decision no{"op", kNow, "not in the trade register"};
  OTRP_ASSERT_OK(db_.RejectRegistration("reg_1", no, Audit()));
  EXPECT_THAT(Accept("reg_1", "alice"),
              StatusIs(kPrecondition, HasSubstr("trade register")));
  EXPECT_THAT(Accept("reg_2", "alice"), StatusIs(kNotFound));
  EXPECT_THAT(Approve("reg_1"), StatusIs(kPrecondition));
  OTRP_ASSERT_OK_AND_ASSIGN(const Change again,
                            db_.RejectRegistration("reg_1", no, Audit()));
  EXPECT_FALSE(again.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(const Registration registration,
                            db_.GetRegistration("reg_1"));
  EXPECT_EQ(registration.decided_by, "op");
  EXPECT_EQ(registration.decided_at, kNow);
}

TEST_F(AccessStoreTest, TheQueueIsListedByStateInTheOrderOfComing) {
  for (const char* id : {"reg_c", "reg_a", "reg_b"}) {
    OTRP_ASSERT_OK(Register(id));
  }
  OTRP_ASSERT_OK(Approve("reg_a"));
  OTRP_ASSERT_OK_AND_ASSIGN(auto list, db_.ListRegistrations("", 0, 2));
  ASSERT_THAT(list, SizeIs(2));
  EXPECT_EQ(list[0].id, "reg_c");
  OTRP_ASSERT_OK_AND_ASSIGN(list, db_.ListRegistrations("", list[1].seq, 2));
  ASSERT_THAT(list, SizeIs(1));
  EXPECT_EQ(list[0].id, "reg_b");
  OTRP_ASSERT_OK_AND_ASSIGN(list, db_.ListRegistrations(kPending, 0, 9));
  ASSERT_THAT(list, SizeIs(2));
  EXPECT_EQ(list[1].id, "reg_b");
}

TEST_F(AccessStoreTest, AFloodOfRegistrationsEndsAtTheHoursLimit) {
  for (int i = 0; i < kMaxRegistrationsPerHour; ++i) {
    OTRP_ASSERT_OK(Register(absl::StrCat("reg_", i)));
  }
  EXPECT_THAT(Register("reg_more"), StatusIs(kExhausted));
  OTRP_EXPECT_OK(Register("reg_later", kNow + absl::Hours(1)));
}

TEST_F(AccessStoreTest, NoMoreRegistrationsWaitThanTheQueueHolds) {
  OTRP_ASSERT_OK(database_.superuser().ExecOnce(R"sql(
      INSERT INTO registration (id, spid, name, contact, state, code_sha256,
                                registered_at)
      SELECT 'reg_' || n, 's', 'n', 'c', 'pending', sha256(n::text::bytea),
             '2020-01-01'
      FROM generate_series(1, $1) AS n
      )sql",
                                                kMaxPendingRegistrations));
  EXPECT_THAT(Register("reg_more"), StatusIs(kExhausted));
}

// --- Accounts ---------------------------------------------------------------

TEST_F(AccessStoreTest, ASuspendedSpsTokensAreDeadAtOnceAndLiveOnAfterIt) {
  AddSp("acme");
  AddMember("acme", "alice", kOwner);
  OTRP_ASSERT_OK(db_.CreateToken(NewToken("tok_ci", "acme", kDeveloper, ""),
                                 Digest("ci"), Audit()));
  OTRP_ASSERT_OK(db_.SetState("acme", kSuspended, "unpaid", Audit()));
  EXPECT_THAT(Use("acme/alice"), StatusIs(kUnauthenticated));
  EXPECT_THAT(Use("ci"), StatusIs(kUnauthenticated));
  EXPECT_THAT(Invite("acme", kOwner, "x"), StatusIs(kPrecondition));
  EXPECT_THAT(db_.CreateToken(NewToken("tok_2", "acme", kDeveloper, ""),
                              Digest("2"), Audit()),
              StatusIs(kPrecondition));
  OTRP_ASSERT_OK(db_.SetState("acme", kActive, "", Audit()));
  OTRP_EXPECT_OK(Use("acme/alice"));
  OTRP_EXPECT_OK(Use("ci"));
  EXPECT_THAT(db_.SetState("nobody", kSuspended, "", Audit()),
              StatusIs(kNotFound));
}

TEST_F(AccessStoreTest, AClosedSpStaysClosedWithItsHistory) {
  AddSp("acme");
  AddMember("acme", "alice", kOwner);
  OTRP_ASSERT_OK(Invite("acme", kDeveloper, "open"));
  Release("acme");
  EXPECT_THAT(db_.Close("acme", "bye", kNow, Audit()),
              StatusIs(kPrecondition, HasSubstr("pay")));
  OTRP_ASSERT_OK(database_.superuser().ExecOnce(
      "UPDATE app SET released_version = NULL, beta_version = '1.1'"));
  EXPECT_THAT(db_.Close("acme", "bye", kNow, Audit()),
              StatusIs(kPrecondition, HasSubstr("pay")));
  OTRP_ASSERT_OK(
      database_.superuser().ExecOnce("UPDATE app SET beta_version = NULL"));
  OTRP_ASSERT_OK(db_.Close("acme", "bye", kNow, Audit()));
  OTRP_ASSERT_OK_AND_ASSIGN(const Change again,
                            db_.Close("acme", "bye", kNow, Audit()));
  EXPECT_FALSE(again.changed);
  EXPECT_THAT(Use("acme/alice"), StatusIs(kUnauthenticated));
  EXPECT_THAT(Accept("open", "bob"), StatusIs(kNotFound));
  EXPECT_THAT(db_.SetState("acme", kActive, "", Audit()),
              StatusIs(kPrecondition));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto tokens,
                            db_.ListTokens("acme", true, kNow, "", 9));
  ASSERT_THAT(tokens, SizeIs(1));
  EXPECT_EQ(tokens[0].revoked_at, kNow);
}

// --- Members ----------------------------------------------------------------

TEST_F(AccessStoreTest, ACodeWorksOnceInItsTimeAndUntilItIsRevoked) {
  AddSp("acme");
  OTRP_ASSERT_OK(Invite("acme", kReleaser, "once"));
  OTRP_ASSERT_OK(Accept("once", "alice"));
  EXPECT_THAT(Accept("once", "bob"), StatusIs(kNotFound));

  OTRP_ASSERT_OK(Invite("acme", kReleaser, "late"));
  EXPECT_THAT(Accept("late", "bob", kNow + absl::Hours(1)),
              StatusIs(kNotFound));

  OTRP_ASSERT_OK(Invite("acme", kReleaser, "revoked"));
  EXPECT_THAT(db_.RevokeInvitation("shop", "inv_revoked", kNow, Audit()),
              StatusIs(kNotFound));
  OTRP_ASSERT_OK(db_.RevokeInvitation("acme", "inv_revoked", kNow, Audit()));
  EXPECT_THAT(Accept("revoked", "bob"), StatusIs(kNotFound));
  EXPECT_THAT(db_.RevokeInvitation("acme", "inv_revoked", kNow, Audit()),
              StatusIs(kNotFound));

  OTRP_ASSERT_OK_AND_ASSIGN(const auto open,
                            db_.ListInvitations("acme", kNow, "", 9));
  ASSERT_THAT(open, SizeIs(1));
  EXPECT_EQ(open[0].id, "inv_late");
}

TEST_F(AccessStoreTest, OfTwoWhoUseOneCodeAtOnceOneBecomesAMember) {
  AddSp("acme");
  OTRP_ASSERT_OK(Invite("acme", kReleaser, "code"));
  OTRP_ASSERT_OK_AND_ASSIGN(const Invitation invitation,
                            db_.FindInvitation(Digest("code"), kNow));
  std::vector<absl::Status> results(4);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < results.size(); ++i) {
    threads.emplace_back([&, i] {
      const std::string name = absl::StrCat("m", i);
      results[i] = db_.AcceptInvitation(
          invitation.id, NewToken("tok_" + name, "acme", kReleaser, name),
          Digest(name), Audit());
    });
  }
  for (std::thread& thread : threads) thread.join();
  int ok = 0;
  for (const absl::Status& result : results) ok += result.ok() ? 1 : 0;
  EXPECT_EQ(ok, 1);
  OTRP_ASSERT_OK_AND_ASSIGN(const auto members, db_.ListMembers("acme", "", 9));
  EXPECT_THAT(members, SizeIs(1));
}

TEST_F(AccessStoreTest, AMembersNameIsTakenAndItsCodeStaysGood) {
  AddSp("acme");
  AddMember("acme", "alice", kOwner);
  OTRP_ASSERT_OK(Invite("acme", kReleaser, "code"));
  EXPECT_THAT(Accept("code", "alice"),
              StatusIs(absl::StatusCode::kAlreadyExists));
  OTRP_EXPECT_OK(Accept("code", "bob"));
}

TEST_F(AccessStoreTest, TheLastOwnerCanNeitherGoNorBecomeLess) {
  AddSp("acme");
  AddMember("acme", "alice", kOwner);
  AddMember("acme", "bob", kReleaser);
  EXPECT_THAT(db_.RemoveMember("acme", "alice", kNow, Audit()),
              StatusIs(kPrecondition, HasSubstr("last owner")));
  EXPECT_THAT(db_.SetMemberRole("acme", "alice", kAuditor, Audit()),
              StatusIs(kPrecondition));
  OTRP_ASSERT_OK(db_.SetMemberRole("acme", "bob", kOwner, Audit()));
  OTRP_ASSERT_OK(db_.RemoveMember("acme", "alice", kNow, Audit()));
  EXPECT_THAT(db_.RemoveMember("acme", "bob", kNow, Audit()),
              StatusIs(kPrecondition));
}

TEST_F(AccessStoreTest, OfTwoOwnersWhoRemoveEachOtherAtOnceOneStays) {
  for (int round = 0; round < 5; ++round) {
    const std::string spid = absl::StrCat("acme", round);
    AddSp(spid);
    AddMember(spid, "alice", kOwner);
    AddMember(spid, "bob", kOwner);
    std::thread other(
        [&] { (void)db_.RemoveMember(spid, "bob", kNow, Audit()); });
    (void)db_.RemoveMember(spid, "alice", kNow, Audit());
    other.join();
    OTRP_ASSERT_OK_AND_ASSIGN(const auto left, db_.ListMembers(spid, "", 9));
    EXPECT_THAT(left, SizeIs(1));
  }
}

TEST_F(AccessStoreTest, ARemovedMembersTokensDontComeBackWithHisName) {
  AddSp("acme");
  AddMember("acme", "root", kOwner);
  AddMember("acme", "alice", kOwner);
  OTRP_ASSERT_OK(db_.CreateToken(NewToken("tok_a", "acme", kOwner, "alice"),
                                 Digest("a"), Audit()));
  OTRP_ASSERT_OK(db_.RemoveMember("acme", "alice", kNow, Audit()));
  EXPECT_THAT(Use("acme/alice"), StatusIs(kUnauthenticated));
  EXPECT_THAT(Use("a"), StatusIs(kUnauthenticated));
  EXPECT_THAT(db_.CreateToken(NewToken("tok_b", "acme", kOwner, "alice"),
                              Digest("b"), Audit()),
              StatusIs(kUnauthenticated));
  // Another alice.
  OTRP_ASSERT_OK(Invite("acme", kDeveloper, "again"));
  OTRP_ASSERT_OK_AND_ASSIGN(const Invitation invitation,
                            db_.FindInvitation(Digest("again"), kNow));
  OTRP_ASSERT_OK(db_.AcceptInvitation(
      invitation.id, NewToken("tok_new", "acme", kDeveloper, "alice"),
      Digest("new"), Audit()));
  EXPECT_THAT(Use("a"), StatusIs(kUnauthenticated));
  OTRP_EXPECT_OK(Use("new"));
}

TEST_F(AccessStoreTest, MembersAreListedByNameOfTheirTenantOnly) {
  AddSp("acme");
  AddSp("shop");
  AddMember("acme", "bob", kOwner);
  AddMember("acme", "alice", kAuditor);
  AddMember("shop", "carol", kOwner);
  AddMember(kOperatorsSide, "dave", kApprover);
  OTRP_ASSERT_OK_AND_ASSIGN(auto list, db_.ListMembers("acme", "", 1));
  ASSERT_THAT(list, SizeIs(1));
  EXPECT_EQ(list[0].name, "alice");
  OTRP_ASSERT_OK_AND_ASSIGN(list, db_.ListMembers("acme", "alice", 9));
  ASSERT_THAT(list, SizeIs(1));
  EXPECT_EQ(list[0].name, "bob");
  OTRP_ASSERT_OK_AND_ASSIGN(list, db_.ListMembers(kOperatorsSide, "", 9));
  ASSERT_THAT(list, SizeIs(1));
  EXPECT_EQ(list[0].role, kApprover);
}

TEST_F(AccessStoreTest, OpenInvitationsHaveALimit) {
  AddSp("acme");
  for (int i = 0; i < kMaxOpenInvitations; ++i) {
    OTRP_ASSERT_OK(Invite("acme", kOwner, absl::StrCat(i)));
  }
  EXPECT_THAT(Invite("acme", kOwner, "more"), StatusIs(kExhausted));
}

// --- Tokens -----------------------------------------------------------------

TEST_F(AccessStoreTest, ATokenIsReadBackAsItWasMade) {
  AddSp("acme");
  Token token = NewToken("tok_1", "acme", kDeveloper, "");
  token.taids = {"pay", "7C2D5A0E-93E1-4B6A-8F0D-1E2A3B4C5D6E"};
  OTRP_ASSERT_OK(db_.CreateToken(token, Digest("1"), Audit()));
  OTRP_ASSERT_OK_AND_ASSIGN(const Token used, db_.UseToken(Digest("1"), kNow));
  EXPECT_EQ(used.id, "tok_1");
  EXPECT_EQ(used.role, kDeveloper);
  EXPECT_EQ(used.taids, token.taids);
  EXPECT_EQ(AgentOf(used), "token/tok_1");
  EXPECT_EQ(used.expires_at, token.expires_at);
}

TEST_F(AccessStoreTest, UnknownExpiredAndRevokedAreOneAnswer) {
  AddSp("acme");
  OTRP_ASSERT_OK(db_.CreateToken(NewToken("tok_1", "acme", kDeveloper, ""),
                                 Digest("1"), Audit()));
  const absl::Status unknown = Use("2");
  EXPECT_THAT(unknown, StatusIs(kUnauthenticated));
  EXPECT_EQ(Use("1", kNow + absl::Hours(1)), unknown);
  EXPECT_THAT(db_.GetToken("shop", "tok_1"), StatusIs(kNotFound));
  OTRP_ASSERT_OK_AND_ASSIGN(Change change,
                            db_.RevokeToken("shop", "tok_1", kNow, Audit()));
  EXPECT_FALSE(change.changed);
  OTRP_EXPECT_OK(Use("1"));
  OTRP_ASSERT_OK_AND_ASSIGN(change,
                            db_.RevokeToken("acme", "tok_1", kNow, Audit()));
  EXPECT_TRUE(change.changed);
  EXPECT_EQ(Use("1"), unknown);
}

TEST_F(AccessStoreTest, AMembersTokenIsNeverMoreThanHeIsNow) {
  AddSp("acme");
  AddMember("acme", "root", kOwner);
  AddMember("acme", "alice", kOwner);
  OTRP_ASSERT_OK(db_.CreateToken(NewToken("tok_1", "acme", kReleaser, "alice"),
                                 Digest("1"), Audit()));
  OTRP_ASSERT_OK(db_.SetMemberRole("acme", "alice", kDeveloper, Audit()));
  OTRP_ASSERT_OK_AND_ASSIGN(Token token, db_.UseToken(Digest("1"), kNow));
  EXPECT_EQ(token.role, kDeveloper);
  OTRP_ASSERT_OK(db_.SetMemberRole("acme", "alice", kOwner, Audit()));
  OTRP_ASSERT_OK_AND_ASSIGN(token, db_.UseToken(Digest("1"), kNow));
  EXPECT_EQ(token.role, kReleaser);
}

TEST_F(AccessStoreTest, TheLastUseIsWrittenOnceAMinute) {
  AddSp("acme");
  OTRP_ASSERT_OK(db_.CreateToken(NewToken("tok_1", "acme", kDeveloper, ""),
                                 Digest("1"), Audit()));
  const auto last = [&] { return db_.GetToken("acme", "tok_1")->last_used_at; };
  EXPECT_EQ(last(), absl::nullopt);
  OTRP_ASSERT_OK(Use("1", kNow));
  EXPECT_EQ(last(), kNow);
  OTRP_ASSERT_OK(Use("1", kNow + absl::Seconds(60)));
  EXPECT_EQ(last(), kNow);
  OTRP_ASSERT_OK(Use("1", kNow + absl::Seconds(61)));
  EXPECT_EQ(last(), kNow + absl::Seconds(61));
}

TEST_F(AccessStoreTest, TheTokenOfAnAgentIsItsOwnWhileItIsGood) {
  AddSp("acme");
  AddSp("shop");
  AddMember("acme", "alice", kOwner);
  OTRP_ASSERT_OK(
      db_.CreateToken(NewToken("tok_prog", "acme", kDeveloper, "alice"),
                      Digest("prog"), Audit()));
  Token own = NewToken("tok_own", "acme", kOwner, "alice");
  own.personal = true;
  OTRP_ASSERT_OK(db_.CreateToken(own, Digest("own"), Audit()));
  const auto id = [this](const std::string& tenant, const std::string& agent,
                         absl::Time now = kNow) -> std::string {
    const auto found = db_.FindTokenOf(tenant, agent, now);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() && found->has_value() ? (*found)->id : "none";
  };
  EXPECT_EQ(id("acme", "token/tok_prog"), "tok_prog");
  EXPECT_EQ(id("shop", "token/tok_prog"), "none");
  EXPECT_EQ(id("acme", "member/alice"), "tok_own");
  EXPECT_EQ(id("acme", "token/tok_own"), "none");
  EXPECT_EQ(id("acme", "member/bob"), "none");
  EXPECT_EQ(id("acme", "ci/build"), "none");
  EXPECT_EQ(id("acme", "token/tok_prog", kNow + absl::Hours(24 * 365)), "none");
  OTRP_ASSERT_OK(db_.RevokeToken("acme", "tok_prog", kNow, Audit()));
  EXPECT_EQ(id("acme", "token/tok_prog"), "none");
}

TEST_F(AccessStoreTest, LiveTokensHaveALimitAndDeadOnesDontCount) {
  AddSp("acme");
  for (int i = 0; i < kMaxLiveTokens; ++i) {
    OTRP_ASSERT_OK(db_.CreateToken(
        NewToken(absl::StrCat("tok_", i), "acme", kDeveloper, ""),
        Digest(absl::StrCat(i)), Audit()));
  }
  const Token more = NewToken("tok_more", "acme", kDeveloper, "");
  EXPECT_THAT(db_.CreateToken(more, Digest("more"), Audit()),
              StatusIs(kExhausted));
  OTRP_ASSERT_OK(db_.RevokeToken("acme", "tok_1", kNow, Audit()));
  OTRP_EXPECT_OK(db_.CreateToken(more, Digest("more"), Audit()));
  OTRP_ASSERT_OK_AND_ASSIGN(auto list,
                            db_.ListTokens("acme", false, kNow, "", 999));
  EXPECT_THAT(list, SizeIs(kMaxLiveTokens));
  OTRP_ASSERT_OK_AND_ASSIGN(
      list, db_.ListTokens("acme", false, kNow + absl::Hours(1), "", 9));
  EXPECT_THAT(list, IsEmpty());
  OTRP_ASSERT_OK_AND_ASSIGN(list, db_.ListTokens("acme", true, kNow, "", 999));
  EXPECT_THAT(list, SizeIs(kMaxLiveTokens + 1));
}

}  // namespace
}  // namespace portal
}  // namespace otrp
