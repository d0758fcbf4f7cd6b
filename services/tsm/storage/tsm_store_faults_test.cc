// The store while the database fails: what is left of a change, and what comes
// of asking for it again.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/tsm/storage/tsm_store.h"
#include "services/tsm/testing/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using Loss = ::otrp::testing::PostgresProxy::Loss;
using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

absl::StatusOr<NewIdentity> SealedKey() {
  return NewIdentity{"EC", crypto::KeyType::kEcP256, "sealed"};
}

// Each change is lost on its way to the database, or on the way back, and asked
// for again.
class LostCommitTest : public TsmStoreTest,
                       public ::testing::WithParamInterface<Loss> {
 protected:
  bool happened() const { return GetParam() == Loss::kAnswer; }
  void LoseNext() { database_.proxy().LoseNextCommit(GetParam()); }
  ~LostCommitTest() override { EXPECT_EQ(database_.proxy().lost_commits(), 1); }
};

TEST_P(LostCommitTest, AStepIsTakenOnce) {
  OTRP_ASSERT_OK(store_.Commit(Open("tid-1", 'a')));
  LoseNext();
  EXPECT_THAT(store_.Commit(Step("tid-1", 'a')),
              StatusIs(absl::StatusCode::kUnknown));
  // What a caller reads before it asks again.
  OTRP_ASSERT_OK_AND_ASSIGN(LoadedMessage loaded,
                            store_.LoadMessage("tid-1", "rid-1"));
  EXPECT_EQ(loaded.reply.has_value(), happened());
  EXPECT_EQ(loaded.session->expected_rid, happened() ? "rid-2" : "rid-1");
  EXPECT_THAT(store_.Commit(Step("tid-1", 'a')), IsOkAndHolds(!happened()));
  EXPECT_THAT(actions(), ElementsAre("session.open", "session.step"));
}

TEST_P(LostCommitTest, AnEventIsAppliedOnce) {
  const Assignment event{"bank", "wallet", AllDevices(), true};
  LoseNext();
  EXPECT_THAT(store_.ApplyEvent("e1", event, Audit("assign")),
              StatusIs(absl::StatusCode::kUnknown));
  EXPECT_THAT(store_.ApplyEvent("e1", event, Audit("assign")),
              IsOkAndHolds(!happened()));
  EXPECT_THAT(actions(), ElementsAre("assign"));
}

TEST_P(LostCommitTest, AKeyIsKeptOnce) {
  LoseNext();
  EXPECT_THAT(store_.EnsureIdentityKey(crypto::KeyType::kEcP256, SealedKey,
                                       Audit("key")),
              StatusIs(absl::StatusCode::kUnknown));
  OTRP_EXPECT_OK(store_.EnsureIdentityKey(crypto::KeyType::kEcP256, SealedKey,
                                          Audit("key")));
  EXPECT_THAT(store_.LoadIdentities(), IsOkAndHolds(SizeIs(1)));
  EXPECT_THAT(actions(), ElementsAre("key"));
}

TEST_P(LostCommitTest, ACertificateWithItsStaplesIsSavedOnce) {
  OTRP_ASSERT_OK(store_.EnsureIdentityKey(crypto::KeyType::kEcP256, SealedKey,
                                          Audit("key")));
  const auto save = [&] {
    return store_.SaveIdentityProof("EC", "", {"PEM", At(100), {"a"}, At(50)},
                                    At(1), Audit("cert"));
  };
  LoseNext();
  EXPECT_THAT(save(), StatusIs(absl::StatusCode::kUnknown));
  EXPECT_THAT(save(), IsOkAndHolds(!happened()));
  OTRP_ASSERT_OK_AND_ASSIGN(auto identities, store_.LoadIdentities());
  EXPECT_EQ(identities.at(0).chain_pem, "PEM");
  EXPECT_THAT(identities.at(0).staples, ElementsAre("a"));
  EXPECT_THAT(actions(), ElementsAre("key", "cert"));
}

TEST_P(LostCommitTest, MembersJoinOnce) {
  const auto add = [&] {
    return store_.AddGroupMembers("beta", {Did('a'), Did('b')}, Audit("add"));
  };
  LoseNext();
  EXPECT_THAT(add(), StatusIs(absl::StatusCode::kUnknown));
  OTRP_EXPECT_OK(add());
  OTRP_ASSERT_OK_AND_ASSIGN(auto groups, store_.ListGroups());
  ASSERT_THAT(groups, SizeIs(1));
  EXPECT_EQ(groups[0].members, 2);
}

TEST_P(LostCommitTest, MembersLeaveOnce) {
  OTRP_ASSERT_OK(
      store_.AddGroupMembers("beta", {Did('a'), Did('b')}, Audit("add")));
  const auto remove = [&] {
    return store_.RemoveGroupMembers("beta", {Did('a')}, Audit("remove"));
  };
  LoseNext();
  EXPECT_THAT(remove(), StatusIs(absl::StatusCode::kUnknown));
  OTRP_EXPECT_OK(remove());
  OTRP_ASSERT_OK_AND_ASSIGN(auto groups, store_.ListGroups());
  EXPECT_EQ(groups.at(0).members, 1);
}

TEST_P(LostCommitTest, TasksAreForgottenOnce) {
  SessionCommit open = Open("tid-1", 'a');
  open.devices[0].tasks = {{"InstallTA a", TaskState::kGivenUp, 5,
                            absl::nullopt, "ERR_TA_INVALID", ""}};
  OTRP_ASSERT_OK(store_.Commit(open));
  LoseNext();
  EXPECT_THAT(store_.ForgetTasks(Did('a'), Audit("retry")),
              StatusIs(absl::StatusCode::kUnknown));
  EXPECT_THAT(store_.ForgetTasks(Did('a'), Audit("retry")),
              IsOkAndHolds(happened() ? 0 : 1));
  OTRP_ASSERT_OK_AND_ASSIGN(DeviceDetails device, store_.GetDevice(Did('a')));
  EXPECT_THAT(device.tasks, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Losses, LostCommitTest,
                         ::testing::Values(Loss::kRequest, Loss::kAnswer),
                         [](const ::testing::TestParamInfo<Loss>& info) {
                           return info.param == Loss::kRequest ? "Request"
                                                               : "Answer";
                         });

TEST_F(TsmStoreTest, WhatCannotBeAuditedIsNotDone) {
  OTRP_ASSERT_OK(store_.EnsureIdentityKey(crypto::KeyType::kEcP256, SealedKey,
                                          Audit("key")));
  OTRP_ASSERT_OK(store_.AddGroupMembers("beta", {Did('a')}, Audit("add")));
  SessionCommit open = Open("tid-1", 'a');
  open.devices[0].tasks = {{"InstallTA a", TaskState::kGivenUp, 5,
                            absl::nullopt, "ERR_TA_INVALID", ""}};
  OTRP_ASSERT_OK(store_.Commit(open));
  OTRP_ASSERT_OK(database_.superuser().Run([](store::Tx& tx) {
    return tx.ExecScript(R"sql(
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN RAISE EXCEPTION ''the audit log is full''; END';
      CREATE TRIGGER refuse BEFORE INSERT ON audit_event
        EXECUTE FUNCTION refuse()
    )sql");
  }));
  const std::vector<std::pair<const char*, std::function<absl::Status()>>>
      changes = {
          {"open", [&] { return store_.Commit(Open("tid-2", 'b')).status(); }},
          {"step", [&] { return store_.Commit(Step("tid-1", 'a')).status(); }},
          {"event",
           [&] {
             const Assignment event{"bank", "wallet", AllDevices(), true};
             return store_.ApplyEvent("e1", event, Audit("x")).status();
           }},
          {"key",
           [&] {
             return store_.EnsureIdentityKey(
                 crypto::KeyType::kRsa,
                 []() -> absl::StatusOr<NewIdentity> {
                   return NewIdentity{"RSA", crypto::KeyType::kRsa, "sealed"};
                 },
                 Audit("x"));
           }},
          {"certificate",
           [&] {
             return store_
                 .SaveIdentityProof("EC", "", {"PEM", At(9), {}, At(9)}, At(1),
                                    Audit("x"))
                 .status();
           }},
          {"join",
           [&] { return store_.AddGroupMembers("b", {Did('b')}, Audit("x")); }},
          {"leave",
           [&] {
             return store_.RemoveGroupMembers("beta", {Did('a')}, Audit("x"));
           }},
          {"tasks",
           [&] { return store_.ForgetTasks(Did('a'), Audit("x")).status(); }},
      };
  for (const auto& [what, change] : changes) {
    EXPECT_THAT(change(), StatusIs(absl::StatusCode::kInternal)) << what;
  }
  EXPECT_THAT(store_.GetSession("tid-2"),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(store_.GetSession("tid-1")->first.version, 1);
  OTRP_ASSERT_OK_AND_ASSIGN(auto identities, store_.LoadIdentities());
  ASSERT_THAT(identities, SizeIs(1));
  EXPECT_EQ(identities[0].chain_pem, "");
  OTRP_ASSERT_OK_AND_ASSIGN(auto groups, store_.ListGroups());
  ASSERT_THAT(groups, SizeIs(1));
  EXPECT_EQ(groups[0].members, 1);
  OTRP_ASSERT_OK_AND_ASSIGN(DeviceDetails device, store_.GetDevice(Did('a')));
  EXPECT_THAT(device.tasks, SizeIs(1));
  OTRP_ASSERT_OK_AND_ASSIGN(
      store::Row wishes,
      database_.superuser().Query1("SELECT count(*) FROM desired_ta"));
  EXPECT_EQ(wishes.Raw(0), "0");
}

TEST_F(TsmStoreTest, WithoutTheDatabaseEverythingIsUnavailable) {
  database_.proxy().SetReachable(false);
  EXPECT_THAT(store_.Commit(Open("tid-1", 'a')),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(store_.LoadMessage("tid-1", "rid-1"),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(store_.AddGroupMembers("b", {Did('b')}, Audit("x")),
              StatusIs(absl::StatusCode::kUnavailable));
  database_.proxy().SetReachable(true);
  EXPECT_THAT(store_.Commit(Open("tid-1", 'a')), IsOkAndHolds(true));
}

}  // namespace
}  // namespace tsm
}  // namespace otrp
