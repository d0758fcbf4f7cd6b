#include "services/attestation_verifier/storage/reference_store.h"

#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "services/attestation_verifier/storage/verifier_store.h"
#include "tests/support/lock_waiters.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace verifier {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

class ReferenceStoreTest : public ::testing::Test {
 protected:
  AppraisalRecord Device(char did, const std::string& version) {
    AppraisalRecord record;
    record.did = std::string(32, did);
    record.at = kNow;
    record.accepted = true;
    record.proved = true;
    record.claims.tee_anchor = "oem";
    record.claims.tee_name = "T";
    record.claims.tee_version = version;
    return record;
  }

  absl::Status Put(const std::string& name, ReferenceState state) {
    return store_.Change(
        name,
        [&](const absl::optional<StoredReference>&)
            -> absl::StatusOr<absl::optional<StoredReference>> {
          StoredReference value;
          value.name = name;
          value.state = state;
          value.tee = {"oem", "T", "1"};
          value.changed_at = kNow;
          value.changed_by = "alice";
          return absl::make_optional(value);
        },
        store::AuditEvent());
  }

  testing::ServiceDatabase database_{
      {"verifier", "services/attestation_verifier/storage/migrations"}};
  VerifierStore verifier_{database_.pool()};
  ReferenceStore store_{database_.pool()};
};

TEST_F(ReferenceStoreTest, AWithdrawalIsNumberedWhenThoseBeforeItAreCommitted) {
  OTRP_ASSERT_OK(verifier_.AddAppraisals({Device('a', "1"), Device('b', "2")}));
  const std::vector<attest::Reason> reasons = {{"tee-withdrawn", "it's bad"}};
  std::vector<std::thread> refusing;
  std::vector<absl::Status> refused(2);
  OTRP_ASSERT_OK(database_.superuser().Run([&](store::Tx& tx) -> absl::Status {
    // Holds back both before they write a withdrawal.
    OTRP_RETURN_IF_ERROR(
        tx.Exec("LOCK TABLE withdrawal IN SHARE MODE").status());
    for (size_t i = 0; i < refused.size(); ++i) {
      refusing.emplace_back([&, i] {
        refused[i] =
            store_.Refuse({"oem", "T", i == 0 ? "1" : "2"}, reasons, 4, kNow, 2)
                .status();
      });
    }
    OTRP_RETURN_IF_ERROR(testing::AwaitLockWaiters(database_.pool(), 2));
    OTRP_ASSIGN_OR_RETURN(const store::Row row, tx.Exec1(R"sql(
        SELECT count(*) FROM pg_locks
        WHERE NOT granted AND locktype = 'advisory'
          AND database = (SELECT oid FROM pg_database
                          WHERE datname = current_database())
        )sql"));
    EXPECT_EQ(row.Raw(0), "1") << "both may draw their ids";
    return absl::OkStatus();
  }));
  for (std::thread& thread : refusing) thread.join();
  for (const absl::Status& status : refused) OTRP_EXPECT_OK(status);
  OTRP_ASSERT_OK_AND_ASSIGN(const std::vector<StoredWithdrawal> told,
                            store_.Withdrawals(0, 10));
  EXPECT_EQ(told.size(), 2u);
}

TEST_F(ReferenceStoreTest, DevicesAreRefusedByTheirTeeAndToldInTheirOrder) {
  OTRP_ASSERT_OK(verifier_.AddAppraisals({Device('a', "1"), Device('b', "1"),
                                          Device('c', "1"), Device('d', "2")}));
  OTRP_ASSERT_OK_AND_ASSIGN(std::vector<TeeOfDevices> tees,
                            store_.AcceptedTees({}, 10));
  ASSERT_EQ(tees.size(), 2u);
  EXPECT_EQ(tees[0].anchor, "oem");
  EXPECT_EQ(tees[0].tee_version, "1");
  OTRP_ASSERT_OK_AND_ASSIGN(tees, store_.AcceptedTees(tees[0], 10));
  ASSERT_EQ(tees.size(), 1u);
  EXPECT_EQ(tees[0].tee_version, "2");
  const TeeOfDevices one = {"oem", "T", "1"};
  EXPECT_THAT(store_.CountAccepted(one), IsOkAndHolds(3));
  const std::vector<attest::Reason> reasons = {{"tee-withdrawn", "it's bad"}};
  EXPECT_THAT(store_.Refuse(one, reasons, 4, kNow, 2), IsOkAndHolds(2));
  EXPECT_THAT(store_.Refuse(one, reasons, 4, kNow, 2), IsOkAndHolds(1));
  EXPECT_THAT(store_.Refuse(one, reasons, 4, kNow, 2), IsOkAndHolds(0));
  EXPECT_THAT(store_.CountAccepted(one), IsOkAndHolds(0));
  EXPECT_THAT(store_.CountAccepted({"oem", "T", "2"}), IsOkAndHolds(1));
  OTRP_ASSERT_OK_AND_ASSIGN(const std::vector<StoredWithdrawal> told,
                            store_.Withdrawals(0, 10));
  ASSERT_EQ(told.size(), 3u);
  EXPECT_LT(told[0].id, told[1].id);
  EXPECT_EQ(told[0].code, "tee-withdrawn");
  EXPECT_EQ(told[0].detail, "it's bad");
  EXPECT_EQ(told[0].at, kNow);
  OTRP_ASSERT_OK_AND_ASSIGN(const auto device,
                            verifier_.GetDevice(std::string(32, 'a')));
  EXPECT_FALSE(device->accepted);
  EXPECT_EQ(device->policy_version, 4);
  EXPECT_EQ(device->reasons[0].code, "tee-withdrawn");
}

TEST_F(ReferenceStoreTest, SubmittedOnesDecideNothingAndAllHaveAHistory) {
  OTRP_ASSERT_OK_AND_ASSIGN(const int64_t before, store_.Version());
  OTRP_ASSERT_OK(Put("a", ReferenceState::kSubmitted));
  OTRP_ASSERT_OK(Put("b", ReferenceState::kActive));
  OTRP_ASSERT_OK(Put("b", ReferenceState::kInactive));
  OTRP_ASSERT_OK_AND_ASSIGN(const ReferenceList list, store_.Load());
  EXPECT_EQ(list.version, before + 3);
  ASSERT_EQ(list.values.size(), 1u);
  EXPECT_EQ(list.values[0].name, "b");
  EXPECT_EQ(list.values[0].state, ReferenceState::kInactive);
  OTRP_ASSERT_OK_AND_ASSIGN(const auto all, store_.List("", 10));
  ASSERT_EQ(all.size(), 2u);
  OTRP_ASSERT_OK_AND_ASSIGN(const auto behind, store_.List("a", 10));
  EXPECT_EQ(behind.size(), 1u);
  OTRP_ASSERT_OK_AND_ASSIGN(const auto history, store_.History("b"));
  ASSERT_EQ(history.size(), 2u);
  EXPECT_EQ(history[1].state, ReferenceState::kActive);
  EXPECT_THAT(store_.Get("c").status(),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("name: ")));
}

}  // namespace
}  // namespace verifier
}  // namespace otrp
