#include "services/tsm/domain/signers.h"

#include "gtest/gtest.h"

namespace otrp {
namespace tsm {
namespace {

constexpr int kKeyCompromise = 1;
constexpr int kSuperseded = 4;
const absl::Time kRevoked = absl::FromUnixSeconds(1800000000);

DesiredTa Judged(int reason, absl::Time signed_by, bool pull = false,
                 const char* current = "new") {
  DesiredTa ta;
  ta.signer_fingerprint = "old";
  ta.current_fingerprint = current;
  ta.pull = pull;
  Judge({signed_by, kRevoked, reason}, &ta);
  return ta;
}

TEST(SignersTest, WithoutARevocationNothingIsWithheld) {
  DesiredTa ta;
  ta.signer_fingerprint = "old";
  Judge({kRevoked, absl::nullopt, kKeyCompromise}, &ta);
  EXPECT_FALSE(ta.withheld());
  EXPECT_EQ(ta.signer_fingerprint, "old");
}

TEST(SignersTest,
     WhatACompromisedKeySignedGoesToNobodyAndItsCertificateNowhere) {
  const DesiredTa ta = Judged(kKeyCompromise, absl::InfinitePast());
  EXPECT_TRUE(ta.withheld());
  EXPECT_EQ(ta.signer_fingerprint, "");
}

TEST(SignersTest, WhatWasSignedBeforeARolloverGoesOn) {
  const DesiredTa ta = Judged(kSuperseded, kRevoked - absl::Seconds(1));
  EXPECT_FALSE(ta.withheld());
  EXPECT_EQ(ta.signer_fingerprint, "old");
}

TEST(SignersTest, WhatWasSignedAfterARolloverDoesNot) {
  EXPECT_TRUE(Judged(kSuperseded, kRevoked).withheld());
}

TEST(SignersTest, OfWhatIsPulledTheCurrentCertificateSignsInsteadOrNobody) {
  DesiredTa ta = Judged(kKeyCompromise, absl::InfinitePast(), /*pull=*/true);
  EXPECT_FALSE(ta.withheld());
  EXPECT_EQ(ta.signer_fingerprint, "new");
  // The image inside may be of before.
  ta = Judged(kSuperseded, absl::InfinitePast(), /*pull=*/true);
  EXPECT_FALSE(ta.withheld());
  EXPECT_EQ(ta.signer_fingerprint, "old");
  for (int reason : {kKeyCompromise, kSuperseded}) {
    EXPECT_TRUE(
        Judged(reason, absl::InfinitePast(), /*pull=*/true, "").withheld());
  }
}

}  // namespace
}  // namespace tsm
}  // namespace otrp
