// Whose keys get certificates, whose ids TSMs may have, and what is written
// down of it.

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/keys.h"
#include "libs/pki/csr.h"
#include "services/ca/handlers/tsm_ids.h"
#include "services/ca/testing/suite.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

using IssuanceTest = SuiteTest;

TEST_F(IssuanceTest, AKeyHasOneOwnerAmongTheCertificatesOfAProfile) {
  const auto key =
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
  const auto first = Issue(v1::PROFILE_SP, CsrOf(key, "bank"));
  ASSERT_THAT(first.status(), IsOk());
  EXPECT_THAT(Issue(v1::PROFILE_SP, CsrOf(key, "bank")).status(), IsOk())
      << "its renewal";
  const size_t certificates = CertificatesOf(pki::Role::kSp);
  const auto refused =
      StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("csr_der: its key"));
  EXPECT_THAT(Issue(v1::PROFILE_SP, CsrOf(key, "shop")).status(), refused);
  EXPECT_THAT(
      Issue(v1::PROFILE_CLIENT, CsrOf(key), {"otrp://sp/bank"}).status(),
      IsOk());
  EXPECT_THAT(
      Issue(v1::PROFILE_CLIENT, CsrOf(key), {"otrp://sp/shop"}).status(),
      refused);
  // Not even once the first one is no good any more: who had it may still.
  ASSERT_THAT(Revoke(first->serial(), v1::REVOCATION_REASON_SUPERSEDED),
              IsOk());
  EXPECT_THAT(Issue(v1::PROFILE_SP, CsrOf(key, "shop")).status(), refused);
  EXPECT_EQ(CertificatesOf(pki::Role::kSp), certificates);
}

TEST_F(IssuanceTest, TheAuditLogSaysWhatWasIssuedAndByWhom) {
  const auto key =
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
  const auto issued =
      Issue(v1::PROFILE_SERVICE,
            pki::Csr::Create(key, "tsm-2", {}, {"tsm-2.internal"})->der(),
            {"otrp://service/tsm"});
  ASSERT_THAT(issued.status(), IsOk());
  const store::AuditEvent audit = database_.AuditEvents().back();
  EXPECT_EQ(audit.action, "certificate.issue");
  EXPECT_EQ(audit.subject, issued->serial());
  for (const std::string& said :
       {std::string("\"profile\": \"service\""),
        std::string("\"authority\": \"service-ca\""),
        std::string("\"common_name\": \"tsm-2\""),
        std::string("\"otrp://service/tsm\""),
        std::string("\"tsm-2.internal\""),
        absl::BytesToHexString(crypto::Sha256(key.public_key().ToSpki()))}) {
    EXPECT_THAT(audit.details_json, HasSubstr(said));
  }
}

TEST_F(IssuanceTest, NobodyGetsACertificateForTheIdOfAnothersTsm) {
  const rpc::CallContext tsm = Call(rpc::CallerKind::kService, "tsm");
  EXPECT_THAT(Issue(v1::PROFILE_TSM, NewCsr(), {kTsmId}, "", tsm).status(),
              IsOk());
  const auto taken = StatusIs(absl::StatusCode::kPermissionDenied,
                              HasSubstr("san_uris: is the id of another TSM"));
  EXPECT_THAT(Issue(v1::PROFILE_TSM, NewCsr(), {kTsmId}).status(), taken)
      << "an operator neither";
  EXPECT_THAT(Issue(v1::PROFILE_TSM, NewCsr(), {kOperatorsTsmId}).status(),
              IsOk());
  EXPECT_THAT(Issue(v1::PROFILE_TSM, NewCsr(), {kOperatorsTsmId}, "",
                    Call(rpc::CallerKind::kOperator, "bob"))
                  .status(),
              taken);
  EXPECT_THAT(
      Issue(v1::PROFILE_TSM, NewCsr(), {kOperatorsTsmId}, "", tsm).status(),
      taken);
  for (const rpc::CallContext& caller : {tsm, Operator()}) {
    EXPECT_THAT(Issue(v1::PROFILE_TSM, NewCsr(), {"https://new.example/otrp"},
                      "", caller)
                    .status(),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         HasSubstr("san_uris: is no registered id")));
  }
}

TEST_F(IssuanceTest, ATsmIdIsAddedTransferredAndReleasedByItsNameAlone) {
  const std::string uri = "https://moving.example/otrp";
  v1::AddTsmIdRequest add;
  v1::AddTsmIdResponse added;
  for (const char* bad : {"", "http://a/", "https://", "https://a b"}) {
    add.set_uri(bad);
    EXPECT_THAT(
        AddTsmId(Operator(), env_, add, added),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("uri: must")))
        << bad;
  }
  add.set_uri(uri);
  for (const char* bad : {"tsm", "otrp://service/gateway", "otrp://sp/bank",
                          "otrp://auditor/bob"}) {
    add.set_holder(bad);
    EXPECT_THAT(
        AddTsmId(Operator(), env_, add, added),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("holder: must")))
        << bad;
  }
  add.clear_holder();
  ASSERT_THAT(AddTsmId(Operator(), env_, add, added), IsOk());
  EXPECT_EQ(added.tsm_id().holder(), "otrp://service/tsm");
  EXPECT_EQ(added.tsm_id().registered_by(), "otrp://operator/alice");

  v1::TransferTsmIdRequest transfer;
  v1::TransferTsmIdResponse transferred;
  transfer.set_uri(uri);
  EXPECT_THAT(
      TransferTsmId(Operator(), env_, transfer, transferred),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("holder: must")));
  transfer.set_holder("otrp://operator/bob");
  ASSERT_THAT(TransferTsmId(Operator(), env_, transfer, transferred), IsOk());
  const store::AuditEvent audit = database_.AuditEvents().back();
  EXPECT_EQ(audit.action, "tsm_id.transfer");
  EXPECT_EQ(audit.subject, uri);
  EXPECT_THAT(audit.details_json, HasSubstr("otrp://service/tsm"));

  v1::ListTsmIdsRequest list;
  v1::ListTsmIdsResponse listed;
  list.set_holder("otrp://operator/bob");
  ASSERT_THAT(ListTsmIds(Operator(), env_, list, listed), IsOk());
  ASSERT_EQ(listed.tsm_ids_size(), 1);
  EXPECT_EQ(listed.tsm_ids(0).uri(), uri);

  v1::ReleaseTsmIdRequest release;
  v1::ReleaseTsmIdResponse released;
  release.set_uri(uri);
  ASSERT_THAT(ReleaseTsmId(Operator(), env_, release, released), IsOk());
  EXPECT_THAT(ReleaseTsmId(Operator(), env_, release, released),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("uri: ")));
  EXPECT_THAT(TransferTsmId(Operator(), env_, transfer, transferred),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("uri: ")));
}

}  // namespace
}  // namespace handlers
}  // namespace ca
}  // namespace otrp
