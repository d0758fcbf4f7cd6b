#include "services/attestation_verifier/trust/kept_file.h"

#include <sys/stat.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/files.h"
#include "tests/support/status_matchers.h"
#include "tests/support/subprocess.h"

namespace otrp {
namespace verifier {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

KeptTrust Some() {
  KeptTrust kept;
  kept.copy.version = 7;
  kept.copy.anchors = {{AnchorRole::kTee, "oem", "\x01", {"1.2.3"}},
                       {AnchorRole::kTfw, "oem", "\x02", {}}};
  kept.copy.crls = {{"tee-ca", "\x03"}};
  kept.policy.version = 4;
  kept.policy.policy.tee_rules = {{"Bad*", "1.2", true}};
  kept.revocation.version = 9;
  kept.revocation.data = {{"maker", RevocationKind::kOcsp, "\x04", kNow}};
  kept.references.version = 5;
  kept.references.values = {
      {"a", ReferenceState::kActive, {"oem", "T", "1"}, kNow, "", ""},
      {"b", ReferenceState::kInactive, {"oem", "T", "2"}, kNow, "", ""}};
  return kept;
}

class KeptFileTest : public ::testing::Test {
 protected:
  ~KeptFileTest() override { RemoveFile(path_); }

  const std::string path_ =
      absl::StrCat(::otrp::testing::MakeTempDir().value(), "/kept");
  KeptFile file_{path_, absl::Hours(24)};
};

TEST_F(KeptFileTest, GivesBackWhatWasSavedLast) {
  EXPECT_THAT(file_.Load(kNow), StatusIs(absl::StatusCode::kNotFound));
  OTRP_ASSERT_OK(file_.Save(KeptTrust(), kNow));
  OTRP_ASSERT_OK(file_.Save(Some(), kNow));
  OTRP_ASSERT_OK_AND_ASSIGN(const KeptTrust kept,
                            KeptFile(path_, absl::Hours(24)).Load(kNow));
  EXPECT_TRUE(kept.copy == Some().copy);
  EXPECT_EQ(kept.policy.version, 4);
  ASSERT_EQ(kept.policy.policy.tee_rules.size(), 1u);
  EXPECT_EQ(kept.policy.policy.tee_rules[0].name, "Bad*");
  EXPECT_TRUE(kept.policy.policy.tee_rules[0].deny);
  EXPECT_EQ(kept.revocation.version, 9);
  EXPECT_EQ(kept.references.version, 5);
  const attest::ReferenceTable table = TableOf(kept.references);
  EXPECT_EQ(table.Find("oem", "T", "1").result,
            attest::ReferenceResult::kKnown);
  EXPECT_EQ(table.Find("oem", "T", "2").result,
            attest::ReferenceResult::kWithdrawn);
  ASSERT_EQ(kept.revocation.data.size(), 1u);
  EXPECT_EQ(kept.revocation.data[0].name, "maker");
  EXPECT_EQ(kept.revocation.data[0].kind, RevocationKind::kOcsp);
  EXPECT_EQ(kept.revocation.data[0].der, "\x04");
  EXPECT_EQ(kept.revocation.data[0].added_at, kNow);
}

TEST_F(KeptFileTest, IsGoodForItsAgeAfterItWasConfirmedLast) {
  OTRP_ASSERT_OK(file_.Save(Some(), kNow));
  EXPECT_TRUE(file_.Load(kNow + absl::Hours(24)).ok());
  EXPECT_THAT(file_.Load(kNow + absl::Hours(25)),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("--kept_trust_max_age")));
  OTRP_ASSERT_OK(file_.Confirm(kNow + absl::Hours(20)));
  EXPECT_TRUE(file_.Load(kNow + absl::Hours(25)).ok());
}

TEST_F(KeptFileTest, OneThatOthersMayWriteOrThatIsNotWholeIsNotBelieved) {
  OTRP_ASSERT_OK(file_.Save(Some(), kNow));
  ASSERT_EQ(chmod(path_.c_str(), 0620), 0);
  EXPECT_THAT(file_.Load(kNow), StatusIs(absl::StatusCode::kFailedPrecondition,
                                         HasSubstr("0600")));
  OTRP_ASSERT_OK_AND_ASSIGN(std::string text, ReadWholeFile(path_));
  for (const std::string& broken :
       {text.substr(0, text.size() - 1), text.substr(0, 10), std::string(),
        absl::StrCat(text, "x")}) {
    OTRP_ASSERT_OK(WriteFileAtomically(path_, broken, 0600));
    EXPECT_THAT(file_.Load(absl::Now()), StatusIs(absl::StatusCode::kDataLoss))
        << broken.size();
  }
}

TEST_F(KeptFileTest, WithoutAPathNothingIsKept) {
  KeptFile none("", absl::Hours(24));
  OTRP_ASSERT_OK(none.Save(Some(), kNow));
  OTRP_ASSERT_OK(none.Confirm(kNow));
  EXPECT_THAT(none.Load(kNow), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace verifier
}  // namespace otrp
