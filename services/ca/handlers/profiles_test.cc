// The table of profiles, walked: each is issued as its row says, to those whom
// it says.

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/pki/csr.h"
#include "libs/pki/verify.h"
#include "services/ca/handlers/convert.h"
#include "services/ca/testing/suite.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

std::vector<std::string> UrisFor(pki::NameRule rule,
                                 const char* tsm_id = kOperatorsTsmId) {
  switch (rule) {
    case pki::NameRule::kTsmId: return {tsm_id};
    case pki::NameRule::kServiceIdentity: return {"otrp://service/tsm"};
    case pki::NameRule::kClientIdentity: return {"otrp://operator/bob"};
    default: return {};
  }
}

class ProfilesTest : public SuiteTest {
 protected:
  // A certificate by the row's profile, leaf first, whoever makes it.
  std::vector<pki::Certificate> ChainOf(const pki::Profile& row,
                                        const std::string& csr) {
    std::vector<std::string> ders;
    if (row.names == pki::NameRule::kOurOwn) {
      IssueOrder order;
      order.role = row.role;
      order.common_name = "gateway-web";
      const auto issued = env_.issuer.Issue(
          pki::Csr::Parse(csr).value(), order,
          [](const CertificateRecord&) { return store::AuditEvent(); });
      EXPECT_THAT(issued.status(), IsOk());
      ders = issued.value_or(Issued()).chain_der;
    } else {
      const auto issued =
          Issue(ProfileToProto(row.role), csr, UrisFor(row.names));
      EXPECT_THAT(issued.status(), IsOk());
      if (issued.ok()) {
        ders = {issued->chain_der().begin(), issued->chain_der().end()};
      }
    }
    std::vector<pki::Certificate> chain;
    for (const std::string& der : ders) {
      chain.push_back(pki::Certificate::FromDer(der).value());
    }
    return chain;
  }
};

// What is for a key of one type only isn't in a certificate for the other's.
int UsageFor(const pki::Profile& profile, crypto::KeyType type) {
  return profile.key_usage &
         ~(type == crypto::KeyType::kRsa ? crypto::kKeyAgreement
                                         : crypto::kKeyEncipherment);
}

TEST_F(ProfilesTest, EachProfileIsIssuedAsItsRowSaysUnderItsOwnRootOnly) {
  for (const pki::Profile& row : pki::Profiles()) {
    for (auto type : {crypto::KeyType::kRsa, crypto::KeyType::kEcP256}) {
      SCOPED_TRACE(absl::StrCat(row.word, " ", crypto::KeyTypeName(type)));
      const std::vector<pki::Certificate> chain = ChainOf(row, NewCsr(type));
      ASSERT_EQ(chain.size(), 3u);
      EXPECT_EQ(chain[0].eku_oids(), row.eku_oids);
      EXPECT_EQ(chain[0].info().key_usage, UsageFor(row, type));
      EXPECT_EQ(chain[0].not_after() - chain[0].not_before(), row.lifetime);
      EXPECT_EQ(chain[0].san_uris(), UrisFor(row.names));
      EXPECT_FALSE(chain[0].is_ca());
      for (const auto& [name, authority] : authorities_.all()) {
        if (!authority->is_root) continue;
        const bool own = authority->role == row.authority &&
                         authority->certificate.der() == chain[2].der();
        const auto verified = pki::VerifyChain(
            chain[0], chain, pki::TrustAnchors({authority->certificate}),
            {clock_.Now(), row.role});
        EXPECT_EQ(verified.ok(), own) << name << ": " << verified.status();
      }
      for (const pki::Profile& other : pki::Profiles()) {
        const bool fits = std::count(row.eku_oids.begin(), row.eku_oids.end(),
                                     other.eku_oids.front()) > 0;
        const auto verified =
            pki::VerifyChain(chain[0], chain, pki::TrustAnchors({chain[2]}),
                             {clock_.Now(), other.role});
        EXPECT_EQ(verified.ok(), fits) << "as " << other.word;
      }
    }
  }
}

TEST_F(ProfilesTest, OnlyTlsCertificatesHaveP384KeysAndOpensslTakesThem) {
  const std::string folder = ::testing::TempDir();
  const auto shell = [&](const std::string& command) {
    EXPECT_EQ(std::system(absl::StrCat("cd ", folder, " && ", command,
                                       " >shell.out 2>&1")
                              .c_str()),
              0)
        << command << "\n"
        << FileText(absl::StrCat(folder, "/shell.out"));
  };
  int refused = 0;
  for (const char* curve : {"P-384", "P-521"}) {
    for (const pki::Profile& row : pki::Profiles()) {
      if (row.names == pki::NameRule::kOurOwn) continue;
      SCOPED_TRACE(absl::StrCat(row.word, " ", curve));
      shell(
          absl::StrCat("openssl req -new -newkey ec -pkeyopt "
                       "ec_paramgen_curve:",
                       curve, " -nodes -sha384 -subj /CN=", row.word,
                       " -keyout key.pem -outform DER -out csr.der"));
      const auto issued =
          Issue(ProfileToProto(row.role),
                FileText(absl::StrCat(folder, "/csr.der")), UrisFor(row.names));
      const bool takes = curve == absl::string_view("P-384") &&
                         row.authority == pki::Role::kService;
      if (!takes) {
        EXPECT_THAT(
            issued.status(),
            StatusIs(absl::StatusCode::kInvalidArgument,
                     HasSubstr(absl::StrCat("csr_der: its key is EC on ", curve,
                                            "; a certificate of profile ",
                                            row.word, " takes RSA"))));
        ++refused;
        continue;
      }
      ASSERT_THAT(issued.status(), IsOk());
      int n = 0;
      for (const std::string& der : issued->chain_der()) {
        std::ofstream(absl::StrCat(folder, "/", n++, ".pem"))
            << pki::ToPem(pki::Certificate::FromDer(der).value());
      }
      shell(absl::StrCat("openssl verify -x509_strict -attime ",
                         absl::ToUnixSeconds(clock_.Now()),
                         " -purpose sslclient -CAfile 2.pem -untrusted 1.pem "
                         "0.pem"));
      shell(
          "openssl x509 -in 0.pem -noout -text | grep -q 'NIST CURVE: P-384'");
    }
  }
  EXPECT_EQ(refused, 10);
}

TEST_F(ProfilesTest, AProfileIsForOperatorsAndItsRequesterOnly) {
  std::vector<std::string> services = {
      "ca", "tsm", "sp_portal", "gateway", "attestation_verifier", ""};
  int refused = 0;
  for (const pki::Profile& row : pki::Profiles()) {
    const v1::Profile profile = ProfileToProto(row.role);
    if (row.names == pki::NameRule::kOurOwn) {
      // An operator neither.
      EXPECT_THAT(
          Issue(profile, NewCsr()).status(),
          StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("profile")));
      continue;
    }
    const auto issue = [&](const rpc::CallContext& call) {
      const bool by_operator = call.caller().kind == rpc::CallerKind::kOperator;
      return Issue(profile, NewCsr(),
                   UrisFor(row.names, by_operator ? kOperatorsTsmId : kTsmId),
                   "", call)
          .status();
    };
    for (const std::string& service : services) {
      const absl::Status status =
          issue(Call(rpc::CallerKind::kService, service));
      if (!row.requester.empty() && service == row.requester) {
        EXPECT_THAT(status, IsOk()) << row.word;
        continue;
      }
      EXPECT_THAT(status, StatusIs(absl::StatusCode::kPermissionDenied,
                                   HasSubstr("profile")))
          << row.word << " for " << service;
      ++refused;
    }
    for (auto kind : {rpc::CallerKind::kAnonymous, rpc::CallerKind::kAuditor,
                      rpc::CallerKind::kSp}) {
      // Also one of another kind with the requester's name.
      EXPECT_THAT(issue(Call(kind, std::string(row.requester))),
                  StatusIs(absl::StatusCode::kPermissionDenied))
          << row.word;
    }
    EXPECT_THAT(issue(Operator()), IsOk()) << row.word;
  }
  EXPECT_GT(refused, 0);
}

TEST(ProfileTableTest, EachRowHasAValueOfTheProtoAndOurOwnAreOnlyListed) {
  const auto* values = v1::Profile_descriptor();
  // Beside the rows: none given, authorities and OCSP signers.
  EXPECT_EQ(values->value_count(),
            static_cast<int>(pki::Profiles().size()) + 3);
  for (const pki::Profile& row : pki::Profiles()) {
    SCOPED_TRACE(row.word);
    const v1::Profile value = ProfileToProto(row.role);
    EXPECT_NE(value, v1::PROFILE_UNSPECIFIED);
    OTRP_ASSERT_OK_AND_ASSIGN(const CertificateFilter filter,
                              FilterFromProto(value));
    EXPECT_EQ(filter.profile, row.role);
    EXPECT_EQ(FromProto(value).ok(), row.names != pki::NameRule::kOurOwn);
  }
  for (const auto& [value, own] :
       {std::make_pair(v1::PROFILE_AUTHORITY, OwnCertificate::kAuthority),
        std::make_pair(v1::PROFILE_OCSP, OwnCertificate::kOcspSigner)}) {
    OTRP_ASSERT_OK_AND_ASSIGN(const CertificateFilter filter,
                              FilterFromProto(value));
    EXPECT_EQ(filter.own, own);
    EXPECT_THAT(FromProto(value).status(),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_THAT(FilterFromProto(static_cast<v1::Profile>(99)).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("WEB, AUTHORITY, OCSP")));
  EXPECT_THAT(FromProto(v1::PROFILE_UNSPECIFIED).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "profile: must be one of TSM, TEE, TFW, SP, "
                       "SERVICE, CLIENT"));
}

// What the README says of each profile.
std::string ReadmeRow(const pki::Profile& row) {
  std::string uses;
  for (const auto& [bit, word] :
       {std::make_pair(crypto::kDigitalSignature, "sign"),
        std::make_pair(crypto::kKeyEncipherment, "unwrap keys")}) {
    if ((row.key_usage & bit) == 0) continue;
    absl::StrAppend(&uses, uses.empty() ? "" : ", ", word);
  }
  const std::string requesters =
      row.names == pki::NameRule::kOurOwn ? "`ca_bootstrap` alone"
      : row.requester.empty()             ? "operators"
                              : absl::StrCat("operators, ", row.requester);
  return absl::StrCat(
      "| `", row.word, "` | ", uses, " | ", absl::StrJoin(row.eku_oids, ", "),
      " | ",
      row.lifetime < absl::Hours(24)
          ? absl::StrCat(row.lifetime / absl::Hours(1), " hours")
          : absl::StrCat(row.lifetime / absl::Hours(24), " days"),
      " | ", pki::RoleName(row.authority), " | ", requesters, " | ");
}

TEST(ProfileTableTest, TheReadmeTellsEachRow) {
  const std::string readme = FileText("services/ca/README.md");
  for (const pki::Profile& row : pki::Profiles()) {
    EXPECT_THAT(readme, HasSubstr(ReadmeRow(row)));
  }
}

}  // namespace
}  // namespace handlers
}  // namespace ca
}  // namespace otrp
