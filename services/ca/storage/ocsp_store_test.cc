// OCSP signers and responses on a real PostgreSQL, as the run-time role.

#include "services/ca/storage/ocsp_store.h"

#include <atomic>
#include <string>
#include <thread>
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

const std::string kOctets("\0der\xff", 5);
absl::Time At(int64_t seconds) {
  return absl::FromUnixSeconds(1700000000 + seconds);
}

store::AuditEvent Audit() {
  store::AuditEvent event;
  event.actor = "ca";
  event.action = "test";
  event.subject = "1";
  return event;
}

CertificateRecord Certificate(const std::string& serial,
                              CertificateState state) {
  CertificateRecord row;
  row.serial = serial;
  row.profile = pki::Role::kTee;
  row.authority = "tee-ca";
  row.subject = "x";
  row.not_before = At(0);
  row.not_after = At(100'000);
  row.state = state;
  row.der = state == CertificateState::kIntended ? "" : kOctets;
  row.request_sha256 = "x";
  return row;
}

OcspSignerRecord Signer(const std::string& serial, absl::Time not_after) {
  return {serial, "tee-ca", kOctets, not_after, "sealed " + serial};
}

class OcspStoreTest : public ::testing::Test {
 protected:
  OcspStoreTest() {
    AuthorityRecord authority;
    authority.name = "tee-ca";
    authority.role = pki::Role::kTee;
    authority.issuer = "tee-root";
    authority.certificate_der = kOctets;
    authority.sealed_key = kOctets;
    EXPECT_THAT(
        ca_.AddAuthority(authority,
                         Certificate("ca", CertificateState::kIssued), Audit())
            .status(),
        IsOk());
    EXPECT_THAT(
        ca_.RecordIntent(Certificate("1", CertificateState::kIssued), {}),
        IsOk());
    EXPECT_EQ(Replace("51", At(1000), At(500)), "51");
  }

  // The serial of the signer that is there then.
  std::string Replace(const std::string& serial, absl::Time not_after,
                      absl::Time horizon) {
    return store_
        .ReplaceSigner(Signer(serial, not_after),
                       Certificate(serial, CertificateState::kIssued), horizon,
                       Audit())
        .value()
        .serial;
  }

  absl::Status Revoke(const std::string& serial) {
    return ca_
        .Revoke(serial, {RevocationReason::kKeyCompromise, At(7)}, Audit())
        .status();
  }

  // The response to those who ask at At(100), with `next` for one that has to
  // be made.
  absl::StatusOr<OcspRecord> Ask(const std::string& next,
                                 const std::string& signer = "51",
                                 absl::string_view hash = "sha1",
                                 const std::string& serial = "1") {
    return store_.FindOrSign(serial, hash, At(100), signer,
                             [&](const OcspRecord&) {
                               ++signed_;
                               return OcspResponseRecord{next, At(95), At(200)};
                             });
  }

  testing::ServiceDatabase database_{{"ca", "services/ca/storage/migrations"}};
  CaStore ca_{database_.pool()};
  OcspStore store_{database_.pool()};
  std::atomic<int> signed_{0};
};

TEST_F(OcspStoreTest, TheNewestSignerIsTheOnlyOne) {
  OTRP_ASSERT_OK_AND_ASSIGN(auto signer, store_.CurrentSigner("tee-ca"));
  ASSERT_TRUE(signer.has_value());
  EXPECT_EQ(signer->serial, "51");
  EXPECT_EQ(signer->certificate_der, kOctets);
  EXPECT_EQ(signer->sealed_key, "sealed 51");
  EXPECT_EQ(signer->not_after, At(1000));
  // One that another replica has just made stays.
  const size_t audited = database_.AuditEvents().size();
  EXPECT_EQ(Replace("52", At(1001), At(999)), "51");
  EXPECT_EQ(database_.AuditEvents().size(), audited);
  EXPECT_THAT(ca_.GetCertificate("52").status(),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(Replace("52", At(2000), At(1000)), "52");
  OTRP_ASSERT_OK_AND_ASSIGN(signer, store_.CurrentSigner("tee-ca"));
  EXPECT_EQ(signer->serial, "52");
  EXPECT_EQ(database_.AuditEvents().size(), audited + 1);
  OTRP_ASSERT_OK_AND_ASSIGN(const CertificateRecord listed,
                            ca_.GetCertificate("52"));
  EXPECT_EQ(listed.authority, "tee-ca");
  EXPECT_FALSE(listed.profile.has_value());
  EXPECT_EQ(listed.own, OwnCertificate::kOcspSigner);
  OTRP_ASSERT_OK_AND_ASSIGN(signer, store_.CurrentSigner("sp-ca"));
  EXPECT_FALSE(signer.has_value());
}

TEST_F(OcspStoreTest, ARevokedSignerIsNobodys) {
  OTRP_ASSERT_OK(Ask("by 51").status());
  OTRP_ASSERT_OK(Revoke("51"));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto signer, store_.CurrentSigner("tee-ca"));
  EXPECT_FALSE(signer.has_value());
  // What it signed is not given out any more, and nothing is kept of it.
  OTRP_ASSERT_OK_AND_ASSIGN(const OcspRecord found,
                            store_.Find("1", "sha1", At(100)));
  EXPECT_EQ(found.response.der, "");
  EXPECT_THAT(Ask("again by 51").status(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(signed_, 1);
  EXPECT_EQ(Replace("52", At(1000), At(500)), "52");
  OTRP_ASSERT_OK_AND_ASSIGN(const OcspRecord again, Ask("by 52", "52"));
  EXPECT_EQ(again.response.der, "by 52");
}

TEST_F(OcspStoreTest, ManyAtOnceGetTheOneResponseThatIsSigned) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([this] {
      for (int n = 0; n < 5; ++n) {
        const auto found = Ask("the one");
        ASSERT_THAT(found.status(), IsOk());
        EXPECT_EQ(found->response.der, "the one");
        EXPECT_EQ(found->response.this_update, At(95));
        EXPECT_EQ(found->response.next_update, At(200));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(signed_, 1);
  OTRP_ASSERT_OK(Ask("another", "51", "sha256").status());
  EXPECT_EQ(signed_, 2);
  EXPECT_THAT(Ask("x", "51", "sha1", "2").status(),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store_.Find("2", "sha1", At(0)).status(),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(OcspStoreTest, AResponseIsOfTheStatusAndOfItsTime) {
  OTRP_ASSERT_OK(Ask("good").status());
  OTRP_ASSERT_OK_AND_ASSIGN(OcspRecord found,
                            store_.Find("1", "sha1", At(199)));
  EXPECT_EQ(found.response.der, "good");
  EXPECT_EQ(found.certificate_der, kOctets);
  EXPECT_EQ(found.authority, "tee-ca");
  EXPECT_EQ(found.state, CertificateState::kIssued);
  EXPECT_FALSE(found.revoked.has_value());
  OTRP_ASSERT_OK_AND_ASSIGN(found, store_.Find("1", "sha1", At(200)));
  EXPECT_EQ(found.response.der, "");
  OTRP_ASSERT_OK(Revoke("1"));
  OTRP_ASSERT_OK_AND_ASSIGN(found, store_.Find("1", "sha1", At(100)));
  EXPECT_EQ(found.response.der, "") << "it told of a good one";
  EXPECT_EQ(found.revoked->at, At(7));
  EXPECT_EQ(found.revoked->reason, RevocationReason::kKeyCompromise);
  OTRP_ASSERT_OK(Ask("revoked").status());
  OTRP_ASSERT_OK_AND_ASSIGN(found, store_.Find("1", "sha1", At(100)));
  EXPECT_EQ(found.response.der, "revoked");
  EXPECT_EQ(signed_, 2);
}

TEST_F(OcspStoreTest, ResponsesThatEndedArePurged) {
  OTRP_ASSERT_OK(Ask("one").status());
  OTRP_ASSERT_OK(Ask("two", "51", "sha512").status());
  EXPECT_THAT(store_.PurgeResponses(At(200), absl::Seconds(1)),
              IsOkAndHolds(0));
  EXPECT_THAT(store_.PurgeResponses(At(201), absl::Seconds(1)),
              IsOkAndHolds(2));
}

TEST_F(OcspStoreTest, ARevokedCertificateLeavesTheListSomeTimeAfterItsEnd) {
  // Ran out before At(500) but revoked after that; still to run; long gone.
  struct Case {
    const char* serial;
    int64_t not_after;
    int64_t revoked_at;
  };
  for (const Case& c :
       std::vector<Case>{{"a", 400, 600}, {"b", 900, 1}, {"c", 499, 499}}) {
    CertificateRecord row = Certificate(c.serial, CertificateState::kIssued);
    row.not_after = At(c.not_after);
    OTRP_ASSERT_OK(ca_.RecordIntent(row, {}));
    OTRP_ASSERT_OK(ca_.Revoke(c.serial,
                              {RevocationReason::kSuperseded, At(c.revoked_at)},
                              Audit())
                       .status());
  }
  std::vector<std::string> serials;
  const auto sign = [&](int64_t number,
                        const std::vector<crypto::RevokedEntry>& revoked) {
    serials.clear();
    for (const auto& entry : revoked) serials.push_back(entry.serial);
    return CrlRecord{number, "crl", At(500), At(5000)};
  };
  OTRP_ASSERT_OK(ca_.ReplaceCrl("tee-ca", At(500), 0, sign));
  EXPECT_THAT(serials, ElementsAre("a", "b"));
  // No revocation is missing in a list that has left one out.
  EXPECT_THAT(ca_.StaleCrls(At(4999)), IsOkAndHolds(ElementsAre()));
  OTRP_ASSERT_OK(Revoke("1"));
  EXPECT_THAT(ca_.StaleCrls(At(4999)), IsOkAndHolds(ElementsAre("tee-ca")));
}

}  // namespace
}  // namespace ca
}  // namespace otrp
