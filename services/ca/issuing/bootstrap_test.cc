// What comes before the first start, on a real PostgreSQL.

#include "services/ca/issuing/bootstrap.h"

#include <sys/stat.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/random.h"
#include "libs/pki/certificate.h"
#include "services/ca/issuing/authorities.h"
#include "services/ca/testing/suite.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

class BootstrapTest : public SuiteTest {
 protected:
  BootstrapTest()
      : folder_(absl::StrCat(
            ::testing::TempDir(), "/bootstrap-",
            ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    options_.tls_out = folder_;
    options_.pki_url = "http://pki.example";
  }
  absl::Status Run() {
    return Bootstrap(store_, ocsp_store_, tsm_ids_, TestKek(), clock_,
                     crypto::SystemRandom(), options_);
  }
  std::string CertOf(const std::string& holder) {
    return FileText(absl::StrCat(folder_, "/", holder, "/cert.pem"));
  }

  const std::string folder_;
  TsmIdStore tsm_ids_{database_.pool()};
  BootstrapOptions options_;
};

store::AuditEvent Audit() {
  store::AuditEvent event;
  event.actor = "otrp://operator/alice";
  event.action = "trust.remove";
  event.subject = "tee/tee-root";
  return event;
}

TEST_F(BootstrapTest, TheTsmsIdsAreRegisteredAndOnesThatOthersHoldStayTheirs) {
  const std::string uri = "https://bootstrap.example/otrp";
  options_.tsm_ids = {uri, kOperatorsTsmId};
  ASSERT_THAT(Run(), IsOk());
  ASSERT_THAT(Run(), IsOk());
  const auto rows = tsm_ids_.List("", "", 100).value();
  for (const TsmIdRecord& record : rows) {
    if (record.uri == uri) {
      EXPECT_EQ(record.holder, "otrp://service/tsm");
      EXPECT_EQ(record.registered_by, "bootstrap");
    } else if (record.uri == kOperatorsTsmId) {
      EXPECT_EQ(record.holder, "otrp://operator/alice");
    }
  }
  EXPECT_EQ(rows.size(), 3u);
  options_.tsm_ids = {"http://plain.example"};
  EXPECT_THAT(Run(), StatusIs(absl::StatusCode::kInvalidArgument,
                              HasSubstr("--tsm_ids: must be")));
}

TEST_F(BootstrapTest, ASecondRunChangesNothing) {
  ASSERT_THAT(Run(), IsOk());
  const auto authorities = store_.ListAuthorities().value();
  const auto anchors = store_.ListAnchors({}).value();
  const std::string cert = CertOf("tsm");
  EXPECT_THAT(cert, HasSubstr("BEGIN CERTIFICATE"));
  const size_t audited = AuditCount();
  ASSERT_THAT(Run(), IsOk());
  EXPECT_EQ(store_.ListAuthorities()->size(), authorities.size());
  EXPECT_EQ(store_.ListAnchors({})->version, anchors.version);
  EXPECT_EQ(CertOf("tsm"), cert);
  EXPECT_EQ(AuditCount(), audited);
}

TEST_F(BootstrapTest, EveryRoleHasItsHierarchyAndItsCrl) {
  std::set<pki::Role> roots;
  const std::vector<AuthorityRecord> rows = store_.ListAuthorities().value();
  for (const AuthorityRecord& row : rows) {
    if (row.name == row.issuer) roots.insert(*row.role);
    EXPECT_THAT(store_.GetCrl(row.name).status(), IsOk()) << row.name;
    // Sealed: the same key in the clear would carry its OID, RSA's or EC's.
    for (const char* oid :
         {"\x2a\x86\x48\x86\xf7\x0d", "\x2a\x86\x48\xce\x3d"}) {
      EXPECT_THAT(row.sealed_key, Not(HasSubstr(oid)));
    }
  }
  EXPECT_EQ(roots, (std::set<pki::Role>{pki::Role::kTsm, pki::Role::kTee,
                                        pki::Role::kTfw, pki::Role::kSp,
                                        pki::Role::kService}));
}

TEST(NotBootstrappedTest, ACaThatComesFirstWaitsInsteadOfEnding) {
  testing::ServiceDatabase database({"ca", "services/ca/storage/migrations"});
  CaStore store(database.pool());
  // UNAVAILABLE: what may come later.
  EXPECT_THAT(
      Authorities::Load(store, TestKek()).status(),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr("ca_bootstrap")));

  const auto exec = [&](const char* sql) {
    OTRP_ASSERT_OK(database.superuser().Run(
        [sql](store::Tx& tx) { return tx.ExecScript(sql); }));
  };
  exec("ALTER TABLE authority RENAME TO not_there_yet");
  EXPECT_THAT(
      Authorities::Load(store, TestKek()).status(),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr("otrp_migrate")));
  exec("ALTER TABLE not_there_yet RENAME TO authority");
}

TEST_F(BootstrapTest, AnotherKekOpensNothing) {
  const std::string other(32, 'x');
  EXPECT_THAT(
      Authorities::Load(store_, absl::string_view(other)).status(),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("kek_file")));
}

TEST_F(BootstrapTest, ARemovedAnchorStaysAway) {
  ASSERT_THAT(store_.RemoveAnchor(pki::Role::kTee, "tee-root", Audit()),
              IsOk());
  ASSERT_THAT(Run(), IsOk());
  const TrustAnchorList left = store_.ListAnchors(pki::Role::kTee).value();
  for (const TrustAnchor& row : left.anchors) {
    EXPECT_NE(row.name, "tee-root");
  }
}

TEST_F(BootstrapTest, CertificatesAreRenewedInTimeOrWhenTheyDoNotFit) {
  ASSERT_THAT(Run(), IsOk());
  const std::string first = CertOf("tsm");
  const std::string other = CertOf("ca");
  // The key of somebody else.
  std::ofstream(folder_ + "/tsm/key.pem")
      << FileText(folder_ + "/ca/key.pem") << std::flush;
  ASSERT_THAT(Run(), IsOk());
  const std::string second = CertOf("tsm");
  EXPECT_NE(second, first);
  EXPECT_EQ(CertOf("ca"), other);
  const auto certificate = pki::Certificate::FromPem(second).value();
  clock_.Advance((certificate.not_after() - clock_.Now()) * 0.8);
  ASSERT_THAT(Run(), IsOk());
  EXPECT_NE(CertOf("tsm"), second);
  EXPECT_NE(CertOf("ca"), other);
  struct stat info;
  ASSERT_EQ(::stat((folder_ + "/tsm/key.pem").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

}  // namespace
}  // namespace ca
}  // namespace otrp
