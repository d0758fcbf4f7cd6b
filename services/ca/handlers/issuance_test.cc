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

}  // namespace
}  // namespace handlers
}  // namespace ca
}  // namespace otrp
