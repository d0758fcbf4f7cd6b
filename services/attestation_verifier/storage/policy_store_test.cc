#include "services/attestation_verifier/storage/policy_store.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/attestation_verifier/storage/verifier_store.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace verifier {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::ServiceDatabase;
using ::otrp::testing::StatusIs;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

class PolicyStoreTest : public ::testing::Test {
 protected:
  int64_t Tested(const attest::PolicyScope& scope, const std::string& by) {
    PolicyDraft draft;
    draft.scope = scope;
    draft.policy.tee_rules = {{"Alpha*", "", true}};
    draft.created_by = by;
    draft.created_at = kNow;
    const int64_t id = store_.AddDraft(draft, store::AuditEvent()).value();
    EXPECT_TRUE(store_
                    .Take(id, {DraftState::kTested, by, kNow, "tried"},
                          store::AuditEvent())
                    .ok());
    return id;
  }

  absl::StatusOr<PolicyDraft> Activate(int64_t id, const std::string& by,
                                       bool two_people = false) {
    return store_.Activate(id, 0, two_people,
                           {DraftState::kActivated, by, kNow},
                           store::AuditEvent());
  }

  ServiceDatabase database_{
      {"verifier", "services/attestation_verifier/storage/migrations"}};
  PolicyStore store_{database_.pool()};
};

TEST_F(PolicyStoreTest, AnActivatedDraftIsAVersionOfItsScopeAndNoOther) {
  EXPECT_THAT(store_.Version(), IsOkAndHolds(1));
  const int64_t id = Tested({"bank", "oem"}, "otrp://operator/alice");
  OTRP_ASSERT_OK_AND_ASSIGN(PolicyDraft draft, Activate(id, "bob"));
  EXPECT_EQ(draft.version, 1);
  OTRP_ASSERT_OK_AND_ASSIGN(ScopedPolicyList list, store_.Load());
  EXPECT_EQ(list.version, 2);
  ASSERT_EQ(list.policies.size(), 1u);
  EXPECT_EQ(list.policies[0].policy.scope.spid, "bank");
  EXPECT_EQ(list.policies[0].policy.scope.anchor, "oem");
  EXPECT_EQ(list.policies[0].set_by, "bob");
  EXPECT_TRUE(list.policies[0].policy.policy.tee_rules[0].deny);
  // The base has its own numbers.
  VerifierStore base(database_.pool());
  EXPECT_EQ(base.LoadPolicy()->version, 0);
  OTRP_ASSERT_OK_AND_ASSIGN(draft, Activate(Tested({}, "alice"), "bob"));
  EXPECT_EQ(draft.version, 1);
  EXPECT_EQ(base.LoadPolicy()->version, 1);
  EXPECT_EQ(store_.Load()->version, 2);
  EXPECT_EQ(store_.ListDrafts(0, 10)->size(), 2u);
  EXPECT_EQ(store_.ListDrafts(draft.id, 10)->at(0).id, id);
  OTRP_ASSERT_OK_AND_ASSIGN(const std::vector<DraftStep> steps,
                            store_.History(id));
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[1].detail, "tried");
  EXPECT_EQ(steps[2].by, "bob");
}

TEST_F(PolicyStoreTest, OneOfTheAuthorsPeopleIsNoSecondPerson) {
  const int64_t id = Tested({"bank", ""}, "otrp://operator/alice");
  for (const char* by :
       {"otrp://operator/alice", "otrp://operator/alice/ann"}) {
    EXPECT_THAT(Activate(id, by, true),
                StatusIs(absl::StatusCode::kPermissionDenied));
  }
  OTRP_EXPECT_OK(Activate(id, "otrp://operator/alicent", true).status());
}

TEST_F(PolicyStoreTest, TheWayBackIsTheScopesOwn) {
  const attest::PolicyScope oem = {"", "oem"};
  OTRP_ASSERT_OK(Activate(Tested(oem, "alice"), "bob").status());
  EXPECT_THAT(store_.RollBack({"bank", ""}, 1, 0, kNow, store::AuditEvent()),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store_.RollBack(oem, 0, 1, kNow, store::AuditEvent()),
              IsOkAndHolds(2));
  EXPECT_EQ(store_.Load()->policies.size(), 0u);
  EXPECT_THAT(store_.RollBack(oem, 1, 2, kNow, store::AuditEvent()),
              IsOkAndHolds(3));
  EXPECT_EQ(store_.Load()->policies[0].policy.version, 3);
}

}  // namespace
}  // namespace verifier
}  // namespace otrp
