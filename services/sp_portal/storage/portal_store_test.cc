#include "services/sp_portal/storage/portal_store.h"

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/fake_random.h"
#include "libs/base/secret.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/service/names.h"
#include "libs/store/audit.h"
#include "libs/store/outbox.h"
#include "libs/store/pool.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/storage/blob_store.h"
#include "tests/support/lock_waiters.h"
#include "tests/support/postgres_proxy.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::AwaitLockWaiters;
using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::PostgresProxy;
using ::otrp::testing::ServiceDatabase;
using ::otrp::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1763900000);

Visible Of(const std::string& spid) { return {spid, {}, {}}; }

class PortalStoreTest : public ::testing::Test {
 protected:
  void SetUp() override { OTRP_ASSERT_OK(blobs_.CheckKek()); }

  PortalStore& db() { return store_; }

  int64_t AuditEvents() { return Count("audit_event"); }
  int64_t Messages() { return Count("outbox"); }

  static store::AuditEvent Audit() {
    store::AuditEvent audit;
    audit.actor = "otrp://operator/alice";
    audit.action = "test";
    audit.subject = "bank";
    return audit;
  }

  store::OutboxMessage Message(const std::string& key) {
    store::OutboxMessage message;
    message.event_id = absl::StrCat("event-", ++events_);
    message.topic = "tsm.catalog";
    message.key = key;
    message.payload = std::string("\0payload", 8);
    return message;
  }

  void AddSp(const std::string& spid) {
    Sp sp;
    sp.spid = spid;
    sp.name = spid + " AG";
    sp.created_at = kNow;
    OTRP_ASSERT_OK(db().CreateSp(sp, Audit()));
  }

  static SpCertificate Certificate(char c, int minute = 0) {
    SpCertificate certificate;
    certificate.fingerprint = std::string(32, c);
    certificate.serial = std::string("0") + c;
    certificate.der = std::string("\0der", 4) + c;
    certificate.issuers = {"issuer", std::string("\0root\"\\", 7)};
    certificate.not_after = kNow + absl::Hours(24);
    certificate.enrolled_at = kNow + absl::Minutes(minute);
    return certificate;
  }

  absl::StatusOr<Change> Enroll(const std::string& spid, char c,
                                int minute = 0) {
    return db().AddCertificate(spid, Certificate(c, minute), Message(spid),
                               Audit());
  }

  absl::StatusOr<Change> Push(const std::string& spid, const std::string& taid,
                              const std::string& version,
                              const std::string& image = "image",
                              const std::string& pdata = "") {
    auto order = service::Version::Parse(version);
    if (!order.ok()) return order.status();
    AppVersion v;
    v.spid = spid;
    v.taid = taid;
    v.version = version;
    v.format = protocol::TaImageFormat::kJws;
    v.image_sha256 = crypto::Sha256(image);
    v.image_bytes = static_cast<int64_t>(image.size());
    v.pdata_sha256 = crypto::Sha256(pdata);
    v.signer_fingerprint = std::string(32, 'a');
    v.pushed_at = kNow;
    SealedImage sealed;
    sealed.image = *blobs_.Seal(image);
    if (!pdata.empty()) sealed.personalization_data = *blobs_.Seal(pdata);
    return db().AddVersion(v, *order, sealed, quotas_, Audit());
  }

  absl::StatusOr<Change> Release(
      const std::string& spid, const std::string& taid,
      const std::string& version,
      service::Channel channel = service::Channel::kStable) {
    return db().Release(spid, taid, *service::Version::Parse(version), channel,
                        /*needs_approval=*/false, Message(spid + "/" + taid),
                        Audit());
  }

  absl::StatusOr<Change> Withdraw(const std::string& spid,
                                  const std::string& taid) {
    return db().Withdraw(spid, taid, Message(spid + "/" + taid), Audit());
  }

  static Assignment To(const std::string& spid, const std::string& taid,
                       Target target) {
    return {0, spid, taid, std::move(target), kNow};
  }

  // An SP with a certificate and a pushed TA.
  void AddBank() {
    AddSp("bank");
    OTRP_ASSERT_OK(Enroll("bank", 'a'));
    OTRP_ASSERT_OK(Push("bank", "pay", "1.0.0"));
  }

  int64_t Count(const std::string& table) {
    int64_t n = -1;
    auto row = database_.pool().Query1("SELECT count(*) FROM " + table);
    EXPECT_TRUE(row.ok() && row->Scan(&n).ok());
    return n;
  }

  ServiceDatabase database_{
      {"portal", "services/sp_portal/storage/migrations"}};
  PortalStore store_{database_.pool()};
  FakeRandom random_{1};
  BlobStore blobs_{database_.pool(), SecretBytes(std::string(32, 'k')),
                   random_};
  int events_ = 0;
  Quotas quotas_;
};

TEST_F(PortalStoreTest, AnSpIsMadeOnce) {
  Sp sp;
  sp.spid = "bank";
  sp.name = "Bänk 'AG'";
  sp.created_at = kNow;
  OTRP_ASSERT_OK_AND_ASSIGN(Change first, db().CreateSp(sp, Audit()));
  EXPECT_TRUE(first.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(Change again, db().CreateSp(sp, Audit()));
  EXPECT_FALSE(again.changed);
  EXPECT_EQ(AuditEvents(), 1);
  sp.name = "Other";
  EXPECT_THAT(db().CreateSp(sp, Audit()),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("bank")));
  OTRP_ASSERT_OK_AND_ASSIGN(Sp found, db().GetSp("bank"));
  EXPECT_EQ(found.name, "Bänk 'AG'");
  EXPECT_EQ(found.created_at, kNow);
  EXPECT_THAT(db().GetSp("nobody"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(PortalStoreTest, SpsAreListedInPages) {
  for (const char* spid : {"b", "a", "C", "a-1"}) AddSp(spid);
  OTRP_ASSERT_OK(Enroll("b", 'a'));
  OTRP_ASSERT_OK_AND_ASSIGN(auto page, db().ListSps("", "", 3));
  ASSERT_EQ(page.size(), 3u);
  EXPECT_EQ(page[0].spid, "C");
  EXPECT_EQ(page[1].spid, "a");
  EXPECT_EQ(page[2].spid, "a-1");
  OTRP_ASSERT_OK_AND_ASSIGN(page, db().ListSps("", "a-1", 3));
  ASSERT_EQ(page.size(), 1u);
  EXPECT_EQ(page[0].certificates.size(), 1u);
  OTRP_ASSERT_OK_AND_ASSIGN(page, db().ListSps("a", "", 3));
  EXPECT_EQ(page.size(), 1u);
}

TEST_F(PortalStoreTest, TheNewestCertificateIsTheCurrentOne) {
  AddSp("bank");
  OTRP_ASSERT_OK_AND_ASSIGN(Change change, Enroll("bank", 'a', 0));
  EXPECT_TRUE(change.changed);
  EXPECT_GT(change.message, 0);
  OTRP_ASSERT_OK(Enroll("bank", 'b', 1));
  OTRP_ASSERT_OK_AND_ASSIGN(Sp sp, db().GetSp("bank"));
  ASSERT_EQ(sp.certificates.size(), 2u);
  EXPECT_EQ(sp.certificates[0].fingerprint, std::string(32, 'b'));
  EXPECT_TRUE(sp.certificates[0].current);
  EXPECT_FALSE(sp.certificates[1].current);
  EXPECT_EQ(sp.certificates[1].der, Certificate('a').der);
  EXPECT_EQ(sp.certificates[1].not_after, kNow + absl::Hours(24));
  EXPECT_EQ(Messages(), 2);
  EXPECT_EQ(AuditEvents(), 3);
}

TEST_F(PortalStoreTest, TheSameCertificateAgainChangesNothing) {
  AddSp("bank");
  AddSp("shop");
  OTRP_ASSERT_OK_AND_ASSIGN(Change first, Enroll("bank", 'a'));
  OTRP_ASSERT_OK_AND_ASSIGN(Change again, Enroll("bank", 'a'));
  EXPECT_FALSE(again.changed);
  // What is still on its way can be waited for.
  EXPECT_EQ(again.message, first.message);
  EXPECT_EQ(Messages(), 1);
  EXPECT_THAT(Enroll("shop", 'a'), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(Enroll("nobody", 'x'), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(PortalStoreTest, ARevokedCertificateStaysSoAndTheNewestGoodOneCounts) {
  AddSp("bank");
  OTRP_ASSERT_OK(Enroll("bank", 'a', 0));
  OTRP_ASSERT_OK(Enroll("bank", 'b', 1));
  OTRP_ASSERT_OK(Enroll("bank", 'c', 2));
  std::vector<std::string> told;
  const auto revoke = [&](const char* serial, absl::Time now = kNow) {
    return db().RevokeCertificate(
        {"bank", serial}, {kNow + absl::Seconds(told.size()), 1}, now,
        [&](const std::string& name, const SpCertificate& revoked,
            const SpCertificate* current) {
          EXPECT_EQ(revoked.fingerprint, Certificate(serial[1]).fingerprint);
          std::vector<store::OutboxMessage> messages = {Message("bank")};
          if (current != nullptr) {
            told.push_back(name + " " + current->serial);
            messages.push_back(Message("bank"));
          }
          return messages;
        },
        Audit());
  };
  OTRP_ASSERT_OK_AND_ASSIGN(auto found, db().FindUnrevoked({"0b", "0c", "xx"}));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].spid, "bank");
  // One that isn't the current one leaves that as it is.
  const int64_t before = Messages();
  OTRP_ASSERT_OK(revoke("0b"));
  EXPECT_TRUE(told.empty());
  EXPECT_EQ(Messages(), before + 1);
  OTRP_ASSERT_OK_AND_ASSIGN(const Change change, revoke("0c"));
  EXPECT_GT(change.message, 0);
  EXPECT_EQ(Messages(), before + 3);
  EXPECT_EQ(told, std::vector<std::string>{"bank AG 0a"});
  OTRP_ASSERT_OK_AND_ASSIGN(const Change again, revoke("0c"));
  EXPECT_FALSE(again.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(const Sp sp, db().GetSp("bank"));
  EXPECT_EQ(sp.certificates[0].revoked->at, kNow);
  EXPECT_EQ(sp.certificates[0].revoked->reason, 1);
  EXPECT_TRUE(sp.certificates[2].current);
  // What has ended doesn't become the current one.
  OTRP_ASSERT_OK(Enroll("bank", 'd', 3));
  OTRP_ASSERT_OK(revoke("0d", kNow + absl::Hours(25)));
  EXPECT_EQ(told.size(), 1u);
  OTRP_ASSERT_OK_AND_ASSIGN(found, db().FindUnrevoked({"0b", "0c", "0d"}));
  EXPECT_TRUE(found.empty());
  EXPECT_THAT(revoke("0e"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(PortalStoreTest, VersionsDoNotChange) {
  AddSp("bank");
  OTRP_ASSERT_OK(Enroll("bank", 'a'));
  OTRP_ASSERT_OK_AND_ASSIGN(Change first,
                            Push("bank", "pay", "1.0.0", "x", "p"));
  EXPECT_TRUE(first.changed);
  const int64_t audits = AuditEvents();
  OTRP_ASSERT_OK_AND_ASSIGN(Change again,
                            Push("bank", "pay", "1.0.0", "x", "p"));
  EXPECT_FALSE(again.changed);
  EXPECT_EQ(AuditEvents(), audits);
  EXPECT_THAT(Push("bank", "pay", "1.0.0", "y", "p"),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(Push("bank", "pay", "1.0.0", "x", "q"),
              StatusIs(absl::StatusCode::kAlreadyExists));
  // The same version, written another way.
  EXPECT_THAT(Push("bank", "pay", "1.0", "x", "p"),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("1.0.0")));
  OTRP_ASSERT_OK_AND_ASSIGN(Image image,
                            blobs_.GetImage("bank", "pay", "1.0.0"));
  EXPECT_EQ(image.image, "x");
  EXPECT_EQ(image.personalization_data, "p");
  EXPECT_THAT(blobs_.GetImage("bank", "pay", "2"),
              StatusIs(absl::StatusCode::kNotFound));
}

service::Version V(const char* words) {
  return *service::Version::Parse(words);
}

TEST_F(PortalStoreTest, WhatAnSpMayKeepHasLimitsThatTheErrorNames) {
  AddBank();
  constexpr auto kFull = absl::StatusCode::kResourceExhausted;
  // "image" has five octets.
  quotas_.image_bytes = 12;
  OTRP_ASSERT_OK(Push("bank", "pay", "2"));
  EXPECT_THAT(Push("bank", "pay", "3"),
              StatusIs(kFull, AllOf(HasSubstr("10 octets"), HasSubstr("12"))));
  quotas_.image_bytes = 1000;
  quotas_.versions = 2;
  EXPECT_THAT(Push("bank", "pay", "3"),
              StatusIs(kFull, HasSubstr("version: would be one more than the "
                                        "2")));
  // What is there is no further one.
  OTRP_EXPECT_OK(Push("bank", "pay", "2"));
  quotas_.applications = 1;
  EXPECT_THAT(Push("bank", "till", "1"),
              StatusIs(kFull, HasSubstr("taid: would be one application more "
                                        "than the 1")));
  quotas_ = Quotas();
  OTRP_EXPECT_OK(Push("bank", "till", "1"));
  OTRP_EXPECT_OK(db().CheckQuotas("bank", "pay", 1, quotas_));
}

TEST_F(PortalStoreTest, OfTwoPushesAtOnceOneFindsTheQuotaUsed) {
  AddBank();
  quotas_.applications = 2;
  std::vector<std::thread> threads;
  std::atomic<int> refused{0};
  // Nobody writes before each has counted, or waits until another is through.
  const absl::Status raced = database_.superuser().Run([&](store::Tx& tx) {
    OTRP_RETURN_IF_ERROR(tx.ExecScript("LOCK TABLE app_version IN SHARE MODE"));
    for (const char* taid : {"a", "b", "c", "d"}) {
      threads.emplace_back([this, taid, &refused] {
        refused += absl::IsResourceExhausted(Push("bank", taid, "1").status());
      });
    }
    return AwaitLockWaiters(database_.pool(), 4);
  });
  for (std::thread& thread : threads) thread.join();
  OTRP_EXPECT_OK(raced);
  EXPECT_EQ(refused, 3);
  EXPECT_THAT(db().ListApps(Of("bank"), "", "", 10), IsOkAndHolds(SizeIs(2)));
}

TEST_F(PortalStoreTest, GetVersionTellsWhatIsMissing) {
  AddBank();
  OTRP_ASSERT_OK_AND_ASSIGN(AppVersion v,
                            db().GetVersion("bank", "pay", V("1.0.0")));
  EXPECT_EQ(v.format, protocol::TaImageFormat::kJws);
  EXPECT_EQ(v.image_bytes, 5);
  // The same version in fewer words.
  OTRP_ASSERT_OK_AND_ASSIGN(v, db().GetVersion("bank", "pay", V("1")));
  EXPECT_EQ(v.version, "1.0.0");
  EXPECT_THAT(db().GetVersion("bank", "pay", V("9")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("version:")));
  EXPECT_THAT(db().GetVersion("bank", "other", V("1.0.0")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("taid:")));
}

TEST_F(PortalStoreTest, ReleasesOnlyGoUp) {
  AddBank();
  OTRP_ASSERT_OK(Push("bank", "pay", "1.9"));
  OTRP_ASSERT_OK(Push("bank", "pay", "1.10"));
  EXPECT_THAT(Release("bank", "pay", "3"),
              StatusIs(absl::StatusCode::kNotFound));
  OTRP_ASSERT_OK_AND_ASSIGN(Change change, Release("bank", "pay", "1.9"));
  EXPECT_TRUE(change.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(Change up, Release("bank", "pay", "1.10"));
  EXPECT_TRUE(up.changed);
  EXPECT_GT(up.message, change.message);
  EXPECT_THAT(Release("bank", "pay", "1.9"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("1.9 is lower than 1.10")));
  OTRP_ASSERT_OK_AND_ASSIGN(Change again, Release("bank", "pay", "1.10"));
  EXPECT_FALSE(again.changed);
  EXPECT_EQ(again.message, up.message);
}

TEST_F(PortalStoreTest, AWithdrawalDoesNotOpenTheWayDown) {
  AddBank();
  OTRP_ASSERT_OK(Push("bank", "pay", "2"));
  OTRP_ASSERT_OK(Release("bank", "pay", "2"));
  OTRP_ASSERT_OK_AND_ASSIGN(Change change, Withdraw("bank", "pay"));
  EXPECT_TRUE(change.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(change, Withdraw("bank", "pay"));
  EXPECT_FALSE(change.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(auto apps, db().ListApps({}, "", "", 10));
  ASSERT_EQ(apps.size(), 1u);
  EXPECT_TRUE(apps[0].withdrawn);
  EXPECT_EQ(apps[0].released_version, "");
  EXPECT_THAT(Release("bank", "pay", "1.0.0"),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  OTRP_ASSERT_OK_AND_ASSIGN(change, Release("bank", "pay", "2"));
  EXPECT_TRUE(change.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(apps, db().ListApps({}, "", "", 10));
  EXPECT_FALSE(apps[0].withdrawn);
  EXPECT_EQ(apps[0].released_version, "2");
  EXPECT_THAT(Withdraw("bank", "none"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(PortalStoreTest, AppsAreListedWithVersionsInOrder) {
  AddBank();
  OTRP_ASSERT_OK(Push("bank", "pay", "1.10"));
  OTRP_ASSERT_OK(Push("bank", "pay", "1.9"));
  OTRP_ASSERT_OK(Push("bank", "auth", "1"));
  AddSp("shop");
  OTRP_ASSERT_OK(
      db().AddCertificate("shop", Certificate('b'), Message("shop"), Audit()));
  OTRP_ASSERT_OK_AND_ASSIGN(auto apps, db().ListApps({}, "", "", 1));
  ASSERT_EQ(apps.size(), 1u);
  EXPECT_EQ(apps[0].taid, "auth");
  OTRP_ASSERT_OK_AND_ASSIGN(apps, db().ListApps({}, "bank", "auth", 10));
  ASSERT_EQ(apps.size(), 1u);
  std::vector<std::string> versions;
  for (const AppVersion& v : apps[0].versions) versions.push_back(v.version);
  EXPECT_THAT(versions, ElementsAre("1.0.0", "1.9", "1.10"));
  OTRP_ASSERT_OK_AND_ASSIGN(apps, db().ListApps(Of("shop"), "", "", 10));
  EXPECT_THAT(apps, IsEmpty());
}

TEST_F(PortalStoreTest, AssignmentsComeAndGoOnce) {
  AddBank();
  const std::string did(32, '\xaa');
  for (const Assignment& a :
       {To("bank", "pay", AllDevices()), To("bank", "pay", OneDevice{did}),
        To("bank", "pay", DeviceGroup{"pilot"})}) {
    OTRP_ASSERT_OK_AND_ASSIGN(Change change,
                              db().Assign(a, PortalStore::By::kOperator,
                                          Message("bank/pay"), Audit()));
    EXPECT_TRUE(change.changed);
    OTRP_ASSERT_OK_AND_ASSIGN(
        change, db().Assign(a, PortalStore::By::kOperator, Message("bank/pay"),
                            Audit()));
    EXPECT_FALSE(change.changed);
  }
  OTRP_ASSERT_OK_AND_ASSIGN(auto list, db().ListAssignments({}, 0, 2));
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[1].target, Target(OneDevice{did}));
  EXPECT_EQ(list[1].assigned_at, kNow);
  OTRP_ASSERT_OK_AND_ASSIGN(list, db().ListAssignments({}, list[1].id, 2));
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].target, Target(DeviceGroup{"pilot"}));
  OTRP_ASSERT_OK_AND_ASSIGN(list, db().ListAssignments(Of("shop"), 0, 10));
  EXPECT_THAT(list, IsEmpty());

  OTRP_ASSERT_OK_AND_ASSIGN(Change gone,
                            db().Unassign(To("bank", "pay", AllDevices()),
                                          Message("bank/pay"), Audit()));
  EXPECT_TRUE(gone.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(gone, db().Unassign(To("bank", "pay", AllDevices()),
                                                Message("bank/pay"), Audit()));
  EXPECT_FALSE(gone.changed);
  EXPECT_THAT(
      db().Assign(To("bank", "none", AllDevices()), PortalStore::By::kOperator,
                  Message("bank/none"), Audit()),
      StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(db().Unassign(To("bank", "none", AllDevices()),
                            Message("bank/none"), Audit()),
              StatusIs(absl::StatusCode::kNotFound));
}

// --- Entitlements
// ------------------------------------------------------------

TEST_F(PortalStoreTest, AnSpAssignsWithinItsEntitlementsOnly) {
  AddBank();
  const auto assign = [&](Target target) {
    return db().Assign(To("bank", "pay", std::move(target)),
                       PortalStore::By::kSp, Message("bank/pay"), Audit());
  };
  const auto grant = [&](const std::string& id, Target target) {
    return db().Grant({id, "bank", std::move(target), "op", kNow}, Audit());
  };
  const std::string did(32, 'd');
  const auto refused =
      StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("target:"));
  EXPECT_THAT(assign(AllDevices()), refused);
  EXPECT_THAT(assign(DeviceGroup{"pilot"}), refused);
  OTRP_ASSERT_OK_AND_ASSIGN(const auto none, db().ListAssignments({}, 0, 9));
  EXPECT_THAT(none, IsEmpty());

  OTRP_ASSERT_OK(grant("ent_group", DeviceGroup{"pilot"}));
  OTRP_EXPECT_OK(assign(DeviceGroup{"pilot"}));
  EXPECT_THAT(assign(DeviceGroup{"pilots"}), refused);
  EXPECT_THAT(assign(OneDevice{did}), refused);
  EXPECT_THAT(assign(AllDevices()), refused);
  OTRP_ASSERT_OK(grant("ent_did", OneDevice{did}));
  OTRP_EXPECT_OK(assign(OneDevice{did}));
  EXPECT_THAT(assign(OneDevice{std::string(32, 'e')}), refused);

  OTRP_ASSERT_OK(grant("ent_all", AllDevices()));
  OTRP_EXPECT_OK(assign(AllDevices()));
  OTRP_EXPECT_OK(assign(OneDevice{std::string(32, 'e')}));
  EXPECT_THAT(
      db().Grant({"ent_x", "nobody", AllDevices(), "op", kNow}, Audit()),
      StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(PortalStoreTest, WhatIsRevokedCoversNothingMoreAndTellsWhatIsLeft) {
  AddBank();
  const Target pilot = DeviceGroup{"pilot"};
  OTRP_ASSERT_OK_AND_ASSIGN(
      Granted granted,
      db().Grant({"ent_1", "bank", pilot, "op", kNow}, Audit()));
  EXPECT_TRUE(granted.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(
      granted, db().Grant({"ent_2", "bank", pilot, "op", kNow}, Audit()));
  EXPECT_FALSE(granted.changed);
  EXPECT_EQ(granted.entitlement.id, "ent_1");
  const auto assign = [&](const std::string& taid) {
    return db().Assign(To("bank", taid, pilot), PortalStore::By::kSp,
                       Message("bank/" + taid), Audit());
  };
  OTRP_ASSERT_OK(assign("pay"));
  OTRP_ASSERT_OK_AND_ASSIGN(auto list, db().ListEntitlements("bank", "", 9));
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].target, pilot);

  EXPECT_THAT(db().RevokeEntitlement("shop", "ent_1", kNow, Audit()),
              StatusIs(absl::StatusCode::kNotFound));
  OTRP_ASSERT_OK_AND_ASSIGN(
      Revoked revoked, db().RevokeEntitlement("bank", "ent_1", kNow, Audit()));
  EXPECT_TRUE(revoked.changed);
  EXPECT_EQ(revoked.assignments_left, 1);
  EXPECT_THAT(assign("pay"), StatusIs(absl::StatusCode::kPermissionDenied));
  OTRP_ASSERT_OK_AND_ASSIGN(
      revoked, db().RevokeEntitlement("bank", "ent_1", kNow, Audit()));
  EXPECT_FALSE(revoked.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(list, db().ListEntitlements("bank", "", 9));
  EXPECT_THAT(list, IsEmpty());
  OTRP_ASSERT_OK_AND_ASSIGN(
      granted, db().Grant({"ent_3", "bank", pilot, "op", kNow}, Audit()));
  EXPECT_TRUE(granted.changed);
}

// --- A commit of unknown outcome
// ------------------------------------------------

class LostCommitTest
    : public PortalStoreTest,
      public ::testing::WithParamInterface<PostgresProxy::Loss> {
 protected:
  // `run` is lost once and repeated, as callers do: one change, one record and
  // as many messages as one change has.
  void LoseAndRepeat(const std::function<absl::StatusOr<Change>()>& run,
                     int64_t messages) {
    const int64_t audits_before = AuditEvents();
    const int64_t messages_before = Messages();
    const int lost = database_.proxy().lost_commits();
    database_.proxy().LoseNextCommit(GetParam());
    EXPECT_THAT(run(), StatusIs(absl::StatusCode::kUnknown));
    EXPECT_EQ(database_.proxy().lost_commits(), lost + 1);
    OTRP_ASSERT_OK_AND_ASSIGN(const Change again, run());
    EXPECT_EQ(again.changed, GetParam() == PostgresProxy::Loss::kRequest);
    // The message that the first call may have left can be waited for.
    EXPECT_EQ(again.message > 0, messages > 0);
    EXPECT_EQ(AuditEvents(), audits_before + 1);
    EXPECT_EQ(Messages(), messages_before + messages);
  }
};

TEST_P(LostCommitTest, IsRepeatedSafelyWhateverWasWritten) {
  Sp bank;
  bank.spid = "bank";
  bank.name = "Bank AG";
  bank.created_at = kNow;
  LoseAndRepeat([&] { return db().CreateSp(bank, Audit()); }, 0);
  LoseAndRepeat([&] { return Enroll("bank", 'a'); }, 1);
  LoseAndRepeat([&] { return Push("bank", "pay", "1.0.0"); }, 0);
  LoseAndRepeat([&] { return Release("bank", "pay", "1.0.0"); }, 1);
  const Assignment all = To("bank", "pay", AllDevices());
  LoseAndRepeat(
      [&] {
        return db().Assign(all, PortalStore::By::kOperator, Message("bank/pay"),
                           Audit());
      },
      1);
  LoseAndRepeat(
      [&] { return db().Unassign(all, Message("bank/pay"), Audit()); }, 1);
  LoseAndRepeat([&] { return Withdraw("bank", "pay"); }, 1);
}

INSTANTIATE_TEST_SUITE_P(Losses, LostCommitTest,
                         ::testing::Values(PostgresProxy::Loss::kRequest,
                                           PostgresProxy::Loss::kAnswer),
                         [](const auto& info) {
                           return info.param == PostgresProxy::Loss::kRequest
                                      ? "Request"
                                      : "Answer";
                         });

}  // namespace
}  // namespace portal
}  // namespace otrp
