// Data of single devices: what must hold of it in the database.

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/fake_random.h"
#include "libs/base/secret.h"
#include "libs/crypto/hash.h"
#include "services/sp_portal/storage/blob_store.h"
#include "services/sp_portal/storage/portal_store.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1763900000);

class PersonalizationStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK(blobs_.CheckKek());
    Sp sp;
    sp.spid = "bank";
    sp.name = "Bank AG";
    sp.created_at = kNow;
    OTRP_ASSERT_OK(store_.CreateSp(sp, Audit()));
    OTRP_ASSERT_OK(database_.pool().Query(
        "INSERT INTO app (spid, taid) VALUES ('bank', 'pay') RETURNING 1"));
  }

  static store::AuditEvent Audit() {
    store::AuditEvent audit;
    audit.actor = "otrp://operator/alice";
    audit.action = "test";
    audit.subject = "bank";
    return audit;
  }

  store::OutboxMessage Message() {
    store::OutboxMessage message;
    message.event_id = absl::StrCat("event-", ++events_);
    message.topic = "tsm.catalog";
    message.key = "bank/pay";
    return message;
  }

  static Personalization Of(char device, const std::string& data) {
    Personalization own;
    own.spid = "bank";
    own.taid = "pay";
    own.did = std::string(32, device);
    own.bytes = static_cast<int64_t>(data.size());
    own.sha256 = crypto::Sha256(data);
    own.put_at = kNow;
    return own;
  }

  absl::StatusOr<Change> Put(char device, const std::string& data,
                             PortalStore::By by = PortalStore::By::kSp) {
    return store_.PutPersonalization(Of(device, data), by, *blobs_.Seal(data),
                                     Message(), Audit());
  }

  void Entitle(const Target& target) {
    Entitlement entitlement;
    entitlement.id = absl::StrCat("ent_", ++events_);
    entitlement.spid = "bank";
    entitlement.target = target;
    entitlement.granted_at = kNow;
    OTRP_ASSERT_OK(store_.Grant(entitlement, Audit()));
  }

  ::otrp::testing::ServiceDatabase database_{
      {"portal", "services/sp_portal/storage/migrations"}};
  PortalStore store_{database_.pool()};
  FakeRandom random_{1};
  BlobStore blobs_{database_.pool(), SecretBytes(std::string(32, 'k')),
                   random_};
  int events_ = 0;
};

TEST_F(PersonalizationStoreTest, DataIsKeptReplacedListedAndRemoved) {
  OTRP_ASSERT_OK_AND_ASSIGN(Change change,
                            Put('a', "one", PortalStore::By::kOperator));
  EXPECT_TRUE(change.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(change,
                            Put('a', "one", PortalStore::By::kOperator));
  EXPECT_FALSE(change.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(change,
                            Put('a', "two", PortalStore::By::kOperator));
  EXPECT_TRUE(change.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(
      const auto found,
      store_.FindPersonalization("bank", "pay", std::string(32, 'a')));
  ASSERT_TRUE(found.has_value());
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string data,
                            blobs_.Read(found->blob_id, found->sha256));
  EXPECT_EQ(data, "two");
  OTRP_ASSERT_OK_AND_ASSIGN(auto list,
                            store_.ListPersonalizations("bank", "pay", "", 10));
  EXPECT_THAT(list, SizeIs(1));
  OTRP_ASSERT_OK_AND_ASSIGN(
      change, store_.DeletePersonalization(Of('a', ""), Message(), Audit()));
  EXPECT_TRUE(change.changed);
  OTRP_ASSERT_OK_AND_ASSIGN(list,
                            store_.ListPersonalizations("bank", "pay", "", 10));
  EXPECT_THAT(list, SizeIs(0));
  // Nobody refers to either any more.
  OTRP_ASSERT_OK_AND_ASSIGN(const int64_t removed, blobs_.RemoveIdle(10));
  EXPECT_EQ(removed, 2);
}

TEST_F(PersonalizationStoreTest, AnEntitlementToAGroupWillDo) {
  EXPECT_THAT(Put('a', "one"), StatusIs(absl::StatusCode::kPermissionDenied));
  Entitle(OneDevice{std::string(32, 'b')});
  EXPECT_THAT(Put('a', "one"), StatusIs(absl::StatusCode::kPermissionDenied));
  OTRP_EXPECT_OK(Put('b', "one"));
  Entitle(DeviceGroup{"pilot"});
  OTRP_EXPECT_OK(Put('a', "one"));
}

}  // namespace
}  // namespace portal
}  // namespace otrp
