// Generations of authorities on a real PostgreSQL, as the run-time role.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/ca/storage/ca_store.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Code = absl::StatusCode;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class CaStoreAuthoritiesTest : public ::testing::Test {
 protected:
  CaStoreAuthoritiesTest() {
    EXPECT_THAT(store_.AddAuthority(Generation(1, AuthorityState::kActive),
                                    Certificate("a1"), Audit()),
                IsOkAndHolds(true));
  }

  static store::AuditEvent Audit() {
    store::AuditEvent event;
    event.actor = "test";
    event.action = "test";
    event.subject = "1";
    return event;
  }
  static AuthorityRecord Generation(int number, AuthorityState state) {
    AuthorityRecord row;
    row.line = "sp-ca";
    row.generation = number;
    row.name = GenerationName(row.line, number);
    row.state = state;
    row.role = pki::Role::kSp;
    row.issuer = "sp-root";
    row.key_type = crypto::KeyType::kEcP384;
    row.certificate_der = "certificate of " + row.name;
    row.sealed_key = "key";
    return row;
  }
  static CertificateRecord Certificate(const std::string& serial) {
    CertificateRecord row;
    row.serial = serial;
    row.own = OwnCertificate::kAuthority;
    row.authority = "sp-root";
    row.not_before = kNow;
    row.not_after = kNow + absl::Hours(1);
    row.state = CertificateState::kIssued;
    row.der = serial;
    row.request_sha256 = "x";
    return row;
  }
  absl::Status Add(int number) {
    NewGeneration made;
    made.authority = Generation(number, AuthorityState::kNext);
    made.certificate = Certificate("a" + std::to_string(number));
    return store_.AddGeneration(made, Audit());
  }
  void Leaf(const std::string& serial, const std::string& authority,
            pki::Role profile, const std::string& uri) {
    CertificateRecord row = Certificate(serial);
    row.own.reset();
    row.profile = profile;
    row.authority = authority;
    row.san_uris = {uri};
    row.state = CertificateState::kIntended;
    row.der.clear();
    ASSERT_THAT(store_.RecordIntent(row, {}), IsOk());
    ASSERT_THAT(store_.RecordIssued(serial, serial, Audit()), IsOk());
  }
  std::vector<std::string> States() {
    std::vector<std::string> states;
    const AuthorityList list = store_.ReadAuthorities().value();
    for (const AuthorityRecord& row : list.authorities) {
      states.emplace_back(AuthorityStateWord(row.state));
    }
    return states;
  }

  testing::ServiceDatabase database_{{"ca", "services/ca/storage/migrations"}};
  CaStore store_{database_.pool()};
};

TEST_F(CaStoreAuthoritiesTest, OneIsNextAndOneIsActive) {
  const int64_t version = store_.AuthorityVersion().value();
  ASSERT_THAT(Add(2), IsOk());
  EXPECT_THAT(Add(2), StatusIs(Code::kAborted));
  EXPECT_THAT(Add(3), StatusIs(Code::kAborted));
  EXPECT_THAT(States(), ElementsAre("active", "next"));
  EXPECT_THAT(store_.ActivateAuthority("sp-ca.2", Audit()), IsOkAndHolds(true));
  EXPECT_THAT(store_.ActivateAuthority("sp-ca.2", Audit()),
              IsOkAndHolds(false));
  EXPECT_THAT(States(), ElementsAre("retiring", "active"));
  EXPECT_THAT(store_.ActivateAuthority("sp-ca", Audit()).status(),
              StatusIs(Code::kFailedPrecondition));
  EXPECT_THAT(store_.ActivateAuthority("nobody", Audit()).status(),
              StatusIs(Code::kNotFound));
  EXPECT_GT(store_.AuthorityVersion().value(), version);
  EXPECT_EQ(store_.ReadAuthorities()->authorities[1].key_type,
            crypto::KeyType::kEcP384);
}

TEST_F(CaStoreAuthoritiesTest, OnlyWhatIsTrustedRecordsCertificates) {
  ASSERT_THAT(Add(2), IsOk());
  Leaf("1", "sp-ca", pki::Role::kSp, "");
  CertificateRecord early = Certificate("2");
  early.authority = "sp-ca.2";
  EXPECT_THAT(store_.RecordIntent(early, {}),
              StatusIs(Code::kFailedPrecondition));
  ASSERT_THAT(store_.ActivateAuthority("sp-ca.2", Audit()).status(), IsOk());
  // A replica that hasn't heard of it yet.
  Leaf("3", "sp-ca", pki::Role::kSp, "");
  Leaf("4", "sp-ca.2", pki::Role::kSp, "");
}

TEST_F(CaStoreAuthoritiesTest, WhatLivesIsCountedAndNamed) {
  Leaf("1", "sp-ca", pki::Role::kSp, "");
  Leaf("2", "sp-ca", pki::Role::kService, "otrp://service/tsm");
  Leaf("3", "sp-ca", pki::Role::kService, "otrp://service/tsm");
  const std::vector<LiveCount> live =
      store_.CountLive("sp-ca", kNow, 100).value();
  ASSERT_EQ(live.size(), 2u);
  EXPECT_EQ(live[0].count, 2);
  EXPECT_EQ(live[0].profile, pki::Role::kService);
  EXPECT_EQ(live[1].count, 1);
  EXPECT_EQ(store_.CountLive("sp-ca", kNow, 1)->front().count, 1);
  EXPECT_THAT(store_.LiveHolders("sp-ca", kNow, 20),
              IsOkAndHolds(ElementsAre("otrp://service/tsm")));
  // A root is in use while its authority isn't retired.
  EXPECT_TRUE(store_.CountLive("sp-root", kNow, 100)->empty());
  EXPECT_THAT(store_.CountLive("sp-ca", kNow + absl::Hours(2), 100),
              IsOkAndHolds(IsEmpty()));
}

TEST_F(CaStoreAuthoritiesTest, WhatIsRetiredHasNoKeyAndNoListToRenew) {
  ASSERT_THAT(Add(2), IsOk());
  ASSERT_THAT(store_.ActivateAuthority("sp-ca.2", Audit()).status(), IsOk());
  Leaf("1", "sp-ca", pki::Role::kSp, "");
  int64_t told = 0;
  const auto check = [&](AuthorityState, int64_t live) {
    told = live;
    return live == 0 ? absl::OkStatus() : absl::FailedPreconditionError("");
  };
  EXPECT_THAT(store_.RetireAuthority("sp-ca", kNow, check, Audit()).status(),
              StatusIs(Code::kFailedPrecondition));
  EXPECT_EQ(told, 1);
  EXPECT_THAT(store_.StaleCrls(kNow),
              IsOkAndHolds(ElementsAre("sp-ca", "sp-ca.2")));
  const absl::Time later = kNow + absl::Hours(2);
  EXPECT_THAT(store_.RetireAuthority("sp-ca", later, check, Audit()),
              IsOkAndHolds(true));
  EXPECT_THAT(store_.RetireAuthority("sp-ca", later, check, Audit()),
              IsOkAndHolds(false));
  EXPECT_TRUE(store_.ReadAuthorities()->authorities[0].sealed_key.empty());
  EXPECT_THAT(store_.StaleCrls(kNow), IsOkAndHolds(ElementsAre("sp-ca.2")));
}

TEST_F(CaStoreAuthoritiesTest, WithAnAuthorityAllThatCountsOnItIsRevoked) {
  Leaf("1", "sp-ca", pki::Role::kSp, "");
  Leaf("2", "sp-ca", pki::Role::kTee, "");
  const TrustAnchor anchor{pki::Role::kSp, "sp-ca", "certificate of sp-ca",
                           kNow};
  ASSERT_THAT(store_.AddAnchor(anchor, Audit()).status(), IsOk());
  const Revoked revoked{RevocationReason::kKeyCompromise, kNow};
  EXPECT_THAT(store_.RevokeAuthority("sp-ca", "a1", revoked, Audit()),
              IsOkAndHolds(true));
  EXPECT_THAT(store_.RevokeAuthority("sp-ca", "a1", revoked, Audit()),
              IsOkAndHolds(false));
  EXPECT_EQ(store_.GetCertificate("a1")->state, CertificateState::kRevoked);
  EXPECT_EQ(store_.GetCertificate("1")->revoked->reason,
            RevocationReason::kCessationOfOperation);
  EXPECT_EQ(store_.GetCertificate("2")->state, CertificateState::kIssued);
  EXPECT_TRUE(store_.ListAnchors({})->anchors.empty());
  EXPECT_THAT(States(), ElementsAre("revoked"));
  EXPECT_THAT(store_.RecordIntent(Certificate("9"), {}), IsOk());
  CertificateRecord late = Certificate("8");
  late.authority = "sp-ca";
  EXPECT_THAT(store_.RecordIntent(late, {}),
              StatusIs(Code::kFailedPrecondition));
}

TEST_F(CaStoreAuthoritiesTest, TwoGenerationsAreCrossCertifiedOnce) {
  ASSERT_THAT(Add(2), IsOk());
  const CrossCertificate crossed{"sp-ca.2", "sp-ca", "c1", "cross"};
  EXPECT_THAT(store_.AddCross(crossed, Certificate("c1"), Audit()),
              IsOkAndHolds(true));
  EXPECT_THAT(store_.AddCross(crossed, Certificate("c2"), Audit()),
              IsOkAndHolds(false));
  EXPECT_EQ(store_.ReadAuthorities()->crossed[0].certificate_der, "cross");
  EXPECT_THAT(store_.GetCertificate("c2").status(), StatusIs(Code::kNotFound));
}

}  // namespace
}  // namespace ca
}  // namespace otrp
