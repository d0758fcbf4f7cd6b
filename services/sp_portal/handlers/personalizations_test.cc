// Data that one device gets with a TA.

#include "services/sp_portal/handlers/personalizations.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/hash.h"
#include "services/sp_portal/handlers/versions.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/testing/handlers_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class PersonalizationsTest : public HandlersFixture {
 protected:
  void SetUp() override {
    AddBank();
    OTRP_ASSERT_OK(Create("shop", "Shop AG"));
  }

  void Entitle(const Target& target, const std::string& id = "ent_1") {
    Entitlement entitlement;
    entitlement.id = id;
    entitlement.spid = "bank";
    entitlement.target = target;
    entitlement.granted_at = clock_.Now();
    OTRP_ASSERT_OK(store_.Grant(entitlement, store::AuditEvent()).status());
  }

  absl::StatusOr<v1::Personalization> Put(const rpc::CallContext& call,
                                          char device,
                                          const std::string& data) {
    v1::PutPersonalizationRequest request;
    request.set_spid("bank");
    request.set_taid("pay");
    request.set_did(std::string(32, device));
    request.set_data(data);
    v1::PutPersonalizationResponse response;
    const absl::Status status =
        handlers::PutPersonalization(call, env_, request, response);
    if (!status.ok()) return status;
    return response.personalization();
  }

  absl::Status Delete(const rpc::CallContext& call, char device) {
    v1::DeletePersonalizationRequest request;
    request.set_spid("bank");
    request.set_taid("pay");
    request.set_did(std::string(32, device));
    v1::DeletePersonalizationResponse response;
    return handlers::DeletePersonalization(call, env_, request, response);
  }

  absl::StatusOr<v1::ListPersonalizationsResponse> List(
      const rpc::CallContext& call, int page_size = 0,
      const std::string& token = "") {
    v1::ListPersonalizationsRequest request;
    request.set_spid("bank");
    request.set_taid("pay");
    request.set_page_size(page_size);
    request.set_page_token(token);
    v1::ListPersonalizationsResponse response;
    const absl::Status status =
        handlers::ListPersonalizations(call, env_, request, response);
    if (!status.ok()) return status;
    return response;
  }

  // Rows of any table that have these octets in clear.
  bool IsInTheDatabase(const std::string& octets) {
    auto rows = database_.pool().Query(
        "SELECT 1 FROM blob_chunk WHERE position($1::bytea IN sealed) > 0 "
        "UNION ALL SELECT 1 FROM outbox WHERE position($1::bytea IN payload) "
        "> 0",
        store::Bytes(octets));
    EXPECT_THAT(rows, ::otrp::testing::IsOk());
    return rows.ok() && !rows->empty();
  }
};

TEST_F(PersonalizationsTest, DataIsSealedAndListedWithoutItself) {
  Entitle(AllDevices());
  const std::string secret = "account 4711 of Mrs. Smith";
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::Personalization put,
                            Put(bank_, 'a', secret));
  EXPECT_EQ(put.sha256(), crypto::Sha256(secret));
  EXPECT_EQ(put.bytes(), static_cast<int64_t>(secret.size()));
  EXPECT_FALSE(IsInTheDatabase(secret));
  const tsm::v1::PersonalizationChanged event =
      LastEvent().personalization_changed();
  EXPECT_EQ(event.did(), std::string(32, 'a'));
  EXPECT_TRUE(event.data().empty());
  OTRP_ASSERT_OK(Put(bank_, 'b', "other").status());
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::ListPersonalizationsResponse first,
                            List(bank_, 1));
  ASSERT_THAT(first.personalizations(), SizeIs(1));
  EXPECT_EQ(first.personalizations(0).did(), std::string(32, 'a'));
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::ListPersonalizationsResponse second,
                            List(bank_, 1, first.next_page_token()));
  ASSERT_THAT(second.personalizations(), SizeIs(1));
  EXPECT_EQ(second.personalizations(0).did(), std::string(32, 'b'));
  EXPECT_TRUE(second.next_page_token().empty());
}

TEST_F(PersonalizationsTest, TheSameAgainIsNoEventAndOtherDataTakesItsPlace) {
  Entitle(AllDevices());
  OTRP_ASSERT_OK(Put(bank_, 'a', "one").status());
  const size_t before = Messages().size();
  OTRP_ASSERT_OK(Put(bank_, 'a', "one").status());
  EXPECT_THAT(Messages(), SizeIs(before));
  OTRP_ASSERT_OK(Put(bank_, 'a', "two").status());
  EXPECT_THAT(Messages(), SizeIs(before + 1));
  OTRP_ASSERT_OK_AND_ASSIGN(
      const auto found,
      store_.FindPersonalization("bank", "pay", std::string(32, 'a')));
  ASSERT_TRUE(found.has_value());
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string data,
                            blobs_.Read(found->blob_id, found->sha256));
  EXPECT_EQ(data, "two");
  // The first one's octets go.
  OTRP_ASSERT_OK_AND_ASSIGN(const int64_t removed, blobs_.RemoveIdle(10));
  EXPECT_EQ(removed, 1);
}

TEST_F(PersonalizationsTest, WhoMayNotReachADeviceCanGiveItNothing) {
  EXPECT_THAT(Put(bank_, 'a', "data"),
              StatusIs(absl::StatusCode::kPermissionDenied));
  Entitle(OneDevice{std::string(32, 'b')});
  EXPECT_THAT(Put(bank_, 'a', "data"),
              StatusIs(absl::StatusCode::kPermissionDenied));
  OTRP_EXPECT_OK(Put(bank_, 'b', "data").status());
  // Whether the device is one of a group only the TSM knows.
  Entitle(DeviceGroup{"pilots"}, "ent_2");
  OTRP_EXPECT_OK(Put(bank_, 'c', "data").status());
  // An operator's word needs none.
  OTRP_EXPECT_OK(Put(operator_, 'a', "data").status());
}

TEST_F(PersonalizationsTest, AnothersDataIsDataThatDoesNotExist) {
  Entitle(AllDevices());
  OTRP_ASSERT_OK(Put(bank_, 'a', "data").status());
  EXPECT_THAT(Put(shop_, 'a', "data"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(List(shop_), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Delete(shop_, 'a'), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(PersonalizationsTest, SizesAndIdsAreLookedAt) {
  Entitle(AllDevices());
  EXPECT_THAT(Put(bank_, 'a', ""),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("data:")));
  EXPECT_THAT(Put(bank_, 'a', std::string(kMaxOwnDataBytes + 1, 'x')),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("data:")));
  OTRP_EXPECT_OK(Put(bank_, 'a', std::string(kMaxOwnDataBytes, 'x')).status());
  v1::PutPersonalizationRequest request;
  request.set_spid("bank");
  request.set_taid("pay");
  request.set_did("short");
  request.set_data("data");
  v1::PutPersonalizationResponse response;
  EXPECT_THAT(handlers::PutPersonalization(bank_, env_, request, response),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("did:")));
}

TEST_F(PersonalizationsTest, WhatAnSpMayKeepHasALimitInOctets) {
  Entitle(AllDevices());
  auto filled = database_.pool().Query(
      "INSERT INTO personalization (spid, taid, did, blob_id, bytes, sha256, "
      "put_at) SELECT 'bank', 'pay', sha256('full'), id, $1::bigint, "
      "sha256('x'), now() FROM blob LIMIT 1 RETURNING 1",
      kMaxPersonalizationBytesPerSp - 5);
  ASSERT_TRUE(filled.ok()) << filled.status();
  EXPECT_THAT(Put(bank_, 'a', "123456"),
              StatusIs(absl::StatusCode::kResourceExhausted));
  OTRP_EXPECT_OK(Put(bank_, 'a', "12345").status());
}

TEST_F(PersonalizationsTest, ADeletedApplicationLeavesNoDataBehind) {
  Entitle(AllDevices());
  OTRP_ASSERT_OK(Put(bank_, 'a', "data").status());
  v1::DeleteApplicationRequest request;
  request.set_spid("bank");
  request.set_taid("pay");
  v1::DeleteApplicationResponse response;
  EXPECT_THAT(handlers::DeleteApplication(bank_, env_, request, response),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("data of 1 devices")));
  OTRP_ASSERT_OK(Delete(bank_, 'a'));
  OTRP_ASSERT_OK(
      database_.superuser().ExecOnce("UPDATE outbox SET delivered_at = now()"));
  OTRP_EXPECT_OK(handlers::DeleteApplication(bank_, env_, request, response));
  // What isn't there any more gets none.
  EXPECT_THAT(Put(bank_, 'a', "data"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(PersonalizationsTest, WhatIsDeletedIsGone) {
  Entitle(AllDevices());
  OTRP_ASSERT_OK(Put(bank_, 'a', "data").status());
  OTRP_ASSERT_OK(Delete(bank_, 'a'));
  EXPECT_TRUE(LastEvent().has_personalization_changed());
  OTRP_ASSERT_OK_AND_ASSIGN(const v1::ListPersonalizationsResponse left,
                            List(bank_));
  EXPECT_THAT(left.personalizations(), SizeIs(0));
  const size_t before = Messages().size();
  OTRP_EXPECT_OK(Delete(bank_, 'a'));
  EXPECT_THAT(Messages(), SizeIs(before));
}

}  // namespace
}  // namespace portal
}  // namespace otrp
