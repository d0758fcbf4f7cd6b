// The store on a real PostgreSQL, as the run-time role.

#include "services/ca/storage/ca_store.h"

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/service_database.h"
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

class CaStoreTest : public ::testing::Test {
 protected:
  CaStore& store() { return store_; }
  size_t audit_count() { return database_.AuditEvents().size(); }

  testing::ServiceDatabase database_{{"ca", kMigrations}};
  CaStore store_{database_.pool()};
};

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

CertificateRecord Intent(const std::string& serial,
                         const std::string& request_id = "") {
  CertificateRecord row;
  row.serial = serial;
  row.profile = pki::Role::kTee;
  row.authority = "tee-ca";
  row.subject = "it's \"a\" \\device, 端末";
  row.san_uris = {"https://a.example/1", "urn:x"};
  row.not_before = At(0);
  row.not_after = At(1000);
  row.request_id = request_id;
  row.request_sha256 = std::string(32, '\xfe');
  row.spki_sha256 = std::string(32, '\xfd');
  row.tbs_sha256 = std::string(32, '\xfc');
  return row;
}

IntentGrounds Replacing(const std::string& serial) {
  IntentGrounds grounds;
  grounds.replaced = serial;
  return grounds;
}

AuthorityRecord NewAuthority(const std::string& name) {
  AuthorityRecord row;
  row.name = name;
  row.role = pki::Role::kTee;
  row.issuer = "tee-root";
  row.key_type = crypto::KeyType::kEcP256;
  row.certificate_der = kOctets;
  row.sealed_key = std::string("\xff\0key", 5);
  return row;
}

void ExpectEqual(const CertificateRecord& a, const CertificateRecord& b) {
  EXPECT_EQ(a.serial, b.serial);
  EXPECT_EQ(a.profile, b.profile);
  EXPECT_EQ(a.authority, b.authority);
  EXPECT_EQ(a.subject, b.subject);
  EXPECT_EQ(a.san_uris, b.san_uris);
  EXPECT_EQ(a.not_before, b.not_before);
  EXPECT_EQ(a.not_after, b.not_after);
  EXPECT_EQ(a.state, b.state);
  ASSERT_EQ(a.revoked.has_value(), b.revoked.has_value());
  if (a.revoked.has_value()) {
    EXPECT_EQ(a.revoked->reason, b.revoked->reason);
    EXPECT_EQ(a.revoked->at, b.revoked->at);
  }
  EXPECT_EQ(a.der, b.der);
  EXPECT_EQ(a.request_id, b.request_id);
  EXPECT_EQ(a.request_sha256, b.request_sha256);
  EXPECT_EQ(a.spki_sha256, b.spki_sha256);
  EXPECT_EQ(a.tbs_sha256, b.tbs_sha256);
}

std::vector<std::string> Serials(const std::vector<CertificateRecord>& rows) {
  std::vector<std::string> serials;
  for (const CertificateRecord& row : rows) serials.push_back(row.serial);
  return serials;
}

CaStore::SignCrl NeverSigns() {
  static const auto* const kNever = new std::function<absl::StatusOr<CrlRecord>(
      int64_t, const std::vector<crypto::RevokedEntry>&)>(
      [](int64_t, const std::vector<crypto::RevokedEntry>&) {
        return absl::DataLossError("can't sign");
      });
  return *kNever;
}

TEST_F(CaStoreTest, AnAuthorityIsAddedOnceAndListedByName) {
  EXPECT_THAT(store().ListAuthorities(), IsOkAndHolds(IsEmpty()));
  CertificateRecord certificate = Intent("1a");
  certificate.state = CertificateState::kIssued;
  certificate.der = kOctets;
  EXPECT_THAT(
      store().AddAuthority(NewAuthority("tee-ca"), certificate, Audit()),
      IsOkAndHolds(true));
  AuthorityRecord other = NewAuthority("tee-ca");
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
  const AuthorityRecord want = NewAuthority("tee-ca");
  EXPECT_EQ(rows[1].name, want.name);
  EXPECT_EQ(rows[1].role, want.role);
  EXPECT_FALSE(rows[1].is_root);
  EXPECT_EQ(rows[1].issuer, want.issuer);
  EXPECT_EQ(rows[1].key_type, want.key_type);
  EXPECT_EQ(rows[1].certificate_der, want.certificate_der);
  EXPECT_EQ(rows[1].sealed_key, want.sealed_key);
  // Its own certificate is a certificate like others; the loser's isn't there.
  OTRP_ASSERT_OK_AND_ASSIGN(CertificateRecord stored,
                            store().GetCertificate("1a"));
  ExpectEqual(stored, certificate);
  EXPECT_THAT(store().GetCertificate("1b"),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(CaStoreTest, AnIntentIsCompletedOnce) {
  OTRP_ASSERT_OK(store().RecordIntent(Intent("2a", "r1"), {}));
  EXPECT_EQ(audit_count(), 0u);
  OTRP_ASSERT_OK_AND_ASSIGN(CertificateRecord row,
                            store().GetCertificate("2a"));
  ExpectEqual(row, Intent("2a", "r1"));

  OTRP_ASSERT_OK(store().RecordIssued("2a", kOctets, Audit()));
  CertificateRecord want = Intent("2a", "r1");
  want.state = CertificateState::kIssued;
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

TEST_F(CaStoreTest, AKeyHasOneOwnerAmongTheCertificatesOfAProfile) {
  IntentGrounds device_a;
  device_a.key_owner = "a";
  IntentGrounds device_b;
  device_b.key_owner = "b";
  OTRP_ASSERT_OK(store().RecordIntent(Intent("2c"), device_a));
  OTRP_ASSERT_OK(store().RecordIntent(Intent("2d"), device_a));
  EXPECT_THAT(
      store().RecordIntent(Intent("2e", "r2"), device_b),
      StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("csr_der: ")));
  EXPECT_THAT(store().GetCertificate("2e"),
              StatusIs(absl::StatusCode::kNotFound));
  CertificateRecord firmware = Intent("2f");
  firmware.profile = pki::Role::kTfw;
  OTRP_ASSERT_OK(store().RecordIntent(firmware, device_b));
  CertificateRecord other_key = Intent("2ab");
  other_key.spki_sha256 = std::string(32, 'k');
  OTRP_ASSERT_OK(store().RecordIntent(other_key, device_b));
}

// Each of two that come at once is told who was first.
TEST_F(CaStoreTest, OfTwoOwnersAtOnceOneGetsTheKey) {
  std::vector<absl::Status> told(8);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < told.size(); ++i) {
    threads.emplace_back([&, i] {
      IntentGrounds grounds;
      grounds.key_owner = absl::StrCat("owner ", i);
      told[i] = store().RecordIntent(Intent(absl::StrCat("aa", i)), grounds);
    });
  }
  for (std::thread& thread : threads) thread.join();
  int good = 0;
  for (const absl::Status& status : told) {
    if (status.ok()) {
      ++good;
      continue;
    }
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kAlreadyExists));
  }
  EXPECT_EQ(good, 1);
}

TEST_F(CaStoreTest, ARequestIdIsUsedOnceAndFound) {
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

TEST_F(CaStoreTest, CertificatesAreListedBySerialInPages) {
  for (const char* serial : {"9f", "10", "1", "a0"}) {
    CertificateRecord row = Intent(serial);
    row.profile = serial[0] == '1' ? pki::Role::kSp : pki::Role::kTee;
    OTRP_ASSERT_OK(store().RecordIntent(row, {}));
  }
  OTRP_ASSERT_OK_AND_ASSIGN(auto rows, store().ListCertificates({}, "", 10));
  EXPECT_THAT(Serials(rows), ElementsAre("1", "10", "9f", "a0"));
  ExpectEqual(rows[3], Intent("a0"));
  OTRP_ASSERT_OK_AND_ASSIGN(rows, store().ListCertificates({}, "10", 1));
  EXPECT_THAT(Serials(rows), ElementsAre("9f"));
  OTRP_ASSERT_OK_AND_ASSIGN(rows,
                            store().ListCertificates({pki::Role::kSp}, "", 10));
  EXPECT_THAT(Serials(rows), ElementsAre("1", "10"));
  OTRP_ASSERT_OK_AND_ASSIGN(
      rows, store().ListCertificates({pki::Role::kTsm}, "", 10));
  EXPECT_THAT(rows, IsEmpty());
}

TEST_F(CaStoreTest, ARevocationStaysAsItWasFirst) {
  OTRP_ASSERT_OK(store().RecordIntent(Intent("6a"), {}));
  OTRP_ASSERT_OK(store().RecordIssued("6a", kOctets, Audit()));
  CertificateRecord want = Intent("6a");
  want.state = CertificateState::kRevoked;
  want.der = kOctets;
  want.revoked = Revoked{RevocationReason::kSuperseded, At(7)};
  OTRP_ASSERT_OK_AND_ASSIGN(CaStore::RevokeResult result,
                            store().Revoke("6a", *want.revoked, Audit()));
  EXPECT_TRUE(result.changed);
  ExpectEqual(result.certificate, want);
  OTRP_ASSERT_OK_AND_ASSIGN(
      result,
      store().Revoke("6a", {RevocationReason::kKeyCompromise, At(9)}, Audit()));
  EXPECT_FALSE(result.changed);
  ExpectEqual(result.certificate, want);
  EXPECT_EQ(audit_count(), 2u);
  EXPECT_THAT(
      store()
          .Revoke("6b", {RevocationReason::kKeyCompromise, At(9)}, Audit())
          .status(),
      StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(CaStoreTest, AKeyIsBlockedWithTheRevocationThatTellsOfIt) {
  const std::string key(32, 'k');
  OTRP_ASSERT_OK(store().RecordIntent(Intent("6c"), {}));
  EXPECT_THAT(store().IsBlockedKey(key), IsOkAndHolds(false));
  const Revoked revoked = {RevocationReason::kKeyCompromise, At(7)};
  OTRP_ASSERT_OK(store().Revoke("6c", revoked, Audit(), key));
  EXPECT_THAT(store().IsBlockedKey(key), IsOkAndHolds(true));
  EXPECT_THAT(store().IsBlockedKey(std::string(32, 'l')), IsOkAndHolds(false));
  // Another certificate of the same key.
  OTRP_ASSERT_OK(store().RecordIntent(Intent("6d"), {}));
  OTRP_ASSERT_OK(store().Revoke("6d", revoked, Audit(), key));
}

TEST_F(CaStoreTest, ARequestIdGoesToTheOneThatReplacesItsCertificate) {
  CertificateRecord first = Intent("8a");
  first.request_id = "replaced";
  OTRP_ASSERT_OK(store().RecordIntent(first, {}));
  CertificateRecord second = Intent("8b");
  second.request_id = "replaced";
  EXPECT_THAT(store().RecordIntent(second, {}),
              StatusIs(absl::StatusCode::kAborted));
  // Another's id stays where it is.
  EXPECT_THAT(store().RecordIntent(second, Replacing("6a")),
              StatusIs(absl::StatusCode::kAborted));
  OTRP_ASSERT_OK(store().RecordIntent(second, Replacing("8a")));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto found, store().FindRequest("replaced"));
  EXPECT_EQ(found->serial, "8b");
  OTRP_ASSERT_OK_AND_ASSIGN(const auto old, store().GetCertificate("8a"));
  EXPECT_EQ(old.request_id, "");
}

TEST_F(CaStoreTest, ARevokedIntentIsNeverCompleted) {
  OTRP_ASSERT_OK(store().RecordIntent(Intent("7a", "r"), {}));
  OTRP_ASSERT_OK_AND_ASSIGN(
      const CaStore::RevokeResult result,
      store().Revoke("7a", {RevocationReason::kUnspecified, At(7)}, Audit()));
  EXPECT_TRUE(result.changed);
  EXPECT_THAT(store().RecordIssued("7a", kOctets, Audit()),
              StatusIs(absl::StatusCode::kAborted));
  OTRP_ASSERT_OK_AND_ASSIGN(auto row, store().FindRequest("r"));
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->state, CertificateState::kRevoked);
  EXPECT_EQ(row->der, "");
}

TEST_F(CaStoreTest, ACrlHasTheNextNumberAndAllThatIsRevoked) {
  OTRP_ASSERT_OK(
      store().AddAuthority(NewAuthority("tee-ca"), Intent("8"), Audit()));
  EXPECT_THAT(store().GetCrl("tee-ca"), StatusIs(absl::StatusCode::kNotFound));
  for (const char* serial : {"8b", "8a", "8c", "8d"}) {
    CertificateRecord row = Intent(serial);
    if (*(serial + 1) == 'd') row.authority = "sp-ca";
    OTRP_ASSERT_OK(store().RecordIntent(row, {}));
    if (*(serial + 1) == 'c') continue;
    OTRP_ASSERT_OK(store()
                       .Revoke(serial,
                               {RevocationReason::kCessationOfOperation, At(1)},
                               Audit())
                       .status());
  }
  int64_t wanted = 1;
  std::vector<std::string> serials;
  const auto sign = [&](int64_t number,
                        const std::vector<crypto::RevokedEntry>& revoked)
      -> absl::StatusOr<CrlRecord> {
    EXPECT_EQ(number, wanted);
    serials.clear();
    for (const crypto::RevokedEntry& entry : revoked) {
      serials.push_back(entry.serial);
      EXPECT_EQ(entry.reason, 5);
      EXPECT_EQ(entry.revoked_at, At(1));
    }
    return CrlRecord{number, kOctets, At(number), At(number + 100)};
  };
  OTRP_ASSERT_OK(store().ReplaceCrl("tee-ca", At(0), 0, sign));
  EXPECT_THAT(serials, ElementsAre("8a", "8b"));
  wanted = 2;
  OTRP_ASSERT_OK(store().ReplaceCrl("tee-ca", At(0), 0, sign));
  OTRP_ASSERT_OK_AND_ASSIGN(CrlRecord crl, store().GetCrl("tee-ca"));
  EXPECT_EQ(crl.number, 2);
  EXPECT_EQ(crl.der, kOctets);
  EXPECT_EQ(crl.this_update, At(2));
  EXPECT_EQ(crl.next_update, At(102));
  // The one before stays where none could be made.
  EXPECT_THAT(store().ReplaceCrl("tee-ca", At(0), 0, NeverSigns()),
              StatusIs(absl::StatusCode::kDataLoss));
  OTRP_ASSERT_OK_AND_ASSIGN(crl, store().GetCrl("tee-ca"));
  EXPECT_EQ(crl.number, 2);
  EXPECT_THAT(store().ReplaceCrl("nobody", At(0), 0,
                                 [](int64_t, const auto&) {
                                   return CrlRecord{1, "x", At(0), At(1)};
                                 }),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(CaStoreTest, ManyAtOnceGetANumberEach) {
  OTRP_ASSERT_OK(
      store().AddAuthority(NewAuthority("tee-ca"), Intent("8"), Audit()));
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([this] {
      for (int n = 0; n < 5; ++n) {
        EXPECT_THAT(
            store().ReplaceCrl("tee-ca", At(0), 0,
                               [](int64_t number, const auto&) {
                                 return CrlRecord{number, "x", At(0), At(1)};
                               }),
            IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  OTRP_ASSERT_OK_AND_ASSIGN(CrlRecord crl, store().GetCrl("tee-ca"));
  EXPECT_EQ(crl.number, 15);
  // It jumps to what is asked for, and never back.
  const auto number_after = [&](int64_t least) {
    OTRP_EXPECT_OK(store().ReplaceCrl(
        "tee-ca", At(0), least,
        [](int64_t number, const std::vector<crypto::RevokedEntry>&) {
          return CrlRecord{number, "crl", At(1), At(2)};
        }));
    return store().GetCrl("tee-ca")->number;
  };
  EXPECT_EQ(number_after(1000), 1000);
  EXPECT_EQ(number_after(10), 1001);
}

TEST_F(CaStoreTest, ACrlIsStaleWhenMissingOldOrShortOfARevocation) {
  for (const char* name : {"tee-ca", "sp-ca"}) {
    OTRP_ASSERT_OK(store().AddAuthority(
        NewAuthority(name), Intent(absl::StrCat("a", name)), Audit()));
  }
  EXPECT_THAT(store().StaleCrls(At(0)),
              IsOkAndHolds(ElementsAre("sp-ca", "tee-ca")));
  const auto sign = [](int64_t number, const auto&) {
    return CrlRecord{number, "crl", At(5000), At(10000)};
  };
  OTRP_ASSERT_OK(store().ReplaceCrl("tee-ca", At(0), 0, sign));
  OTRP_ASSERT_OK(store().ReplaceCrl("sp-ca", At(0), 0, sign));
  EXPECT_THAT(store().StaleCrls(At(9999)), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(store().StaleCrls(At(10001)),
              IsOkAndHolds(ElementsAre("sp-ca", "tee-ca")));

  // Also when the revocation's time is before the list's: its transaction may
  // have ended later.
  OTRP_ASSERT_OK(store().RecordIntent(Intent("b1"), {}));
  OTRP_ASSERT_OK(
      store()
          .Revoke("b1", {RevocationReason::kKeyCompromise, At(1)}, Audit())
          .status());
  EXPECT_THAT(store().StaleCrls(At(0)), IsOkAndHolds(ElementsAre("tee-ca")));
  OTRP_ASSERT_OK(store().ReplaceCrl("tee-ca", At(0), 0, sign));
  EXPECT_THAT(store().StaleCrls(At(0)), IsOkAndHolds(IsEmpty()));
}

TEST_F(CaStoreTest, ListsOfPartsHaveTheirOwnAndGoOnWhenTheNumberChanges) {
  OTRP_ASSERT_OK(
      store().AddAuthority(NewAuthority("tee-ca"), Intent("8"), Audit()));
  const size_t records = audit_count();
  EXPECT_THAT(store().CrlDivisionsOf("tee-ca"), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(store().DivideCrls("tee-ca", 1, Audit()), IsOkAndHolds(false));
  EXPECT_THAT(store().DivideCrls("tee-ca", 2, Audit()), IsOkAndHolds(true));
  EXPECT_THAT(store().DivideCrls("tee-ca", 2, Audit()), IsOkAndHolds(false));
  EXPECT_EQ(store().ReadAuthorities()->crl_shards.at("tee-ca"), 2);
  EXPECT_THAT(store().DivideCrls("tee-ca", 1, Audit()), IsOkAndHolds(true));
  EXPECT_EQ(store().ReadAuthorities()->crl_shards.at("tee-ca"), 1);
  EXPECT_THAT(store().CrlDivisionsOf("tee-ca"),
              IsOkAndHolds(ElementsAre(1, 2)));
  EXPECT_EQ(audit_count(), records + 2);

  const std::vector<std::pair<std::string, std::string>> both = {
      {"tee-ca", "2-0"}, {"tee-ca", "2-1"}};
  EXPECT_THAT(store().StaleShardCrls(At(0), 10), IsOkAndHolds(both));
  EXPECT_EQ(store().StaleShardCrls(At(0), 1)->size(), 1u);
  CertificateRecord one = Intent("b1");
  one.crl_shard = "2-1";
  OTRP_ASSERT_OK(store().RecordIntent(one, {}));
  EXPECT_EQ(store().GetCertificate("b1")->crl_shard, "2-1");
  OTRP_ASSERT_OK(
      store()
          .Revoke("b1", {RevocationReason::kKeyCompromise, At(1)}, Audit())
          .status());
  std::vector<size_t> listed;
  const auto sign = [&](int64_t number, const auto& revoked) {
    listed.push_back(revoked.size());
    return CrlRecord{number, "crl", At(5000), At(10000)};
  };
  for (const auto& [authority, shard] : both) {
    OTRP_ASSERT_OK(store().ReplaceShardCrl(authority, shard, At(0), 7, sign));
  }
  EXPECT_THAT(listed, ElementsAre(0, 1));
  EXPECT_EQ(store().GetShardCrl("tee-ca", "2-1")->number, 7);
  EXPECT_THAT(store().GetShardCrl("tee-ca", "4-1").status(),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store().StaleShardCrls(At(9999), 10), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(store().StaleShardCrls(At(10001), 10), IsOkAndHolds(both));
}

TEST_F(CaStoreTest, AnAnchorsNameMeansOneCertificate) {
  OTRP_ASSERT_OK_AND_ASSIGN(TrustAnchorList none, store().ListAnchors({}));
  EXPECT_THAT(none.anchors, IsEmpty());
  const TrustAnchor oem = {pki::Role::kTee, "oem", kOctets, At(1)};
  OTRP_ASSERT_OK_AND_ASSIGN(CaStore::AddAnchorResult result,
                            store().AddAnchor(oem, Audit()));
  EXPECT_TRUE(result.added);
  // The same again: nothing changes, and the first time counts.
  TrustAnchor again = oem;
  again.added_at = At(2);
  OTRP_ASSERT_OK_AND_ASSIGN(result, store().AddAnchor(again, Audit()));
  EXPECT_FALSE(result.added);
  EXPECT_EQ(result.anchor.added_at, At(1));
  EXPECT_EQ(result.anchor.certificate_der, kOctets);
  again.certificate_der = "other";
  EXPECT_THAT(store().AddAnchor(again, Audit()).status(),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("oem")));
  OTRP_ASSERT_OK_AND_ASSIGN(TrustAnchorList one, store().ListAnchors({}));
  EXPECT_EQ(one.version, none.version + 1);
  ASSERT_EQ(one.anchors.size(), 1u);
  EXPECT_EQ(one.anchors[0].certificate_der, kOctets);
  EXPECT_EQ(audit_count(), 1u);
  // Another role is another name.
  again.role = pki::Role::kTfw;
  OTRP_ASSERT_OK_AND_ASSIGN(result, store().AddAnchor(again, Audit()));
  EXPECT_TRUE(result.added);
}

TEST_F(CaStoreTest, AnchorsAreListedByRoleAndTheVersionGrowsWithEachChange) {
  for (const auto& [role, name] :
       std::vector<std::pair<pki::Role, std::string>>{
           {pki::Role::kTfw, "a"},
           {pki::Role::kTee, "b"},
           {pki::Role::kTee, "B"},
           {pki::Role::kTee, "a-1"}}) {
    OTRP_ASSERT_OK(
        store().AddAnchor({role, name, kOctets, At(1)}, Audit()).status());
  }
  OTRP_ASSERT_OK_AND_ASSIGN(TrustAnchorList all, store().ListAnchors({}));
  std::string names;
  for (const TrustAnchor& anchor : all.anchors) {
    absl::StrAppend(&names, pki::RoleName(anchor.role), "/", anchor.name, " ");
  }
  EXPECT_EQ(names, "tee/B tee/a-1 tee/b tfw/a ");
  OTRP_ASSERT_OK_AND_ASSIGN(TrustAnchorList tfw,
                            store().ListAnchors(pki::Role::kTfw));
  EXPECT_EQ(tfw.anchors.size(), 1u);
  EXPECT_EQ(tfw.version, all.version);

  OTRP_ASSERT_OK(store().RemoveAnchor(pki::Role::kTee, "b", Audit()));
  EXPECT_THAT(store().RemoveAnchor(pki::Role::kTee, "b", Audit()),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store().RemoveAnchor(pki::Role::kSp, "a", Audit()),
              StatusIs(absl::StatusCode::kNotFound));
  OTRP_ASSERT_OK_AND_ASSIGN(TrustAnchorList less, store().ListAnchors({}));
  EXPECT_EQ(less.anchors.size(), 3u);
  EXPECT_EQ(less.version, all.version + 1);
  EXPECT_EQ(audit_count(), 5u);
}

// Versions run side by side: an old one must not stumble over new words.
TEST_F(CaStoreTest, WhatANewerVersionWroteIsReadWithoutItsWords) {
  OTRP_ASSERT_OK(
      store()
          .AddAuthority(NewAuthority("tee-ca"), Intent("c0"), Audit())
          .status());
  OTRP_ASSERT_OK(
      store()
          .AddAnchor({pki::Role::kTee, "oem", kOctets, At(1)}, Audit())
          .status());
  OTRP_ASSERT_OK(database_.superuser().Run([](store::Tx& tx) {
    return tx.ExecScript(R"sql(
        UPDATE authority SET role = 'quantum';
        UPDATE certificate SET profile = 'quantum';
        UPDATE trust_anchor SET role = 'quantum')sql");
  }));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto authorities, store().ListAuthorities());
  ASSERT_EQ(authorities.size(), 1u);
  EXPECT_FALSE(authorities[0].role.has_value());
  OTRP_ASSERT_OK_AND_ASSIGN(const CertificateRecord certificate,
                            store().GetCertificate("c0"));
  EXPECT_FALSE(certificate.profile.has_value());
  OTRP_ASSERT_OK_AND_ASSIGN(const TrustAnchorList anchors,
                            store().ListAnchors({}));
  EXPECT_THAT(anchors.anchors, IsEmpty());
}

}  // namespace
}  // namespace ca
}  // namespace otrp
