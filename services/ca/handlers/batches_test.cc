// A page of certificates at once: what each gets, what repeating gives, and how
// fast it goes beside bare signatures.

#include "services/ca/handlers/batches.h"

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/sign.h"
#include "libs/pki/certificate.h"
#include "libs/pki/verify.h"
#include "services/ca/limits.h"
#include "services/ca/testing/suite.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

class BatchesTest : public SuiteTest {
 protected:
  void Add(const std::string& csr, const std::string& id) {
    v1::BatchItem* item = request_.add_items();
    item->set_csr_der(csr);
    item->set_request_id(id);
  }

  absl::StatusOr<v1::IssueBatchResponse> Send(
      const rpc::CallContext& call = Operator()) {
    v1::IssueBatchResponse response;
    const absl::Status status = IssueBatch(call, env_, request_, response);
    if (!status.ok()) return status;
    return response;
  }

  size_t Issued() {
    const std::vector<store::AuditEvent> events = database_.AuditEvents();
    return static_cast<size_t>(std::count_if(
        events.begin(), events.end(), [](const store::AuditEvent& event) {
          return event.action == "certificate.issue";
        }));
  }

  v1::IssueBatchRequest request_;
};

TEST_F(BatchesTest, WhatIsWrongWithOneHoldsUpNoneOfTheOthers) {
  request_.set_profile(v1::PROFILE_TEE);
  const auto key =
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
  ASSERT_THAT(Issue(v1::PROFILE_TEE, CsrOf(key, "its owner")).status(), IsOk());
  const auto stolen =
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
  const auto lost = Issue(v1::PROFILE_TEE, CsrOf(stolen, "lost"));
  ASSERT_THAT(Revoke(lost->serial()), IsOk());
  const std::string good = NewCsr();
  Add(good, "page-0");
  Add("hello", "page-1");
  Add(CsrOf(key, "somebody else"), "page-2");
  Add(NewCsr(), "");
  Add(good, "page-4");
  Add(CsrOf(stolen, "lost"), "page-5");
  Add(NewCsr(), "page-6");
  const size_t issued = Issued();
  const auto response = Send();
  ASSERT_THAT(response.status(), IsOk());
  ASSERT_EQ(response->results_size(), 7);
  struct Want {
    const char* field;
    const char* reason;
  };
  const Want wants[] = {{"", ""},
                        {"csr_der", ""},
                        {"csr_der", "its key has a certificate of another"},
                        {"request_id", "must be given"},
                        {"csr_der", "has the key of item 0"},
                        {"csr_der", "revoked as compromised"},
                        {"", ""}};
  for (int i = 0; i < 7; ++i) {
    SCOPED_TRACE(i);
    const v1::BatchResult& result = response->results(i);
    EXPECT_EQ(result.field(), wants[i].field);
    EXPECT_THAT(result.reason(), HasSubstr(wants[i].reason));
    EXPECT_EQ(result.serial().empty(), *wants[i].field != '\0');
  }
  EXPECT_EQ(Issued(), issued + 2) << "one record for each certificate";
  const auto leaf =
      pki::Certificate::FromDer(response->results(6).certificate_der()).value();
  EXPECT_EQ(leaf.serial(), response->results(6).serial());
  std::vector<pki::Certificate> above;
  for (const std::string& der : response->chains(0).issuer_chain_der()) {
    above.push_back(pki::Certificate::FromDer(der).value());
  }
  EXPECT_THAT(pki::VerifyChain(leaf, above, pki::TrustAnchors({above.back()}),
                               {clock_.Now(), pki::Role::kTee})
                  .status(),
              IsOk());
}

TEST_F(BatchesTest, TheSamePageAgainGivesTheSameCertificates) {
  request_.set_profile(v1::PROFILE_TFW);
  for (int i = 0; i < 5; ++i) Add(NewCsr(), absl::StrCat("again-", i));
  const auto first = Send();
  ASSERT_THAT(first.status(), IsOk());
  const size_t issued = Issued();
  // One more behind them, as when a file has grown.
  Add(NewCsr(), "again-5");
  const auto again = Send();
  ASSERT_THAT(again.status(), IsOk());
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(again->results(i).certificate_der(),
              first->results(i).certificate_der());
  }
  EXPECT_EQ(Issued(), issued + 1);
  // By one call each it is the same.
  const auto single =
      Issue(v1::PROFILE_TFW, request_.items(3).csr_der(), {}, "again-3");
  ASSERT_THAT(single.status(), IsOk());
  EXPECT_EQ(single->serial(), first->results(3).serial());
}

class LostPageTest : public BatchesTest,
                     public ::testing::WithParamInterface<int> {};

INSTANTIATE_TEST_SUITE_P(AtEachCommit, LostPageTest, ::testing::Values(1, 2));

TEST_P(LostPageTest, APageThatIsCutShortGoesOnUnderItsSerials) {
  request_.set_profile(v1::PROFILE_TEE);
  for (int i = 0; i < 4; ++i) {
    Add(NewCsr(), absl::StrCat("lost-page-", GetParam(), "-", i));
  }
  const size_t before = CertificatesOf(pki::Role::kTee);
  database_.proxy().LoseNextCommit(testing::PostgresProxy::Loss::kAnswer,
                                   GetParam());
  EXPECT_THAT(Send().status(), StatusIs(absl::StatusCode::kUnknown));
  const auto again = Send();
  ASSERT_THAT(again.status(), IsOk());
  EXPECT_EQ(CertificatesOf(pki::Role::kTee), before + 4);
}

TEST_F(BatchesTest, WhoMayNotAndWhatIsAskedForOneByOneIsRefused) {
  Add(NewCsr(), "x");
  for (v1::Profile profile :
       {v1::PROFILE_SERVICE, v1::PROFILE_CLIENT, v1::PROFILE_TSM}) {
    request_.set_profile(profile);
    EXPECT_THAT(Send().status(), StatusIs(kInvalid, HasSubstr("profile: ")));
  }
  request_.set_profile(v1::PROFILE_TEE);
  EXPECT_THAT(Send(Call(rpc::CallerKind::kService, "tsm")).status(),
              StatusIs(absl::StatusCode::kPermissionDenied));
  for (size_t i = 0; i < kMaxBatch; ++i) Add("", "x");
  EXPECT_THAT(Send().status(), StatusIs(kInvalid, HasSubstr("items: must")));
  request_.clear_items();
  EXPECT_THAT(Send().status(), StatusIs(kInvalid, HasSubstr("items: must")));
}

// The formula: two signatures for each certificate (one of them by the
// throw-away key), its checks by the authority's and the request's own, and
// eight statements and two commits for a page, with one for each audit record.
// What it takes beside is what the page costs more; it is printed.
TEST_F(BatchesTest, APageIsFasterThanItsCertificatesOneByOne) {
  constexpr int kCount = 100;
  request_.set_profile(v1::PROFILE_TEE);
  for (int i = 0; i < kCount; ++i) Add(NewCsr(), absl::StrCat("fast-", i));
  const crypto::PrivateKey& key = authorities_.Find("tee-ca")->key;
  const std::string tbs(900, 't');
  absl::Time begin = absl::Now();
  for (int i = 0; i < 2 * kCount; ++i) {
    ASSERT_THAT(crypto::SignSha256(key, tbs, crypto::EcFormat::kDer).status(),
                IsOk());
  }
  const double bare = absl::ToDoubleMilliseconds(absl::Now() - begin);
  begin = absl::Now();
  ASSERT_THAT(Send().status(), IsOk());
  const double page = absl::ToDoubleMilliseconds(absl::Now() - begin);
  begin = absl::Now();
  for (int i = 0; i < kCount; ++i) {
    ASSERT_THAT(
        Issue(v1::PROFILE_TEE, NewCsr(), {}, absl::StrCat("one-", i)).status(),
        IsOk());
  }
  const double single = absl::ToDoubleMilliseconds(absl::Now() - begin);
  std::cout << kCount << " certificates: " << page << " ms as a page, "
            << single << " ms one by one; " << 2 * kCount
            << " bare signatures: " << bare << " ms\n";
  EXPECT_LT(page, single);
}

}  // namespace
}  // namespace handlers
}  // namespace ca
}  // namespace otrp
