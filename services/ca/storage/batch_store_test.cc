// Many rows at once on a real PostgreSQL, as the run-time role.

#include "services/ca/storage/batch_store.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/ca/storage/ca_store.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::Time At(int64_t seconds) {
  return absl::FromUnixMicros(1700000000123456) + absl::Seconds(seconds);
}

BatchStore::Intent Intent(const std::string& serial, const std::string& id,
                          char key, const std::string& owner) {
  BatchStore::Intent intent;
  CertificateRecord& row = intent.certificate;
  row.serial = serial;
  row.profile = pki::Role::kTee;
  row.authority = "tee-ca";
  row.subject = "it's \"a\" \\device, {端末}";
  row.san_uris = {"https://a.example/1", "urn:x"};
  row.not_before = At(0);
  row.not_after = At(1000);
  row.request_id = id;
  row.request_sha256 = std::string(32, '\xfe');
  row.spki_sha256 = std::string(32, key);
  row.tbs_sha256 = std::string(32, '\0');
  intent.grounds.csr_der = std::string("\0csr\xff", 5);
  intent.grounds.key_owner = owner;
  return intent;
}

store::AuditEvent Audit(const std::string& subject) {
  store::AuditEvent event;
  event.actor = "alice";
  event.action = absl::StrCat("issue ", subject);
  return event;
}

class BatchStoreTest : public ::testing::Test {
 protected:
  testing::ServiceDatabase database_{{"ca", "services/ca/storage/migrations"}};
  CaStore ca_{database_.pool()};
  BatchStore store_{database_.pool()};
};

TEST_F(BatchStoreTest, EachOfAPageIsToldItsOwnAndTheGoodOnesAreRecorded) {
  OTRP_ASSERT_OK(
      store_.RecordIntents({Intent("a1", "first", 'a', "device a")}).status());
  OTRP_ASSERT_OK_AND_ASSIGN(
      const std::vector<absl::Status> told,
      store_.RecordIntents({Intent("b2", "second", 'b', "device b"),
                            Intent("c3", "third", 'a', "device c"),
                            Intent("d4", "first", 'd', "device d"),
                            Intent("e5", "fifth", 'e', "device e")}));
  EXPECT_THAT(
      told,
      ElementsAre(
          IsOk(),
          StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("csr_der")),
          StatusIs(absl::StatusCode::kAborted, HasSubstr("request_id")),
          IsOk()));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto found,
                            ca_.FindRequests({"second", "third", "fifth"}));
  ASSERT_EQ(found.size(), 2u);
  const CertificateRecord want =
      Intent("b2", "second", 'b', "device b").certificate;
  const CertificateRecord& row = found.at("second");
  EXPECT_EQ(row.serial, "b2");
  EXPECT_EQ(row.subject, want.subject);
  EXPECT_EQ(row.san_uris, want.san_uris);
  EXPECT_EQ(row.not_before, want.not_before);
  EXPECT_EQ(row.tbs_sha256, want.tbs_sha256);
  EXPECT_EQ(row.request_sha256, want.request_sha256);
  EXPECT_EQ(row.state, CertificateState::kIntended);
}

TEST_F(BatchStoreTest, APageIsIssuedWholeOrNotAtAll) {
  OTRP_ASSERT_OK(store_
                     .RecordIntents({Intent("a1", "first", 'a', "a"),
                                     Intent("b2", "second", 'b', "b")})
                     .status());
  EXPECT_THAT(store_.RecordIssued(
                  {{"a1", "der a", Audit("a1")}, {"c3", "der c", Audit("c3")}}),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(ca_.GetCertificate("a1")->state, CertificateState::kIntended);
  const std::string der("\0der\xff", 5);
  OTRP_ASSERT_OK(store_.RecordIssued(
      {{"a1", "der a", Audit("a1")}, {"b2", der, Audit("b2")}}));
  EXPECT_EQ(ca_.GetCertificate("b2")->der, der);
  EXPECT_THAT(database_.AuditActions(), ElementsAre("issue a1", "issue b2"));
}

TEST_F(BatchStoreTest, ARevokedAuthorityIssuesNoPageWhateverAReplicaBelieves) {
  AuthorityRecord authority;
  authority.name = "page-ca";
  authority.line = "page-ca";
  authority.role = pki::Role::kTee;
  authority.issuer = "tee-root";
  authority.certificate_der = "der";
  authority.sealed_key = "key";
  const auto intent_of = [&](const std::string& serial, const std::string& id,
                             char key) {
    BatchStore::Intent intent = Intent(serial, id, key, id);
    intent.certificate.authority = authority.name;
    return intent;
  };
  CertificateRecord own = intent_of("8", "own", 'o').certificate;
  own.state = CertificateState::kIssued;
  own.der = "der";
  OTRP_ASSERT_OK(ca_.AddAuthority(authority, own, Audit("8")).status());
  OTRP_ASSERT_OK(
      store_.RecordIntents({intent_of("a1", "first", 'a')}).status());
  OTRP_ASSERT_OK(ca_.RevokeAuthority(authority.name, "8",
                                     {RevocationReason::kKeyCompromise, At(1)},
                                     Audit("r"))
                     .status());
  EXPECT_THAT(store_.RecordIntents({intent_of("b2", "second", 'b')}).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(store_.RecordIssued({{"a1", "der a", Audit("a1")}}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_TRUE(ca_.FindRequests({"second"})->empty());
}

TEST_F(BatchStoreTest, ARequestIdGoesToTheOneThatReplacesItsCertificate) {
  OTRP_ASSERT_OK(
      store_.RecordIntents({Intent("a1", "first", 'a', "a")}).status());
  BatchStore::Intent next = Intent("b2", "first", 'a', "a");
  next.grounds.replaced = "a1";
  OTRP_ASSERT_OK_AND_ASSIGN(const std::vector<absl::Status> told,
                            store_.RecordIntents({next}));
  EXPECT_THAT(told, ElementsAre(IsOk()));
  EXPECT_EQ(ca_.FindRequest("first").value()->serial, "b2");
  OTRP_EXPECT_OK(ca_.GetCertificate("a1").status());
}

TEST_F(BatchStoreTest, OfManyKeysThoseThatAreBlockedAreTold) {
  OTRP_ASSERT_OK(
      store_.RecordIntents({Intent("a1", "first", 'a', "a")}).status());
  const std::string bad(32, 'a');
  OTRP_ASSERT_OK(ca_.Revoke("a1", {RevocationReason::kKeyCompromise, At(1)},
                            Audit("x"), bad)
                     .status());
  EXPECT_THAT(ca_.BlockedKeys({std::string(32, 'b'), bad}),
              ::otrp::testing::IsOkAndHolds(ElementsAre(bad)));
}

}  // namespace
}  // namespace ca
}  // namespace otrp
