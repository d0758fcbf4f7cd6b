#include "libs/service/crl_pull.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/pki/crl.h"
#include "libs/protocol/test_pki.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace service {
namespace {

namespace pb = ::otrp::ca::v1;

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// An authority whose list a test sets, and what is taken of it.
class CrlPullTest : public ::testing::Test {
 protected:
  void Publish(int64_t number, const std::vector<std::string>& serials,
               absl::Duration life = absl::Hours(1)) {
    PublishBy(authority_, number, serials, life);
  }

  void PublishBy(const protocol::test::Hierarchy& signer, int64_t number,
                 const std::vector<std::string>& serials, absl::Duration life) {
    pki::CrlTemplate crl;
    crl.number = number;
    crl.this_update = clock_.Now() - absl::Minutes(5);
    crl.next_update = clock_.Now() + life;
    for (const std::string& serial : serials) {
      crl.revoked.push_back({serial, clock_.Now(), reason_});
    }
    crl.point_url = point_url_;
    number_ = number;
    der_ = pki::IssueCrl(crl, signer.ca, signer.ca_key).value().der();
  }

  absl::Status Run() {
    return pull_.Run([this](const pki::Crl& crl) {
      if (!refuse_.ok()) return refuse_;
      ++taken_;
      for (const pki::RevokedEntry& entry : crl.revoked()) {
        serials_.push_back(entry.serial);
        reasons_.push_back(entry.reason);
      }
      return absl::OkStatus();
    });
  }

  CrlSource Source() {
    CrlSource source;
    source.list_authorities = [this](const pb::ListAuthoritiesRequest& request)
        -> absl::StatusOr<pb::ListAuthoritiesResponse> {
      if (away_) return absl::UnavailableError("away");
      EXPECT_EQ(request.role(), common::v1::ROLE_SP);
      pb::ListAuthoritiesResponse response;
      auto* authority = response.add_authorities();
      authority->set_name("sp-ca");
      authority->set_certificate_der(authority_.ca.der());
      return response;
    };
    source.get_crl = [this](const pb::GetCrlRequest& request)
        -> absl::StatusOr<pb::GetCrlResponse> {
      pb::GetCrlResponse response;
      response.set_number(number_);
      if (number_ != request.known_number()) response.set_crl_der(der_);
      return response;
    };
    return source;
  }

  protocol::test::Hierarchy authority_ = protocol::test::NewHierarchy("SP");
  FakeClock clock_{protocol::test::Now()};
  CrlPull pull_{Source(), common::v1::ROLE_SP, "signers", clock_};
  std::string der_;
  int64_t number_ = 0;
  bool away_ = false;
  // Of the list's distribution point.
  std::string point_url_;
  absl::Status refuse_;
  int taken_ = 0;
  int reason_ = 1;
  std::vector<int> reasons_;
  std::vector<std::string> serials_;
};

TEST_F(CrlPullTest, AListIsTakenOnceAndAgainWhenItChanges) {
  Publish(1, {});
  OTRP_ASSERT_OK(Run());
  OTRP_ASSERT_OK(Run());
  EXPECT_EQ(taken_, 1);
  Publish(2, {"0a"});
  // A serial is a number.
  OTRP_ASSERT_OK(Run());
  EXPECT_THAT(serials_, ElementsAre("a"));
  // Whoever came to be known meanwhile may be on the list that is known.
  clock_.Advance(absl::Minutes(6));
  OTRP_ASSERT_OK(Run());
  EXPECT_EQ(taken_, 3);
}

TEST_F(CrlPullTest, AListOfAPartIsNoAnswerAboutTheOthers) {
  Publish(1, {"0a"});
  OTRP_ASSERT_OK(Run());
  point_url_ = "http://pki.example/pki/crl/sp-ca/16-3.crl";
  Publish(2, {});
  EXPECT_THAT(Run(), StatusIs(absl::StatusCode::kFailedPrecondition,
                              HasSubstr("about a part")));
  EXPECT_EQ(taken_, 1);
  point_url_.clear();
  Publish(3, {"0a", "0b"});
  OTRP_ASSERT_OK(Run());
  EXPECT_EQ(taken_, 2);
}

TEST_F(CrlPullTest, TheReasonComesWithTheRevocation) {
  const std::vector<int> reasons = {1, 4, 9, 0};
  for (const int reason : reasons) {
    reason_ = reason;
    Publish(number_ + 1, {"0a"});
    OTRP_ASSERT_OK(Run());
  }
  // "Unspecified" is written by leaving it out (RFC 5280 5.3.1).
  EXPECT_THAT(reasons_, ElementsAre(1, 4, 9, -1));
}

TEST_F(CrlPullTest, AnOlderListAddsWhatItHasAndCountsAsNoNews) {
  Publish(5, {"5a"});
  OTRP_ASSERT_OK(Run());
  const absl::Time fresh = pull_.freshness();
  clock_.Advance(absl::Minutes(1));
  Publish(4, {"4a"});
  EXPECT_THAT(Run(), StatusIs(absl::StatusCode::kDataLoss,
                              HasSubstr("number 4, after 5 was seen")));
  EXPECT_THAT(serials_, ElementsAre("5a", "4a"));
  EXPECT_EQ(pull_.freshness(), fresh);
  Publish(6, {});
  OTRP_ASSERT_OK(Run());
  EXPECT_EQ(pull_.freshness(), clock_.Now());
}

TEST_F(CrlPullTest, AListThatSomebodyElseSignedIsNotTaken) {
  const protocol::test::Hierarchy other = protocol::test::NewHierarchy("SP");
  PublishBy(other, 1, {"0a"}, absl::Hours(1));
  EXPECT_THAT(Run(), Not(IsOk()));
  EXPECT_THAT(serials_, IsEmpty());
}

TEST_F(CrlPullTest, AListThatHasEndedIsNoNewsThoughTheCaAnswers) {
  Publish(1, {"0a"}, absl::Minutes(2));
  OTRP_ASSERT_OK(Run());
  const absl::Time fresh = pull_.freshness();
  clock_.Advance(absl::Minutes(3));
  EXPECT_THAT(Run(), StatusIs(absl::StatusCode::kFailedPrecondition,
                              HasSubstr("has ended")));
  EXPECT_EQ(pull_.freshness(), fresh);
}

TEST_F(CrlPullTest, WithoutTheCaWhatIsKnownGetsOld) {
  Publish(1, {});
  OTRP_ASSERT_OK(Run());
  const absl::Time fresh = pull_.freshness();
  away_ = true;
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(Run(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(pull_.freshness(), fresh);
}

TEST_F(CrlPullTest, AListThatWasNotTakenComesAgain) {
  Publish(1, {"0a"});
  refuse_ = absl::UnavailableError("no database");
  EXPECT_THAT(Run(), StatusIs(absl::StatusCode::kUnavailable));
  refuse_ = absl::OkStatus();
  OTRP_ASSERT_OK(Run());
  EXPECT_THAT(serials_, ElementsAre("a"));
}

}  // namespace
}  // namespace service
}  // namespace otrp
