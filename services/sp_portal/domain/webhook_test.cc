#include "services/sp_portal/domain/webhook.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/json/json.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// The example of Standard Webhooks' own libraries.
DueDelivery Example() {
  DueDelivery due;
  due.event_id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
  due.secret =
      SecretBytes::Take(*Base64Decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  return due;
}
constexpr char kExampleBody[] = "{\"test\": 2432232314}";
constexpr char kExampleSignature[] =
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const absl::Time kExampleTime = absl::FromUnixSeconds(1614265330);

TEST(WebhookTest, ASignatureIsThatOfStandardWebhooks) {
  EXPECT_EQ(WebhookSignature(Example(), kExampleBody, kExampleTime),
            kExampleSignature);
  EXPECT_EQ(SecretText(SecretBytes(std::string(32, '\0'))),
            "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
}

TEST(WebhookTest, WhileASecretIsReplacedBothSign) {
  DueDelivery due = Example();
  due.old_secret = std::move(due.secret);
  due.secret = SecretBytes(std::string(32, 'n'));
  const std::vector<std::string> both =
      absl::StrSplit(WebhookSignature(due, kExampleBody, kExampleTime), ' ');
  ASSERT_THAT(both, SizeIs(2));
  EXPECT_EQ(both[1], kExampleSignature);
  EXPECT_NE(both[0], both[1]);
}

TEST(WebhookTest, AnotherIdTimeOrBodyHasAnotherSignature) {
  DueDelivery due = Example();
  std::set<std::string> seen = {
      WebhookSignature(due, kExampleBody, kExampleTime),
      WebhookSignature(due, "{}", kExampleTime),
      WebhookSignature(due, kExampleBody, kExampleTime + absl::Seconds(1))};
  due.event_id = "another";
  seen.insert(WebhookSignature(due, kExampleBody, kExampleTime));
  EXPECT_THAT(seen, SizeIs(4));
}

TEST(WebhookTest, ABodyIsACloudEvent) {
  DueDelivery due = Example();
  due.event =
      VersionReleased("bank", "pay", "1.0.0", service::Channel::kStable);
  due.at = kExampleTime;
  OTRP_ASSERT_OK_AND_ASSIGN(const json::Value event,
                            json::Parse(WebhookBody(due), json::kStrangers));
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{
           {"specversion", "1.0"},
           {"id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
           {"source", "/v1/service-providers/bank"},
           {"type", "otrp.version.released"},
           {"subject", "applications/pay/versions/1.0.0"},
           {"time", "2021-02-25T15:02:10Z"},
           {"datacontenttype", "application/json"}}) {
    EXPECT_EQ(*event.GetString(name), value);
  }
  EXPECT_EQ((*event.GetObject("data"))->Serialize(),
            "{\"spid\":\"bank\",\"taid\":\"pay\",\"version\":\"1.0.0\","
            "\"channel\":\"stable\"}");
}

WebhookEvent Reviewed(ReviewState state) {
  Review review;
  review.spid = "bank";
  review.state = state;
  return VersionReviewed(review);
}

TEST(WebhookTest, EachEventHasATypeThatCanBeAskedFor) {
  SpCertificate certificate;
  certificate.not_after = kExampleTime;
  certificate.revoked = Revocation{kExampleTime, 4};
  AppVersion version;
  version.spid = "bank";
  Assignment assignment;
  assignment.target = OneDevice{std::string(32, 'd')};
  std::set<std::string> made;
  for (const WebhookEvent& event :
       {CertificateEnrolled("bank", certificate),
        CertificateExpiring("bank", certificate, 7),
        CertificateRevoked("bank", certificate), VersionPushed(version),
        VersionReleased("bank", "pay", "1", service::Channel::kBeta),
        VersionDeprecated(version, "old"), VersionYanked(version, "bad"),
        Reviewed(ReviewState::kSubmitted), Reviewed(ReviewState::kApproved),
        Reviewed(ReviewState::kRejected), ApplicationWithdrawn("bank", "pay"),
        VersionDeleted(version), ApplicationDeleted("bank", "pay"),
        AssignmentChanged(assignment, true),
        AssignmentChanged(assignment, false), RolloutProgress(Rollout()),
        DeviceFailed(DeviceOutcome()), DeviceRefused(DeviceOutcome())}) {
    EXPECT_THAT(CheckEventTypes({event.type}), IsOk());
    EXPECT_THAT(json::Parse(event.data, json::kStrangers), IsOk());
    made.insert(event.type);
  }
  EXPECT_THAT(made, SizeIs(WebhookEventTypes().size()));
}

TEST(WebhookTest, ARevocationSaysWhatItLeaves) {
  SpCertificate certificate;
  certificate.serial = "0b";
  certificate.not_after = kExampleTime;
  certificate.revoked = Revocation{kExampleTime, 4};
  EXPECT_THAT(CertificateRevoked("bank", certificate).data,
              HasSubstr("\"reason\":\"superseded\","
                        "\"earlier_versions_count\":true"));
  certificate.revoked->reason = 1;
  const WebhookEvent event = CertificateRevoked("bank", certificate);
  EXPECT_EQ(event.subject, "certificates/0b");
  EXPECT_THAT(event.data, HasSubstr("\"reason\":\"keyCompromise\","
                                    "\"earlier_versions_count\":false"));
}

TEST(WebhookTest, TypesAreKnownOnesEachOnceOrTheStarAlone) {
  EXPECT_THAT(CheckEventTypes({"*"}), IsOk());
  EXPECT_THAT(CheckEventTypes(WebhookEventTypes()), IsOk());
  const std::string released = "otrp.version.released";
  for (const std::vector<std::string>& bad :
       {std::vector<std::string>{},
        {""},
        {"*", released},
        {"*", "*"},
        {released, released},
        {"otrp.version"},
        {"otrp.webhook.test"},
        {released + ",otrp.version.pushed"}}) {
    EXPECT_THAT(CheckEventTypes(bad),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("event_types:")));
  }
}

TEST(WebhookTest, AttemptsComeEverMoreRarelyAndEndAfterThreeDays) {
  absl::Duration sum;
  absl::Duration before;
  int attempts = 1;
  while (const auto pause = RetryPause(attempts, 0.5)) {
    EXPECT_GT(*pause, before);
    before = *pause;
    sum += *pause;
    ++attempts;
  }
  EXPECT_EQ(attempts, 10);
  EXPECT_EQ(sum, absl::Seconds(5) + absl::Minutes(35) + absl::Hours(75));
  EXPECT_EQ(*RetryPause(1, 0), absl::Seconds(4.5));
  EXPECT_EQ(*RetryPause(1, 1), absl::Seconds(5.5));
  EXPECT_FALSE(RetryPause(1000, 0).has_value());
}

}  // namespace
}  // namespace portal
}  // namespace otrp
