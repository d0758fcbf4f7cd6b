// The ledger on a real PostgreSQL, as the run-time role: what issuances leave
// in it, prices, sums.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/service/usage_ledger.h"
#include "services/ca/storage/batch_store.h"
#include "services/ca/storage/ca_store.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

store::AuditEvent Audit(const std::string& action) {
  store::AuditEvent event;
  event.actor = "otrp://operator/alice";
  event.action = action;
  return event;
}

class UsageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    AddAuthority("tee-root", "tee-root", 1);
    AddAuthority("tee-ca", "tee-ca", 1);
    AddAuthority("tee-ca.2", "tee-ca", 2);
    TrustAnchor anchor;
    anchor.role = pki::Role::kTee;
    anchor.name = "acme";
    anchor.certificate_der = "der of tee-root";
    anchor.added_at = absl::Now();
    OTRP_ASSERT_OK(ca_.AddAnchor(anchor, Audit("anchor")).status());
  }

  void AddAuthority(const std::string& name, const std::string& line,
                    int generation) {
    AuthorityRecord row;
    row.name = name;
    row.line = line;
    row.generation = generation;
    row.state =
        generation == 1 ? AuthorityState::kRetiring : AuthorityState::kActive;
    row.role = pki::Role::kTee;
    row.is_root = name == "tee-root";
    row.issuer = "tee-root";
    row.certificate_der = absl::StrCat("der of ", name);
    CertificateRecord certificate = Intent(absl::StrCat("own ", name));
    certificate.state = CertificateState::kIssued;
    certificate.profile.reset();
    certificate.own = OwnCertificate::kAuthority;
    OTRP_ASSERT_OK(ca_.AddAuthority(row, certificate, Audit("add")).status());
  }

  static CertificateRecord Intent(const std::string& serial,
                                  pki::Role role = pki::Role::kTee) {
    CertificateRecord row;
    row.serial = serial;
    row.profile = role;
    row.authority = "tee-ca.2";
    row.subject = "bank";
    row.not_before = absl::Now();
    row.not_after = absl::Now() + absl::Hours(1);
    row.request_sha256 = std::string(32, '\xfe');
    row.spki_sha256 = std::string(32, '\xfd');
    row.tbs_sha256 = std::string(32, '\xfc');
    return row;
  }

  void Issue(const CertificateRecord& row) {
    OTRP_ASSERT_OK(ca_.RecordIntent(row, {}));
    OTRP_ASSERT_OK(ca_.RecordIssued(row.serial, "der", Audit("issue")));
  }

  void SetPrice(const std::string& party, int64_t amount,
                const std::string& currency = "EUR") {
    service::Price price;
    price.kind = "certificate-tee";
    price.party = party;
    price.amount_minor = amount;
    price.currency = currency;
    price.set_by = "otrp://operator/alice";
    OTRP_ASSERT_OK(ledger_.SetPrice(price, Audit("price")).status());
  }

  static service::UsageRange Around(const std::string& spid = "") {
    return {
        absl::Now() - absl::Hours(1), absl::Now() + absl::Hours(1), spid, {}};
  }

  std::vector<service::UsageEvent> Events(const std::string& spid = "") {
    auto events = ledger_.List(Around(spid), {absl::UnixEpoch(), 0}, 1000);
    EXPECT_TRUE(events.ok()) << events.status();
    return events.ok() ? *std::move(events)
                       : std::vector<service::UsageEvent>();
  }

  testing::ServiceDatabase database_{{"ca", "services/ca/storage/migrations"}};
  CaStore ca_{database_.pool()};
  BatchStore batches_{database_.pool()};
  service::UsageLedger ledger_{database_.pool()};
};

TEST_F(UsageTest, AnIssuanceIsCountedOnceWithAllThatABillAsksFor) {
  Issue(Intent("a1"));
  EXPECT_THAT(ca_.RecordIssued("a1", "der", Audit("again")),
              StatusIs(absl::StatusCode::kAborted));
  const std::vector<service::UsageEvent> events = Events();
  ASSERT_THAT(events, SizeIs(1));
  const service::UsageEvent& e = events[0];
  EXPECT_EQ(e.kind, "certificate-tee");
  EXPECT_EQ(e.authority, "tee-ca");
  EXPECT_EQ(e.generation, 2);
  EXPECT_EQ(e.tee_vendor, "acme");
  EXPECT_EQ(e.spid, "");
  EXPECT_EQ(e.item, "a1");
  EXPECT_EQ(e.quantity, 1);
  EXPECT_EQ(e.price_minor, 0);
  EXPECT_EQ(e.currency, "");
  EXPECT_LT(absl::AbsDuration(absl::Now() - e.at), absl::Minutes(1));
}

TEST_F(UsageTest, WhoACertificateIsForStandsWhereItsProfileSaysSo) {
  Issue(Intent("a1", pki::Role::kSp));
  CertificateRecord client = Intent("b2", pki::Role::kClient);
  client.san_uris = {"otrp://sp/bank"};
  Issue(client);
  CertificateRecord person = Intent("c3", pki::Role::kClient);
  person.san_uris = {"otrp://operator/bank"};
  Issue(person);
  CertificateRecord tsm = Intent("d4", pki::Role::kTsm);
  tsm.san_uris = {"https://tsm.example/otrp"};
  Issue(tsm);
  std::vector<std::string> seen;
  for (const service::UsageEvent& e : Events()) {
    seen.push_back(
        absl::StrCat(e.kind, "|", e.spid, "|", e.tsm_id, "|", e.tee_vendor));
  }
  EXPECT_THAT(seen,
              ElementsAre("certificate-sp|bank||", "certificate-client|bank||",
                          "certificate-client|||",
                          "certificate-tsm||https://tsm.example/otrp|"));
  // An SP's alone, by the index that is for them.
  EXPECT_THAT(Events("bank"), SizeIs(2));
  EXPECT_THAT(Events("ban"), IsEmpty());
}

TEST_F(UsageTest, WhatIsNotIssuedIsNotCounted) {
  OTRP_ASSERT_OK(ca_.RecordIntent(Intent("a1"), {}));
  EXPECT_THAT(Events(), IsEmpty());
  // A page of which one is gone: none of it.
  BatchStore::Intent one{Intent("b2"), {}};
  one.certificate.request_id = "r";
  OTRP_ASSERT_OK(batches_.RecordIntents({one}).status());
  EXPECT_THAT(batches_.RecordIssued(
                  {{"b2", "der", Audit("b2")}, {"c3", "der", Audit("c3")}}),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(Events(), IsEmpty());
  OTRP_ASSERT_OK(batches_.RecordIssued(
      {{"b2", "der", Audit("b2")}, {"a1", "der", Audit("a1")}}));
  EXPECT_THAT(Events(), SizeIs(2));
}

TEST_F(UsageTest, ALaterPriceLeavesEarlierEventsAsTheyWere) {
  SetPrice("", 100);
  Issue(Intent("a1"));
  SetPrice("tee-ca", 250);
  Issue(Intent("b2"));
  SetPrice("", 999);
  Issue(Intent("c3"));
  SetPrice("tee-ca", 300, "USD");
  Issue(Intent("d4"));
  // Of another authority, which nothing here is from.
  SetPrice("other-ca", 7);
  OTRP_ASSERT_OK_AND_ASSIGN(const std::vector<service::UsageSum> sums,
                            ledger_.Sum(Around(), service::UsageKey::kCa));
  ASSERT_THAT(sums, SizeIs(2));
  EXPECT_EQ(sums[0].key, "tee-ca");
  EXPECT_EQ(sums[0].currency, "EUR");
  EXPECT_EQ(sums[0].quantity, 3);
  EXPECT_EQ(sums[0].amount_minor, 100 + 250 + 250);
  EXPECT_EQ(sums[1].currency, "USD");
  EXPECT_EQ(sums[1].amount_minor, 300);
  OTRP_ASSERT_OK_AND_ASSIGN(const std::vector<service::Price> history,
                            ledger_.ListPrices(0, 100));
  EXPECT_THAT(history, SizeIs(5));
}

TEST_F(UsageTest, TheSamePriceAgainIsNoChangeAndNoRecord) {
  SetPrice("", 100);
  SetPrice("", 100);
  OTRP_ASSERT_OK_AND_ASSIGN(const auto history, ledger_.ListPrices(0, 100));
  EXPECT_THAT(history, SizeIs(1));
  const std::vector<std::string> actions = database_.AuditActions();
  EXPECT_EQ(std::count(actions.begin(), actions.end(), "price"), 1);
}

TEST_F(UsageTest, SumsAreByTheirKeyAndTheRangeIsHalfOpen) {
  Issue(Intent("a1"));
  Issue(Intent("b2", pki::Role::kSp));
  const std::vector<service::UsageEvent> events = Events();
  ASSERT_THAT(events, SizeIs(2));
  const auto keys = [&](service::UsageKey key) {
    std::vector<std::string> keys;
    const auto sums = ledger_.Sum(Around(), key);
    for (const service::UsageSum& sum : *sums) keys.push_back(sum.key);
    return keys;
  };
  EXPECT_THAT(keys(service::UsageKey::kSp), ElementsAre("", "bank"));
  EXPECT_THAT(keys(service::UsageKey::kTeeVendor), ElementsAre("", "acme"));
  EXPECT_THAT(keys(service::UsageKey::kTsm), ElementsAre("", ""));
  service::UsageRange range = Around();
  range.to = events[1].at;
  OTRP_ASSERT_OK_AND_ASSIGN(const auto before,
                            ledger_.Sum(range, service::UsageKey::kSp));
  EXPECT_THAT(before, SizeIs(1));
  range = Around();
  range.from = events[1].at;
  OTRP_ASSERT_OK_AND_ASSIGN(const auto from,
                            ledger_.Sum(range, service::UsageKey::kSp));
  EXPECT_THAT(from, SizeIs(1));
  EXPECT_EQ(ledger_.FirstAt(range).value(), events[1].at);
  // With all that its own authority has issued.
  range = Around("another");
  range.authorities = {"tee-ca"};
  EXPECT_THAT(ledger_.Sum(range, service::UsageKey::kSp).value(), SizeIs(2));
  range.authorities = {"sp-ca"};
  EXPECT_THAT(ledger_.Sum(range, service::UsageKey::kSp).value(), IsEmpty());
  // Only of one application of it.
  range = Around("bank");
  range.taids = {"another"};
  EXPECT_THAT(ledger_.Sum(range, service::UsageKey::kSp).value(), IsEmpty());
}

TEST_F(UsageTest, PagesGoOnBehindTheirLastEventAndOldOnesAreRemoved) {
  for (int i = 0; i < 5; ++i) Issue(Intent(absl::StrCat("a", i)));
  OTRP_ASSERT_OK_AND_ASSIGN(const std::vector<service::UsageEvent> first,
                            ledger_.List(Around(), {absl::UnixEpoch(), 0}, 3));
  ASSERT_THAT(first, SizeIs(3));
  OTRP_ASSERT_OK_AND_ASSIGN(
      const std::vector<service::UsageEvent> rest,
      ledger_.List(Around(), {first[2].at, first[2].id}, 3));
  ASSERT_THAT(rest, SizeIs(2));
  EXPECT_EQ(rest[0].item, "a3");
  OTRP_ASSERT_OK_AND_ASSIGN(const int64_t removed,
                            ledger_.Purge(rest[0].at, absl::Seconds(1)));
  EXPECT_EQ(removed, 3);
  EXPECT_THAT(Events(), SizeIs(2));
}

TEST_F(UsageTest, NobodyWhoRunsTheServiceCanChangeWhatWasCounted) {
  Issue(Intent("a1"));
  SetPrice("", 100);
  for (const char* sql : {"UPDATE usage_event SET quantity = 2 WHERE id = 1",
                          "UPDATE price SET amount_minor = 1 WHERE id = 1",
                          "DELETE FROM price WHERE id = 1"}) {
    EXPECT_FALSE(database_.pool().Query(sql).ok()) << sql;
  }
}

}  // namespace
}  // namespace ca
}  // namespace otrp
