// One behaviour for both stores: in memory, and in a real PostgreSQL as the
// run-time role.

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/ca/storage/fake_ca_store.h"
#include "services/ca/storage/pg_ca_store.h"
#include "tests/support/postgres.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kMigrations[] = "services/ca/storage/migrations";

struct Subject {
  std::unique_ptr<testing::TestDatabase> database;
  std::unique_ptr<store::Pool> pool;
  std::unique_ptr<CaStore> store;
  std::function<size_t()> audit_count;
};

Subject NewFake() {
  Subject subject;
  auto fake = std::make_unique<FakeCaStore>();
  FakeCaStore* raw = fake.get();
  subject.store = std::move(fake);
  subject.audit_count = [raw] { return raw->audit_events().size(); };
  return subject;
}

Subject NewPg() {
  Subject subject;
  auto database =
      testing::TestPostgres::Shared().NewDatabase({{"ca", kMigrations}});
  EXPECT_TRUE(database.ok()) << database.status();
  if (!database.ok()) return subject;
  subject.database = *std::move(database);
  auto pool = subject.database->NewPool("ca");
  EXPECT_TRUE(pool.ok()) << pool.status();
  if (!pool.ok()) return subject;
  subject.pool = *std::move(pool);
  store::Pool* raw = subject.pool.get();
  subject.store = std::make_unique<PgCaStore>(*raw);
  subject.audit_count = [raw] {
    return store::ListAuditEvents(*raw, store::AuditFilter()).value().size();
  };
  return subject;
}

class StoreTest : public ::testing::TestWithParam<Subject (*)()> {
 protected:
  void SetUp() override {
    subject_ = GetParam()();
    ASSERT_NE(subject_.store, nullptr);
  }
  CaStore& store() { return *subject_.store; }
  size_t audit_count() const { return subject_.audit_count(); }

  Subject subject_;
};

INSTANTIATE_TEST_SUITE_P(Fake, StoreTest, ::testing::Values(&NewFake));
INSTANTIATE_TEST_SUITE_P(Pg, StoreTest, ::testing::Values(&NewPg));

// With an octet that is no text and parts of a second.
const std::string kOctets("\0der\xff", 5);
absl::Time At(int64_t seconds) {
  return absl::FromUnixMicros(1700000000123456) + absl::Seconds(seconds);
}

store::AuditEvent Audit() {
  store::AuditEvent event;
  event.actor = "otrp://operator/alice";
  event.action = "test";
  event.subject = "1";
  return event;
}

CertificateRow Intent(const std::string& serial,
                      const std::string& request_id = "") {
  CertificateRow row;
  row.serial = serial;
  row.profile = "tee";
  row.authority = "tee-ca";
  row.subject = "it's \"a\" \\device, 端末";
  row.san_uris = {"https://a.example/1", "urn:x"};
  row.not_before = At(0);
  row.not_after = At(1000);
  row.status = "intended";
  row.request_id = request_id;
  row.request_sha256 = std::string(32, '\xfe');
  return row;
}

AuthorityRow NewAuthority(const std::string& name) {
  AuthorityRow row;
  row.name = name;
  row.role = "tee";
  row.issuer = "tee-root";
  row.key_type = "EC";
  row.certificate_der = kOctets;
  row.sealed_key = std::string("\xff\0key", 5);
  return row;
}

void ExpectEqual(const CertificateRow& a, const CertificateRow& b) {
  EXPECT_EQ(a.serial, b.serial);
  EXPECT_EQ(a.profile, b.profile);
  EXPECT_EQ(a.authority, b.authority);
  EXPECT_EQ(a.subject, b.subject);
  EXPECT_EQ(a.san_uris, b.san_uris);
  EXPECT_EQ(a.not_before, b.not_before);
  EXPECT_EQ(a.not_after, b.not_after);
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_EQ(a.revoked_at, b.revoked_at);
  EXPECT_EQ(a.der, b.der);
  EXPECT_EQ(a.request_id, b.request_id);
  EXPECT_EQ(a.request_sha256, b.request_sha256);
}

std::vector<std::string> Serials(const std::vector<CertificateRow>& rows) {
  std::vector<std::string> serials;
  for (const CertificateRow& row : rows) serials.push_back(row.serial);
  return serials;
}

CaStore::SignCrl NeverSigns() {
  static const auto* const kNever = new std::function<absl::StatusOr<CrlRow>(
      int64_t, const std::vector<crypto::RevokedEntry>&)>(
      [](int64_t, const std::vector<crypto::RevokedEntry>&) {
        return absl::DataLossError("can't sign");
      });
  return *kNever;
}

TEST_P(StoreTest, AnAuthorityIsAddedOnceAndListedByName) {
  EXPECT_THAT(store().ListAuthorities(), IsOkAndHolds(IsEmpty()));
  CertificateRow certificate = Intent("1a");
  certificate.status = "issued";
  certificate.der = kOctets;
  EXPECT_THAT(
      store().AddAuthority(NewAuthority("tee-ca"), certificate, Audit()),
      IsOkAndHolds(true));
  AuthorityRow other = NewAuthority("tee-ca");
  other.sealed_key = "another";
  EXPECT_THAT(store().AddAuthority(other, Intent("1b"), Audit()),
              IsOkAndHolds(false));
  EXPECT_THAT(
      store().AddAuthority(NewAuthority("sp-ca"), Intent("1c"), Audit()),
      IsOkAndHolds(true));
  EXPECT_EQ(audit_count(), 2u);

  OTRP_ASSERT_OK_AND_ASSIGN(auto rows, store().ListAuthorities());
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].name, "sp-ca");
  const AuthorityRow want = NewAuthority("tee-ca");
  EXPECT_EQ(rows[1].name, want.name);
  EXPECT_EQ(rows[1].role, want.role);
  EXPECT_FALSE(rows[1].is_root);
  EXPECT_EQ(rows[1].issuer, want.issuer);
  EXPECT_EQ(rows[1].key_type, want.key_type);
  EXPECT_EQ(rows[1].certificate_der, want.certificate_der);
  EXPECT_EQ(rows[1].sealed_key, want.sealed_key);
  // Its own certificate is a certificate like others; the loser's isn't there.
  OTRP_ASSERT_OK_AND_ASSIGN(CertificateRow stored,
                            store().GetCertificate("1a"));
  ExpectEqual(stored, certificate);
  EXPECT_THAT(store().GetCertificate("1b"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("1b")));
}

TEST_P(StoreTest, AnIntentIsCompletedOnce) {
  OTRP_ASSERT_OK(store().RecordIntent(Intent("2a", "r1"), {}));
  EXPECT_EQ(audit_count(), 0u);
  OTRP_ASSERT_OK_AND_ASSIGN(CertificateRow row, store().GetCertificate("2a"));
  ExpectEqual(row, Intent("2a", "r1"));

  OTRP_ASSERT_OK(store().RecordIssued("2a", kOctets, Audit()));
  CertificateRow want = Intent("2a", "r1");
  want.status = "issued";
  want.der = kOctets;
  OTRP_ASSERT_OK_AND_ASSIGN(row, store().GetCertificate("2a"));
  ExpectEqual(row, want);
  EXPECT_EQ(audit_count(), 1u);

  EXPECT_THAT(store().RecordIssued("2a", "other", Audit()),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(store().RecordIssued("2b", "other", Audit()),
              StatusIs(absl::StatusCode::kAborted));
  OTRP_ASSERT_OK_AND_ASSIGN(row, store().GetCertificate("2a"));
  EXPECT_EQ(row.der, kOctets);
  EXPECT_EQ(audit_count(), 1u);
}

TEST_P(StoreTest, ARequestIdIsUsedOnceAndFound) {
  OTRP_ASSERT_OK_AND_ASSIGN(auto none, store().FindRequest("r1"));
  EXPECT_FALSE(none.has_value());
  OTRP_ASSERT_OK(store().RecordIntent(Intent("3a", "r1"), {}));
  EXPECT_THAT(store().RecordIntent(Intent("3b", "r1"), {}),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("request_id")));
  EXPECT_THAT(store().RecordIntent(Intent("3a", "r2"), {}),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(store().GetCertificate("3b"),
              StatusIs(absl::StatusCode::kNotFound));
  OTRP_ASSERT_OK_AND_ASSIGN(auto found, store().FindRequest("r1"));
  ASSERT_TRUE(found.has_value());
  ExpectEqual(*found, Intent("3a", "r1"));
  // Those without one don't hinder each other, and aren't found by it.
  OTRP_ASSERT_OK(store().RecordIntent(Intent("3c"), {}));
  OTRP_ASSERT_OK(store().RecordIntent(Intent("3d"), {}));
  OTRP_ASSERT_OK_AND_ASSIGN(none, store().FindRequest(""));
  EXPECT_FALSE(none.has_value());
}

TEST_P(StoreTest, ATsmIdBelongsToWhoClaimedItFirst) {
  const TsmIdClaim mine{"https://tsm.example", "otrp://service/tsm", false};
  const TsmIdClaim other{"https://tsm.example", "otrp://service/tsm2", false};
  const TsmIdClaim op{"https://tsm.example", "otrp://operator/a", true};
  OTRP_ASSERT_OK(store().RecordIntent(Intent("4a"), mine));
  OTRP_ASSERT_OK(store().RecordIntent(Intent("4b"), mine));
  EXPECT_THAT(store().RecordIntent(Intent("4c"), other),
              StatusIs(absl::StatusCode::kAlreadyExists,
                       HasSubstr("https://tsm.example")));
  EXPECT_THAT(store().GetCertificate("4c"),
              StatusIs(absl::StatusCode::kNotFound));
  // An operator may have it made, but doesn't take it over.
  OTRP_ASSERT_OK(store().RecordIntent(Intent("4d"), op));
  OTRP_ASSERT_OK(store().RecordIntent(Intent("4e"), mine));
}

TEST_P(StoreTest, AnIntentThatFailsClaimsNothing) {
  OTRP_ASSERT_OK(store().RecordIntent(Intent("5a", "r"), {}));
  const TsmIdClaim claim{"https://tsm.example", "otrp://service/tsm", false};
  EXPECT_THAT(store().RecordIntent(Intent("5b", "r"), claim),
              StatusIs(absl::StatusCode::kAborted));
  const TsmIdClaim other{"https://tsm.example", "otrp://service/tsm2", false};
  OTRP_EXPECT_OK(store().RecordIntent(Intent("5c"), other));
}

TEST_P(StoreTest, CertificatesAreListedBySerialInPages) {
  for (const char* serial : {"9f", "10", "1", "a0"}) {
    CertificateRow row = Intent(serial);
    row.profile = serial[0] == '1' ? "sp" : "tee";
    OTRP_ASSERT_OK(store().RecordIntent(row, {}));
  }
  OTRP_ASSERT_OK_AND_ASSIGN(auto rows, store().ListCertificates("", "", 10));
  EXPECT_THAT(Serials(rows), ElementsAre("1", "10", "9f", "a0"));
  ExpectEqual(rows[3], Intent("a0"));
  OTRP_ASSERT_OK_AND_ASSIGN(rows, store().ListCertificates("", "10", 1));
  EXPECT_THAT(Serials(rows), ElementsAre("9f"));
  OTRP_ASSERT_OK_AND_ASSIGN(rows, store().ListCertificates("sp", "", 10));
  EXPECT_THAT(Serials(rows), ElementsAre("1", "10"));
  OTRP_ASSERT_OK_AND_ASSIGN(rows, store().ListCertificates("tsm", "", 10));
  EXPECT_THAT(rows, IsEmpty());
}

TEST_P(StoreTest, ARevocationStaysAsItWasFirst) {
  OTRP_ASSERT_OK(store().RecordIntent(Intent("6a"), {}));
  OTRP_ASSERT_OK(store().RecordIssued("6a", kOctets, Audit()));
  bool changed = false;
  OTRP_ASSERT_OK_AND_ASSIGN(CertificateRow row,
                            store().Revoke("6a", 4, At(7), Audit(), &changed));
  EXPECT_TRUE(changed);
  EXPECT_EQ(row.status, "revoked");
  EXPECT_EQ(row.reason, 4);
  EXPECT_EQ(row.revoked_at, At(7));
  EXPECT_EQ(row.der, kOctets);
  OTRP_ASSERT_OK_AND_ASSIGN(row,
                            store().Revoke("6a", 1, At(9), Audit(), &changed));
  EXPECT_FALSE(changed);
  EXPECT_EQ(row.reason, 4);
  EXPECT_EQ(row.revoked_at, At(7));
  EXPECT_EQ(audit_count(), 2u);
  EXPECT_THAT(store().Revoke("6b", 1, At(9), Audit(), &changed),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("serial")));
}

TEST_P(StoreTest, ARevokedIntentIsNeverCompleted) {
  OTRP_ASSERT_OK(store().RecordIntent(Intent("7a", "r"), {}));
  bool changed = false;
  OTRP_ASSERT_OK(store().Revoke("7a", 0, At(7), Audit(), &changed));
  EXPECT_TRUE(changed);
  EXPECT_THAT(store().RecordIssued("7a", kOctets, Audit()),
              StatusIs(absl::StatusCode::kAborted));
  OTRP_ASSERT_OK_AND_ASSIGN(auto row, store().FindRequest("r"));
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->status, "revoked");
  EXPECT_EQ(row->der, "");
}

TEST_P(StoreTest, ACrlHasTheNextNumberAndAllThatIsRevoked) {
  OTRP_ASSERT_OK(
      store().AddAuthority(NewAuthority("tee-ca"), Intent("8"), Audit()));
  EXPECT_THAT(store().GetCrl("tee-ca"), StatusIs(absl::StatusCode::kNotFound));
  bool changed = false;
  for (const char* serial : {"8b", "8a", "8c", "8d"}) {
    CertificateRow row = Intent(serial);
    if (*(serial + 1) == 'd') row.authority = "sp-ca";
    OTRP_ASSERT_OK(store().RecordIntent(row, {}));
    if (*(serial + 1) == 'c') continue;
    OTRP_ASSERT_OK(store().Revoke(serial, 5, At(1), Audit(), &changed));
  }
  int64_t wanted = 1;
  std::vector<std::string> serials;
  const auto sign = [&](int64_t number,
                        const std::vector<crypto::RevokedEntry>& revoked)
      -> absl::StatusOr<CrlRow> {
    EXPECT_EQ(number, wanted);
    serials.clear();
    for (const crypto::RevokedEntry& entry : revoked) {
      serials.push_back(entry.serial);
      EXPECT_EQ(entry.reason, 5);
      EXPECT_EQ(entry.revoked_at, At(1));
    }
    return CrlRow{number, kOctets, At(number), At(number + 100)};
  };
  OTRP_ASSERT_OK(store().ReplaceCrl("tee-ca", sign));
  EXPECT_THAT(serials, ElementsAre("8a", "8b"));
  wanted = 2;
  OTRP_ASSERT_OK(store().ReplaceCrl("tee-ca", sign));
  OTRP_ASSERT_OK_AND_ASSIGN(CrlRow crl, store().GetCrl("tee-ca"));
  EXPECT_EQ(crl.number, 2);
  EXPECT_EQ(crl.der, kOctets);
  EXPECT_EQ(crl.this_update, At(2));
  EXPECT_EQ(crl.next_update, At(102));
  // The one before stays where none could be made.
  EXPECT_THAT(store().ReplaceCrl("tee-ca", NeverSigns()),
              StatusIs(absl::StatusCode::kDataLoss));
  OTRP_ASSERT_OK_AND_ASSIGN(crl, store().GetCrl("tee-ca"));
  EXPECT_EQ(crl.number, 2);
  EXPECT_THAT(store().ReplaceCrl("nobody",
                                 [](int64_t, const auto&) {
                                   return CrlRow{1, "x", At(0), At(1)};
                                 }),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_P(StoreTest, ManyAtOnceGetANumberEach) {
  OTRP_ASSERT_OK(
      store().AddAuthority(NewAuthority("tee-ca"), Intent("8"), Audit()));
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([this] {
      for (int n = 0; n < 5; ++n) {
        EXPECT_THAT(
            store().ReplaceCrl("tee-ca",
                               [](int64_t number, const auto&) {
                                 return CrlRow{number, "x", At(0), At(1)};
                               }),
            IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  OTRP_ASSERT_OK_AND_ASSIGN(CrlRow crl, store().GetCrl("tee-ca"));
  EXPECT_EQ(crl.number, 15);
}

TEST_P(StoreTest, ACrlIsStaleWhenMissingOldOrShortOfARevocation) {
  for (const char* name : {"tee-ca", "sp-ca"}) {
    OTRP_ASSERT_OK(store().AddAuthority(
        NewAuthority(name), Intent(absl::StrCat("a", name)), Audit()));
  }
  EXPECT_THAT(store().StaleCrls(At(0)),
              IsOkAndHolds(ElementsAre("sp-ca", "tee-ca")));
  const auto sign = [](int64_t number, const auto&) {
    return CrlRow{number, "crl", At(5000), At(10000)};
  };
  OTRP_ASSERT_OK(store().ReplaceCrl("tee-ca", sign));
  OTRP_ASSERT_OK(store().ReplaceCrl("sp-ca", sign));
  EXPECT_THAT(store().StaleCrls(At(9999)), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(store().StaleCrls(At(10001)),
              IsOkAndHolds(ElementsAre("sp-ca", "tee-ca")));

  // Also when the revocation's time is before the list's: its transaction may
  // have ended later.
  OTRP_ASSERT_OK(store().RecordIntent(Intent("b1"), {}));
  bool changed = false;
  OTRP_ASSERT_OK(store().Revoke("b1", 1, At(1), Audit(), &changed));
  EXPECT_THAT(store().StaleCrls(At(0)), IsOkAndHolds(ElementsAre("tee-ca")));
  OTRP_ASSERT_OK(store().ReplaceCrl("tee-ca", sign));
  EXPECT_THAT(store().StaleCrls(At(0)), IsOkAndHolds(IsEmpty()));
}

TEST_P(StoreTest, AnAnchorsNameMeansOneCertificate) {
  OTRP_ASSERT_OK_AND_ASSIGN(AnchorList none, store().ListAnchors(""));
  EXPECT_THAT(none.anchors, IsEmpty());
  bool added = false;
  OTRP_ASSERT_OK(
      store().AddAnchor({"tee", "oem", kOctets, At(1)}, Audit(), &added));
  EXPECT_TRUE(added);
  // The same again: nothing changes, and the first time counts.
  OTRP_ASSERT_OK_AND_ASSIGN(
      AnchorRow there,
      store().AddAnchor({"tee", "oem", kOctets, At(2)}, Audit(), &added));
  EXPECT_FALSE(added);
  EXPECT_EQ(there.added_at, At(1));
  EXPECT_EQ(there.certificate_der, kOctets);
  EXPECT_THAT(
      store().AddAnchor({"tee", "oem", "other", At(3)}, Audit(), &added),
      StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("oem")));
  EXPECT_FALSE(added);
  OTRP_ASSERT_OK_AND_ASSIGN(AnchorList one, store().ListAnchors(""));
  EXPECT_EQ(one.version, none.version + 1);
  ASSERT_EQ(one.anchors.size(), 1u);
  EXPECT_EQ(one.anchors[0].certificate_der, kOctets);
  EXPECT_EQ(audit_count(), 1u);
  // Another role is another name.
  OTRP_ASSERT_OK(
      store().AddAnchor({"tfw", "oem", "other", At(3)}, Audit(), &added));
  EXPECT_TRUE(added);
}

TEST_P(StoreTest, AnchorsAreListedByRoleAndTheVersionGrowsWithEachChange) {
  bool added = false;
  for (const auto& [role, name] :
       std::vector<std::pair<std::string, std::string>>{
           {"tfw", "a"}, {"tee", "b"}, {"tee", "B"}, {"tee", "a-1"}}) {
    OTRP_ASSERT_OK(
        store().AddAnchor({role, name, kOctets, At(1)}, Audit(), &added));
  }
  OTRP_ASSERT_OK_AND_ASSIGN(AnchorList all, store().ListAnchors(""));
  std::string names;
  for (const AnchorRow& row : all.anchors) {
    absl::StrAppend(&names, row.role, "/", row.name, " ");
  }
  EXPECT_EQ(names, "tee/B tee/a-1 tee/b tfw/a ");
  OTRP_ASSERT_OK_AND_ASSIGN(AnchorList tfw, store().ListAnchors("tfw"));
  EXPECT_EQ(tfw.anchors.size(), 1u);
  EXPECT_EQ(tfw.version, all.version);

  OTRP_ASSERT_OK(store().RemoveAnchor("tee", "b", Audit()));
  EXPECT_THAT(store().RemoveAnchor("tee", "b", Audit()),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("b")));
  EXPECT_THAT(store().RemoveAnchor("sp", "a", Audit()),
              StatusIs(absl::StatusCode::kNotFound));
  OTRP_ASSERT_OK_AND_ASSIGN(AnchorList less, store().ListAnchors(""));
  EXPECT_EQ(less.anchors.size(), 3u);
  EXPECT_EQ(less.version, all.version + 1);
  EXPECT_EQ(audit_count(), 5u);
}

}  // namespace
}  // namespace ca
}  // namespace otrp
