// What the store promises, in a real PostgreSQL as the run-time role.

#include "services/tsm/storage/tsm_store.h"

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/hex.h"
#include "libs/crypto/hash.h"
#include "services/tsm/domain/words.h"
#include "services/tsm/limits.h"
#include "services/tsm/testing/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kBudget = absl::Seconds(5);

TEST_F(TsmStoreTest, AppliesAnEventOnce) {
  const Assignment event{"bank", "wallet", AllDevices(), true};
  EXPECT_THAT(store_.ApplyEvent("e1", event, Audit("assign")),
              IsOkAndHolds(true));
  EXPECT_THAT(store_.ApplyEvent("e1", event, Audit("assign")),
              IsOkAndHolds(false));
  EXPECT_THAT(actions(), ElementsAre("assign"));
}

TEST_F(TsmStoreTest, WishesFollowReleasesAssignmentsAndWithdrawals) {
  auto desired = [&](char did) {
    auto contexts = store_.LoadDevices({Did(did)});
    EXPECT_TRUE(contexts.ok()) << contexts.status();
    return contexts->at(0).goals.desired;
  };
  Apply(Assignment{"bank", "wallet", OneDevice{Did('a')}, true});
  EXPECT_THAT(desired('a'), IsEmpty()) << "nothing is released";
  ApplyWallet("1.0", "image 1");
  ASSERT_THAT(desired('a'), SizeIs(1));
  EXPECT_EQ(desired('a')[0].version, "1.0");
  EXPECT_EQ(desired('a')[0].current_fingerprint, "");
  EXPECT_EQ(desired('a')[0].signer_fingerprint,
            HexEncode(crypto::Sha256("signer")));
  EXPECT_THAT(desired('b'), IsEmpty());

  Apply(
      SpCertificate{"bank", "Bank", "cert", HexEncode(crypto::Sha256("cert"))});
  EXPECT_EQ(desired('a')[0].current_fingerprint,
            HexEncode(crypto::Sha256("cert")));

  Apply(Assignment{"bank", "wallet", AllDevices(), true});
  EXPECT_THAT(desired('a'), SizeIs(1));
  EXPECT_THAT(desired('b'), SizeIs(1));
  Apply(Assignment{"bank", "wallet", AllDevices(), false});
  EXPECT_THAT(desired('b'), IsEmpty());

  Apply(Assignment{"bank", "wallet", DeviceGroup{"beta"}, true});
  EXPECT_THAT(desired('b'), IsEmpty());
  OTRP_ASSERT_OK(store_.AddGroupMembers("beta", {Did('b')}, Audit("group")));
  EXPECT_THAT(desired('b'), SizeIs(1));
  OTRP_ASSERT_OK(store_.RemoveGroupMembers("beta", {Did('b')}, Audit("group")));
  EXPECT_THAT(desired('b'), IsEmpty());

  ApplyWallet("2.0", "image 2");
  EXPECT_EQ(desired('a')[0].version, "2.0");
  Apply(Withdrawal{"bank", "wallet"});
  EXPECT_THAT(desired('a'), IsEmpty());
  ApplyWallet("2.0", "image 2");
  EXPECT_THAT(desired('a'), SizeIs(1));
}

TEST_F(TsmStoreTest, AReleaseIsNeverChanged) {
  ApplyWallet("1.0", std::string("ima\0ge", 6));
  ApplyWallet("1.0", "another image");
  Apply(Assignment{"bank", "wallet", AllDevices(), true});
  OTRP_ASSERT_OK_AND_ASSIGN(auto contexts, store_.LoadDevices({Did('a')}));
  const int64_t id = contexts[0].goals.desired.at(0).release_id;
  OTRP_ASSERT_OK_AND_ASSIGN(ReleaseImage image, store_.LoadReleaseImage(id));
  EXPECT_EQ(image.image, std::string("ima\0ge", 6));
  EXPECT_EQ(image.personalization, "data");
  EXPECT_THAT(store_.LoadReleaseImage(id + 1000),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(TsmStoreTest, FindsSpCertificatesByFingerprint) {
  Apply(
      SpCertificate{"bank", "Bank", "cert", HexEncode(crypto::Sha256("cert"))});
  ApplyWallet("1.0", "image");
  EXPECT_THAT(store_.LoadSpCertificate(HexEncode(crypto::Sha256("cert"))),
              IsOkAndHolds("cert"));
  EXPECT_THAT(store_.LoadSpCertificate(HexEncode(crypto::Sha256("signer"))),
              IsOkAndHolds("signer"));
  EXPECT_THAT(store_.LoadSpCertificate(HexEncode(crypto::Sha256("none"))),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(TsmStoreTest, GroupsMayHoldDevicesThatWereNeverSeen) {
  OTRP_ASSERT_OK(
      store_.AddGroupMembers("beta", {Did('a'), Did('b')}, Audit("group.add")));
  OTRP_ASSERT_OK(
      store_.AddGroupMembers("beta", {Did('b')}, Audit("group.add")));
  OTRP_ASSERT_OK_AND_ASSIGN(auto groups, store_.ListGroups());
  ASSERT_THAT(groups, SizeIs(1));
  EXPECT_EQ(groups[0].name, "beta");
  EXPECT_EQ(groups[0].members, 2);
  EXPECT_THAT(store_.RemoveGroupMembers("none", {Did('a')}, Audit("x")),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(actions(), ElementsAre("group.add", "group.add"));
}

TEST_F(TsmStoreTest, AnOpenedSessionIsThereWithAllThatCameWithIt) {
  EXPECT_THAT(store_.Commit(Open("tid-1", 'a')), IsOkAndHolds(true));
  OTRP_ASSERT_OK_AND_ASSIGN(LoadedMessage loaded,
                            store_.LoadMessage("tid-1", "rid-1"));
  ASSERT_TRUE(loaded.session.has_value());
  EXPECT_EQ(loaded.session->version, 1);
  EXPECT_EQ(loaded.session->state, SessionState::kOpen);
  EXPECT_EQ(loaded.session->expected_rid, "rid-1");
  EXPECT_EQ(loaded.session->opened_at, At(10));
  EXPECT_EQ(loaded.session->expires_at, At(610));
  EXPECT_THAT(loaded.session->dids, ElementsAre(Did('a')));
  EXPECT_EQ(loaded.messages, 2);
  EXPECT_FALSE(loaded.reply.has_value());
  ASSERT_TRUE(loaded.device.has_value());
  const DeviceContext& context = *loaded.device;
  EXPECT_EQ(context.device.did, Did('a'));
  EXPECT_EQ(context.device.tee_certificate, std::string("cert\0x", 6));
  EXPECT_EQ(context.device.tee_spki, "spki");
  EXPECT_TRUE(context.device.signer_required);
  ASSERT_THAT(context.device.reasons, SizeIs(1));
  EXPECT_EQ(context.device.reasons[0].detail, "it's \"fine\"");
  ASSERT_TRUE(context.state.has_value());
  EXPECT_EQ(context.state->dsi, "{\"dsi\":{}}");
  EXPECT_EQ(context.state->dsihash, crypto::Sha256("x"));
  EXPECT_TRUE(context.state->fresh);
  EXPECT_THAT(
      context.domains,
      ElementsAre(SecurityDomain{
          "bank.sd", "bank", {"aa", "bb"}, {{"card", ""}, {"wallet", "1.0"}}}));
  EXPECT_THAT(actions(), ElementsAre("session.open"));

  OTRP_ASSERT_OK_AND_ASSIGN(loaded, store_.LoadMessage("tid-1", "rid-0"));
  ASSERT_TRUE(loaded.reply.has_value());
  EXPECT_EQ(loaded.reply->message_sha256, crypto::Sha256("message 0"));
  EXPECT_EQ(loaded.reply->reply, std::string("reply\0one", 9));
}

TEST_F(TsmStoreTest, UnknownSessionsLoadAsNothing) {
  OTRP_ASSERT_OK_AND_ASSIGN(LoadedMessage loaded,
                            store_.LoadMessage("none", "rid"));
  EXPECT_FALSE(loaded.session.has_value());
  EXPECT_FALSE(loaded.reply.has_value());
  EXPECT_FALSE(loaded.device.has_value());
}

TEST_F(TsmStoreTest, ASessionOpensOnce) {
  EXPECT_THAT(store_.Commit(Open("tid-1", 'a')), IsOkAndHolds(true));
  SessionCommit other = Open("tid-1", 'b');
  EXPECT_THAT(store_.Commit(other), IsOkAndHolds(false));
  EXPECT_THAT(store_.GetDevice(Did('b')),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(actions(), ElementsAre("session.open"));
}

TEST_F(TsmStoreTest, AStepIsTakenOnceAndOnlyFromTheStateItSaw) {
  OTRP_ASSERT_OK(store_.Commit(Open("tid-1", 'a')));
  struct Case {
    const char* what;
    std::function<void(SessionCommit*)> change;
  };
  for (const Case& c : std::vector<Case>{
           {"another version", [](auto* s) { s->expected_version = 2; }},
           {"another rid", [](auto* s) { s->consumed_rid = "rid-9"; }},
           {"another session", [](auto* s) { s->session.tid = "tid-9"; }}}) {
    SessionCommit step = Step("tid-1", 'a');
    c.change(&step);
    EXPECT_THAT(store_.Commit(step), IsOkAndHolds(false)) << c.what;
  }
  EXPECT_THAT(store_.Commit(Step("tid-1", 'a')), IsOkAndHolds(true));
  EXPECT_THAT(store_.Commit(Step("tid-1", 'a')), IsOkAndHolds(false));
  EXPECT_THAT(actions(), ElementsAre("session.open", "session.step"));
  OTRP_ASSERT_OK_AND_ASSIGN(auto session, store_.GetSession("tid-1"));
  EXPECT_EQ(session.first.version, 2);
  ASSERT_THAT(session.second, SizeIs(3));
  EXPECT_EQ(session.second[2].direction, Direction::kFromDevice);
  EXPECT_EQ(session.second[2].error_code, "ERR");
  EXPECT_EQ(session.second[2].server_us, 1234);
  EXPECT_EQ(session.second[2].at, At(3));
}

TEST_F(TsmStoreTest, OfManyStepsAtOnceOneIsTaken) {
  OTRP_ASSERT_OK(store_.Commit(Open("tid-1", 'a')));
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&, i] {
      SessionCommit step = Step("tid-1", 'a');
      step.reply = absl::StrCat("reply ", i);
      auto result = store_.Commit(step);
      EXPECT_TRUE(result.ok()) << result.status();
      if (result.ok() && *result) ++taken;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken.load(), 1);
  EXPECT_THAT(actions(), ElementsAre("session.open", "session.step"));
}

TEST_F(TsmStoreTest, AStepReplacesWhatADeviceHas) {
  OTRP_ASSERT_OK(store_.Commit(Open("tid-1", 'a')));
  SessionCommit step = Step("tid-1", 'a');
  step.devices[0].domains = std::vector<SecurityDomain>{
      {"bank.sd", "bank", {"bb"}, {{"wallet", "2.0"}}},
      {"shop.sd", "shop", {}, {{"cart", "1"}}}};
  step.devices[0].state = TeeState{
      "new dsi", crypto::Sha256("y"), false, {"CreateSD a", "InstallTA \"b\""}};
  OTRP_ASSERT_OK(store_.Commit(step));
  OTRP_ASSERT_OK_AND_ASSIGN(auto contexts, store_.LoadDevices({Did('a')}));
  EXPECT_THAT(contexts[0].domains,
              ::testing::ElementsAreArray(*step.devices[0].domains));
  EXPECT_EQ(contexts[0].state->dsi, "new dsi");
  EXPECT_FALSE(contexts[0].state->fresh);
  EXPECT_EQ(contexts[0].state->claimed, step.devices[0].state->claimed);
  EXPECT_EQ(contexts[0].device.first_seen, At(1));
  EXPECT_EQ(contexts[0].device.last_seen, At(20));
  EXPECT_EQ(contexts[0].device.tee_name, "Primus TEE");
}

TEST_F(TsmStoreTest, AStepWithoutDomainsKeepsThem) {
  OTRP_ASSERT_OK(store_.Commit(Open("tid-1", 'a')));
  SessionCommit step = Step("tid-1", 'a');
  step.devices[0].domains.reset();
  step.devices[0].state.reset();
  OTRP_ASSERT_OK(store_.Commit(step));
  OTRP_ASSERT_OK_AND_ASSIGN(auto contexts, store_.LoadDevices({Did('a')}));
  EXPECT_THAT(contexts[0].domains, SizeIs(1));
  EXPECT_TRUE(contexts[0].state.has_value());
}

TEST_F(TsmStoreTest, AStepWithNoDomainsLeftRemovesThem) {
  OTRP_ASSERT_OK(store_.Commit(Open("tid-1", 'a')));
  SessionCommit step = Step("tid-1", 'a');
  step.devices[0].domains = std::vector<SecurityDomain>{};
  step.devices[0].state.reset();
  OTRP_ASSERT_OK(store_.Commit(step));
  OTRP_ASSERT_OK_AND_ASSIGN(auto contexts, store_.LoadDevices({Did('a')}));
  EXPECT_THAT(contexts[0].domains, IsEmpty());
  EXPECT_TRUE(contexts[0].state.has_value());
}

TEST_F(TsmStoreTest, AStepThatTellsOnlyThatADeviceWasSeen) {
  OTRP_ASSERT_OK(store_.Commit(Open("tid-1", 'a')));
  SessionCommit step = Step("tid-1", 'a');
  step.messages.clear();
  step.devices = {DeviceUpdate{}};
  step.devices[0].did = Did('a');
  step.devices[0].last_seen = At(30);
  EXPECT_THAT(store_.Commit(step), IsOkAndHolds(true));
  OTRP_ASSERT_OK_AND_ASSIGN(auto contexts, store_.LoadDevices({Did('a')}));
  EXPECT_EQ(contexts[0].device.last_seen, At(30));
  EXPECT_THAT(contexts[0].domains, SizeIs(1));
}

TEST_F(TsmStoreTest, DevicesLoadInTheOrderThatWasAskedFor) {
  OTRP_ASSERT_OK(store_.Commit(Open("tid-1", 'a')));
  OTRP_ASSERT_OK(store_.Commit(Open("tid-2", 'b')));
  OTRP_ASSERT_OK_AND_ASSIGN(auto contexts,
                            store_.LoadDevices({Did('b'), Did('z'), Did('a')}));
  ASSERT_THAT(contexts, SizeIs(3));
  EXPECT_EQ(contexts[0].device.did, Did('b'));
  EXPECT_EQ(contexts[1].device.did, Did('z'));
  EXPECT_FALSE(contexts[1].device.verdict.has_value());
  EXPECT_EQ(contexts[2].device.did, Did('a'));
}

TEST_F(TsmStoreTest, TasksAreKeptReplacedAndCleared) {
  SessionCommit open = Open("tid-1", 'a');
  open.devices[0].tasks = {
      {"InstallTA a", TaskState::kWaiting, 1, At(100), "ERR_TEE_FAIL", ""},
      {"InstallTA b", TaskState::kGivenUp, 5, absl::nullopt, "ERR_TA_INVALID",
       ""}};
  OTRP_ASSERT_OK(store_.Commit(open));
  SessionCommit step = Step("tid-1", 'a');
  step.devices[0].tasks = {
      {"InstallTA a", TaskState::kWaiting, 2, At(200), "ERR_TEE_FAIL", ""}};
  step.devices[0].cleared_tasks = {"InstallTA b", "never there"};
  OTRP_ASSERT_OK(store_.Commit(step));
  OTRP_ASSERT_OK_AND_ASSIGN(DeviceDetails details, store_.GetDevice(Did('a')));
  ASSERT_THAT(details.tasks, SizeIs(1));
  EXPECT_EQ(details.tasks[0].attempts, 2);
  EXPECT_EQ(details.tasks[0].not_before, At(200));
  EXPECT_EQ(details.tasks[0].last_error, "ERR_TEE_FAIL");
  EXPECT_THAT(store_.ForgetTasks(Did('a'), Audit("retry")), IsOkAndHolds(1));
  EXPECT_THAT(store_.ForgetTasks(Did('a'), Audit("retry")), IsOkAndHolds(0));
  EXPECT_THAT(store_.ForgetTasks(Did('z'), Audit("retry")),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(TsmStoreTest, ANewSessionOfADeviceEndsItsOthers) {
  OTRP_ASSERT_OK(store_.Commit(Open("tid-1", 'a')));
  OTRP_ASSERT_OK(store_.Commit(Open("tid-2", 'b')));
  SessionCommit open = Open("tid-3", 'a');
  open.supersedes = {Did('a')};
  OTRP_ASSERT_OK(store_.Commit(open));
  auto state = [&](const char* tid) {
    return store_.GetSession(tid)->first.state;
  };
  EXPECT_EQ(state("tid-1"), SessionState::kSuperseded);
  EXPECT_EQ(store_.LoadMessage("tid-1", "rid")->session->state,
            SessionState::kSuperseded);
  EXPECT_EQ(state("tid-2"), SessionState::kOpen);
  EXPECT_EQ(state("tid-3"), SessionState::kOpen);
  EXPECT_THAT(store_.Commit(Step("tid-1", 'a')), IsOkAndHolds(false));
}

TEST_F(TsmStoreTest, EachEndOfASessionComesBackAndOlderVersionsReadThemToo) {
  for (const auto& row : WordsOf(SessionState())) {
    // Only a newer session of the device ends one so.
    if (row.value == SessionState::kSuperseded) continue;
    const std::string tid = absl::StrCat("tid-", row.word);
    SessionCommit step = Open(tid, 'a');
    step.session.state = row.value;
    OTRP_ASSERT_OK(store_.Commit(step));
    EXPECT_EQ(store_.GetSession(tid)->first.state, row.value);
    OTRP_ASSERT_OK_AND_ASSIGN(
        store::Row stored,
        database_.pool().Query1("SELECT state FROM session WHERE tid = $1",
                                tid));
    std::string state;
    OTRP_ASSERT_OK(stored.Scan(&state));
    EXPECT_EQ(state, row.value == SessionState::kBlocked
                         ? "failed"
                         : std::string(row.word));
  }
}

TEST_F(TsmStoreTest, ListsDevicesPageByPageAndByGroup) {
  OTRP_ASSERT_OK(store_.Commit(Open("tid-1", 'a')));
  OTRP_ASSERT_OK(store_.Commit(Open("tid-2", 'b')));
  OTRP_ASSERT_OK(store_.Commit(Open("tid-3", 'c')));
  OTRP_ASSERT_OK(
      store_.AddGroupMembers("beta", {Did('b'), Did('z')}, Audit("group")));
  OTRP_ASSERT_OK_AND_ASSIGN(auto page, store_.ListDevices({}, "", 2, ""));
  ASSERT_THAT(page, SizeIs(2));
  EXPECT_EQ(page[1].device.did, Did('b'));
  EXPECT_THAT(page[1].groups, ElementsAre("beta"));
  OTRP_ASSERT_OK_AND_ASSIGN(page, store_.ListDevices({}, Did('b'), 2, ""));
  ASSERT_THAT(page, SizeIs(1));
  EXPECT_EQ(page[0].device.did, Did('c'));
  OTRP_ASSERT_OK_AND_ASSIGN(page, store_.ListDevices({}, "", 10, "beta"));
  ASSERT_THAT(page, SizeIs(1));
  EXPECT_EQ(page[0].device.did, Did('b'));
  OTRP_ASSERT_OK_AND_ASSIGN(
      page, store_.ListDevices({Did('b'), Did('c')}, Did('b'), 10, ""));
  ASSERT_THAT(page, SizeIs(1));
  EXPECT_EQ(page[0].device.did, Did('c'));
  OTRP_ASSERT_OK_AND_ASSIGN(auto counts, store_.CountDevices());
  EXPECT_EQ((counts[Verdict::kAccepted]), 3);
}

TEST_F(TsmStoreTest, ListsSessionsNewestFirst) {
  for (int i = 1; i <= 3; ++i) {
    SessionCommit open = Open(absl::StrCat("tid-", i), i == 2 ? 'b' : 'a');
    open.session.opened_at = At(10 + i);
    open.session.last_message_at = At(10 + i);
    OTRP_ASSERT_OK(store_.Commit(open));
  }
  auto tids = [&](absl::optional<SessionCursor> cursor, int limit,
                  const std::string& did) {
    std::vector<std::string> list;
    auto sessions = store_.ListSessions(cursor, limit, did);
    EXPECT_TRUE(sessions.ok()) << sessions.status();
    for (const Session& session : *sessions) list.push_back(session.tid);
    return list;
  };
  EXPECT_THAT(tids(absl::nullopt, 2, ""), ElementsAre("tid-3", "tid-2"));
  EXPECT_THAT(tids(SessionCursor{At(12), "tid-2"}, 2, ""),
              ElementsAre("tid-1"));
  EXPECT_THAT(tids(absl::nullopt, 9, Did('a')), ElementsAre("tid-3", "tid-1"));
  EXPECT_THAT(store_.GetSession("none"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(TsmStoreTest, AnExpiredSessionIsNotOpenBeforeItIsMarkedEither) {
  OTRP_ASSERT_OK(store_.Commit(Open("tid-1", 'a')));
  EXPECT_THAT(store_.CountOpenSessions(At(609)), IsOkAndHolds(1));
  EXPECT_THAT(store_.CountOpenSessions(At(611)), IsOkAndHolds(0));
}

TEST_F(TsmStoreTest, PurgesWhatIsOver) {
  OTRP_ASSERT_OK(store_.Commit(Open("tid-1", 'a')));
  OTRP_ASSERT_OK_AND_ASSIGN(PurgeResult result, store_.Purge(At(609), kBudget));
  EXPECT_EQ(result.sessions_expired, 0);
  EXPECT_EQ(result.replies_removed, 0);
  OTRP_ASSERT_OK_AND_ASSIGN(result, store_.Purge(At(611), kBudget));
  EXPECT_EQ(result.sessions_expired, 1);
  EXPECT_EQ(result.replies_removed, 1);
  EXPECT_EQ(result.sessions_removed, 0);
  EXPECT_EQ(store_.GetSession("tid-1")->first.state, SessionState::kExpired);
  EXPECT_THAT(store_.Commit(Step("tid-1", 'a')), IsOkAndHolds(false));
  OTRP_ASSERT_OK_AND_ASSIGN(result,
                            store_.Purge(At(11) + kKeepSessions, kBudget));
  EXPECT_EQ(result.sessions_removed, 1);
  EXPECT_THAT(store_.GetSession("tid-1"),
              StatusIs(absl::StatusCode::kNotFound));
  OTRP_EXPECT_OK(store_.GetDevice(Did('a')));
}

TEST_F(TsmStoreTest, ABurstOfSessionsIsPurgedInOneRound) {
  OTRP_ASSERT_OK(database_.superuser().ExecOnce(R"sql(
    INSERT INTO session (tid, state, dialect, version, expected_rid, memory,
      opened_at, last_message_at, expires_at)
    SELECT 'tid-' || n, 'open', 'ietf03', 1, 'rid', '{}', $1::timestamptz,
      $1::timestamptz, $1::timestamptz
    FROM generate_series(1, 5500) AS n
  )sql",
                                                At(10)));
  // More than two batches each; time enough for all.
  OTRP_ASSERT_OK_AND_ASSIGN(PurgeResult result,
                            store_.Purge(At(11), absl::Seconds(30)));
  EXPECT_EQ(result.sessions_expired, 5500);
  OTRP_ASSERT_OK_AND_ASSIGN(
      result, store_.Purge(At(11) + kKeepSessions, absl::Seconds(30)));
  EXPECT_EQ(result.sessions_removed, 5500);
}

TEST_F(TsmStoreTest, ForgetsThePortalsEventsWhenTheyAreOld) {
  ApplyWallet("1.0", "image");
  OTRP_ASSERT_OK_AND_ASSIGN(
      PurgeResult result,
      store_.Purge(absl::Now() + kKeepInbox - absl::Hours(1), kBudget));
  EXPECT_EQ(result.events_forgotten, 0);
  OTRP_ASSERT_OK_AND_ASSIGN(
      result, store_.Purge(absl::Now() + kKeepInbox + absl::Hours(1), kBudget));
  EXPECT_EQ(result.events_forgotten, 1);
  EXPECT_THAT(actions(), ElementsAre("catalog")) << "audit events stay";
}

// Whoever writes: a trigger counts.
TEST_F(TsmStoreTest, CountsDevicesThatChangeTheirVerdictOnce) {
  OTRP_ASSERT_OK(store_.Commit(Open("tid-1", 'a')));
  OTRP_ASSERT_OK(store_.Commit(Open("tid-2", 'b')));
  // The same device again, then refused.
  OTRP_ASSERT_OK(store_.Commit(Open("tid-3", 'a')));
  SessionCommit refused = Open("tid-4", 'a');
  refused.devices[0].device->verdict = Verdict::kRefused;
  OTRP_ASSERT_OK(store_.Commit(refused));
  for (int round = 0; round < 2; ++round) {
    OTRP_ASSERT_OK_AND_ASSIGN(auto counts, store_.CountDevices());
    EXPECT_EQ(counts[Verdict::kAccepted], 1);
    EXPECT_EQ(counts[Verdict::kRefused], 1);
  }
  refused.session.tid = "tid-5";
  refused.devices[0].device->verdict = Verdict::kAccepted;
  OTRP_ASSERT_OK(store_.Commit(refused));
  OTRP_ASSERT_OK_AND_ASSIGN(auto counts, store_.CountDevices());
  EXPECT_EQ(counts[Verdict::kAccepted], 2);
  EXPECT_EQ(counts.count(Verdict::kRefused), 0u);
}

TEST_F(TsmStoreTest, AuditsWithoutAnythingElse) {
  OTRP_ASSERT_OK(store_.Audit(Audit("message.refused")));
  EXPECT_THAT(actions(), ElementsAre("message.refused"));
}

}  // namespace
}  // namespace tsm
}  // namespace otrp
