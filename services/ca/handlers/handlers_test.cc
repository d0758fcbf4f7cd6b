// Issuance, revocation and anchors over real keys and a store in memory that
// behaves as PostgreSQL's does; and the bootstrap that comes before.

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/random.h"
#include "libs/pki/crl.h"
#include "libs/pki/csr.h"
#include "libs/pki/ocsp.h"
#include "libs/pki/verify.h"
#include "libs/rpc/guard.h"
#include "libs/rpc/run.h"
#include "services/ca/authz.h"
#include "services/ca/env.h"
#include "services/ca/handlers/certificates.h"
#include "services/ca/handlers/convert.h"
#include "services/ca/handlers/directory.h"
#include "services/ca/handlers/trust_anchors.h"
#include "services/ca/issuing/authorities.h"
#include "services/ca/issuing/bootstrap.h"
#include "services/ca/storage/fake_ca_store.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
const std::string kKek(32, 'k');

std::string FileText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(file)),
                     std::istreambuf_iterator<char>());
}

std::vector<std::string> UrisFor(pki::NameRule rule,
                                 const char* tsm_id = "https://tsm.a/") {
  switch (rule) {
    case pki::NameRule::kTsmId: return {tsm_id};
    case pki::NameRule::kServiceIdentity: return {"otrp://service/tsm"};
    case pki::NameRule::kClientIdentity: return {"otrp://operator/bob"};
    default: return {};
  }
}

// A CA as its process puts it together.
struct Suite {
  Suite() : clock(absl::FromUnixSeconds(1'800'000'000)) {
    EXPECT_THAT(Bootstrap(store, kKek, clock, crypto::SystemRandom(), {}),
                IsOk());
    authorities =
        std::make_unique<Authorities>(Authorities::Load(store, kKek).value());
    issuer = std::make_unique<Issuer>(Issuer::Create(*authorities, store, clock,
                                                     crypto::SystemRandom(),
                                                     {"http://pki.example"})
                                          .value());
    revocation = std::make_unique<Revocation>(*authorities, store, clock);
    env = std::make_unique<Env>(
        Env{guard, store, *authorities, *issuer, *revocation, clock});
  }

  FakeClock clock;
  FakeCaStore store;
  rpc::Guard guard{"ca", CaAuthz()};
  std::unique_ptr<Authorities> authorities;
  std::unique_ptr<Issuer> issuer;
  std::unique_ptr<Revocation> revocation;
  std::unique_ptr<Env> env;
};

// One suite for all tests: twelve authorities' keys take seconds to make.
Suite& Shared() {
  static auto* const suite = new Suite();
  return *suite;
}

class HandlersTest : public ::testing::Test {
 protected:
  static rpc::CallContext Call(rpc::CallerKind kind, const std::string& name) {
    return rpc::CallContext({kind, name}, "test", "", absl::InfiniteFuture());
  }
  static rpc::CallContext Operator() {
    return Call(rpc::CallerKind::kOperator, "alice");
  }

  static std::string CsrOf(const crypto::PrivateKey& key,
                           const std::string& name = "device") {
    return pki::Csr::Create(key, name, {}, {}).value().der();
  }
  static std::string NewCsr(crypto::KeyType type = crypto::KeyType::kEcP256) {
    return CsrOf(crypto::PrivateKey::Generate(type).value());
  }

  absl::StatusOr<v1::IssueCertificateResponse> Issue(
      v1::Profile profile, const std::string& csr,
      const std::vector<std::string>& uris = {},
      const std::string& request_id = "",
      const rpc::CallContext& call = Operator()) {
    v1::IssueCertificateRequest request;
    request.set_profile(profile);
    request.set_csr_der(csr);
    for (const std::string& uri : uris) request.add_san_uris(uri);
    request.set_request_id(request_id);
    v1::IssueCertificateResponse response;
    const absl::Status status =
        IssueCertificate(call, *env_, request, response);
    if (!status.ok()) return status;
    return response;
  }

  // A certificate by the row's profile, leaf first, whoever makes it.
  std::vector<pki::Certificate> ChainOf(const pki::Profile& row,
                                        const std::string& csr) {
    std::vector<std::string> ders;
    if (row.names == pki::NameRule::kOurOwn) {
      IssueOrder order;
      order.role = row.role;
      const auto issued = env_->issuer.Issue(
          pki::Csr::Parse(csr).value(), order,
          [](const std::string&) { return store::AuditEvent(); });
      EXPECT_THAT(issued.status(), IsOk());
      ders = issued.value_or(Issued()).chain_der;
    } else {
      const auto issued =
          Issue(ProfileToProto(row.word), csr, UrisFor(row.names));
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

  absl::Status Revoke(
      const std::string& serial,
      v1::RevocationReason reason = v1::REVOCATION_REASON_KEY_COMPROMISE) {
    v1::RevokeCertificateRequest request;
    request.set_serial(serial);
    request.set_reason(reason);
    v1::RevokeCertificateResponse response;
    return RevokeCertificate(Operator(), *env_, request, response);
  }

  size_t CertificatesOf(const std::string& profile) {
    return store_.ListCertificates(profile, "", 1000)->size();
  }

  FakeClock& clock_ = Shared().clock;
  FakeCaStore& store_ = Shared().store;
  Authorities* const authorities_ = Shared().authorities.get();
  Env* const env_ = Shared().env.get();
};

// What is for a key of one type only isn't in a certificate for the other's.
int UsageFor(const pki::Profile& profile, crypto::KeyType type) {
  return profile.key_usage &
         ~(type == crypto::KeyType::kRsa ? crypto::kKeyAgreement
                                         : crypto::kKeyEncipherment);
}

TEST_F(HandlersTest, EachProfileIsIssuedAsItsRowSaysUnderItsOwnRootOnly) {
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
      for (const auto& [name, authority] : authorities_->all()) {
        if (!authority.is_root) continue;
        const bool own = authority.role == pki::RoleName(row.authority) &&
                         authority.certificate.der() == chain[2].der();
        const auto verified = pki::VerifyChain(
            chain[0], chain, pki::TrustAnchors({authority.certificate}),
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

TEST_F(HandlersTest, AProfileIsForOperatorsAndItsRequesterOnly) {
  std::vector<std::string> services = {
      "ca", "tsm", "sp_portal", "gateway", "attestation_verifier", ""};
  int refused = 0;
  for (const pki::Profile& row : pki::Profiles()) {
    const v1::Profile profile = ProfileToProto(row.word);
    if (profile == v1::PROFILE_UNSPECIFIED) continue;
    const auto issue = [&](const rpc::CallContext& call) {
      return Issue(profile, NewCsr(), UrisFor(row.names, "https://tsm.b/"), "",
                   call)
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

TEST(ProfileTest, EachValueOfTheProtoIsARowAndOnlyOurOwnRowsHaveNone) {
  const auto* values = v1::Profile_descriptor();
  for (int i = 1; i < values->value_count(); ++i) {
    const auto value = static_cast<v1::Profile>(values->value(i)->number());
    const auto row = FromProto(value);
    ASSERT_THAT(row.status(), IsOk()) << values->value(i)->name();
    EXPECT_EQ(ProfileToProto(row->word), value);
  }
  EXPECT_THAT(FromProto(v1::PROFILE_UNSPECIFIED).status(),
              StatusIs(kInvalid,
                       "profile: must be one of TSM, TEE, TFW, SP, "
                       "SERVICE, CLIENT"));
  for (const pki::Profile& row : pki::Profiles()) {
    EXPECT_EQ(ProfileToProto(row.word) == v1::PROFILE_UNSPECIFIED,
              row.names == pki::NameRule::kOurOwn)
        << row.word;
  }
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
  return absl::StrCat("| `", row.word, "` | ", uses, " | ",
                      absl::StrJoin(row.eku_oids, ", "), " | ",
                      row.lifetime / absl::Hours(24), " days | ",
                      pki::RoleName(row.authority), " | ", requesters, " | ");
}

TEST(ProfileTest, TheReadmeTellsEachRow) {
  const std::string readme = FileText("services/ca/README.md");
  for (const pki::Profile& row : pki::Profiles()) {
    EXPECT_THAT(readme, HasSubstr(ReadmeRow(row)));
  }
}

TEST_F(HandlersTest, ARequestIdGivesOneCertificate) {
  const std::string csr = NewCsr();
  const auto first = Issue(v1::PROFILE_TEE, csr, {}, "order-1");
  const auto again = Issue(v1::PROFILE_TEE, csr, {}, "order-1");
  ASSERT_THAT(first.status(), IsOk());
  ASSERT_THAT(again.status(), IsOk());
  EXPECT_EQ(first->serial(), again->serial());
  EXPECT_EQ(first->chain_der(0), again->chain_der(0));
  EXPECT_THAT(
      Issue(v1::PROFILE_TEE, NewCsr(), {}, "order-1").status(),
      StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("request_id")));
  EXPECT_THAT(Issue(v1::PROFILE_TFW, csr, {}, "order-1").status(),
              StatusIs(absl::StatusCode::kAlreadyExists));
  // Without one, each call makes one.
  EXPECT_NE(Issue(v1::PROFILE_TEE, csr)->serial(),
            Issue(v1::PROFILE_TEE, csr)->serial());
}

TEST_F(HandlersTest, BadRequestsNameTheirFieldAndLeaveNothing) {
  const size_t before = store_.audit_events().size();
  const size_t certificates = CertificatesOf("tee");
  const std::string good = NewCsr();
  std::string forged = good;
  forged[forged.size() - 5] ^= 1;
  for (const std::string& csr :
       {std::string(), std::string("hello"), good.substr(0, 40), good + "x",
        forged, std::string(20'000, '\x30')}) {
    EXPECT_THAT(Issue(v1::PROFILE_TEE, csr).status(),
                StatusIs(kInvalid, HasSubstr("csr_der")));
  }
  EXPECT_THAT(Issue(v1::PROFILE_UNSPECIFIED, good).status(),
              StatusIs(kInvalid, HasSubstr("profile")));
  EXPECT_THAT(Issue(static_cast<v1::Profile>(99), good).status(),
              StatusIs(kInvalid, HasSubstr("profile")));
  EXPECT_THAT(Issue(v1::PROFILE_TEE, good, {"a b"}).status(),
              StatusIs(kInvalid, HasSubstr("san_uris")));
  EXPECT_THAT(Issue(v1::PROFILE_TEE, good, {}, "a b").status(),
              StatusIs(kInvalid, HasSubstr("request_id")));
  EXPECT_THAT(Issue(v1::PROFILE_TEE, good, {}, std::string(129, 'x')).status(),
              StatusIs(kInvalid, HasSubstr("request_id")));
  const auto key =
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
  for (const std::string& name :
       {std::string(), std::string(65, 'x'), std::string("a\nb")}) {
    const auto csr = pki::Csr::Create(key, name, {}, {});
    if (!csr.ok()) continue;
    EXPECT_THAT(Issue(v1::PROFILE_TEE, csr->der()).status(),
                StatusIs(kInvalid, HasSubstr("common_name")));
  }
  EXPECT_EQ(store_.audit_events().size(), before);
  EXPECT_EQ(CertificatesOf("tee"), certificates);
}

// Identities of the suite come from the order, never from a request.
TEST_F(HandlersTest, NobodyTalksHimselfIntoAnIdentity) {
  const auto key =
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
  const std::string csr =
      pki::Csr::Create(key, "x", {"otrp://operator/root"}, {}).value().der();
  for (v1::Profile profile : {v1::PROFILE_TEE, v1::PROFILE_SP,
                              v1::PROFILE_CLIENT, v1::PROFILE_SERVICE}) {
    EXPECT_THAT(Issue(profile, csr).status(),
                StatusIs(kInvalid, HasSubstr("san_uris")))
        << profile;
  }
  EXPECT_THAT(
      Issue(v1::PROFILE_CLIENT, NewCsr(), {"otrp://service/tsm"}).status(),
      StatusIs(kInvalid));
  EXPECT_THAT(
      Issue(v1::PROFILE_SERVICE, NewCsr(), {"otrp://operator/a"}).status(),
      StatusIs(kInvalid));
}

TEST_F(HandlersTest, ATsmNeedsAnIdOfItsOwn) {
  for (const std::vector<std::string>& uris :
       std::vector<std::vector<std::string>>{
           {}, {"http://a/"}, {"https://"}, {"https://a/", "https://b/"}}) {
    EXPECT_THAT(Issue(v1::PROFILE_TSM, NewCsr(), uris).status(),
                StatusIs(kInvalid, HasSubstr("san_uris")));
  }
  // Another service can't take an id that is in use.
  const std::vector<std::string> id = {"https://tsm.example/"};
  ASSERT_THAT(Issue(v1::PROFILE_TSM, NewCsr(), id, "",
                    Call(rpc::CallerKind::kService, "tsm"))
                  .status(),
              IsOk());
  EXPECT_THAT(Issue(v1::PROFILE_TSM, NewCsr(), id).status(), IsOk())
      << "an operator may, for whoever holds it";
}

TEST_F(HandlersTest, ARevocationIsInTheNextCrlAndOcspResponse) {
  const auto issued = Issue(v1::PROFILE_TEE, NewCsr());
  ASSERT_THAT(issued.status(), IsOk());
  const auto leaf = pki::Certificate::FromDer(issued->chain_der(0)).value();
  const auto ca = pki::Certificate::FromDer(issued->chain_der(1)).value();
  const auto status = [&] {
    v1::GetOcspResponseRequest ask;
    ask.set_request_der(pki::BuildOcspRequest(leaf, ca).value());
    v1::GetOcspResponseResponse answer;
    EXPECT_THAT(GetOcspResponse(Operator(), *env_, ask, answer), IsOk());
    return pki::OcspResponse::Parse(answer.response_der())
        .value()
        .Verify(leaf, ca, clock_.Now());
  };
  const auto in_crl = [&] {
    v1::GetCrlRequest ask;
    ask.set_authority("tee-ca");
    v1::GetCrlResponse answer;
    EXPECT_THAT(GetCrl(Operator(), *env_, ask, answer), IsOk());
    const pki::Crl crl = pki::Crl::Parse(answer.crl_der()).value();
    EXPECT_THAT(crl.Verify(ca, clock_.Now()), IsOk());
    return crl.IsRevoked(leaf);
  };
  EXPECT_THAT(status(), IsOkAndHolds(pki::OcspStatus::kGood));
  EXPECT_FALSE(in_crl());
  EXPECT_THAT(Revoke(issued->serial()), IsOk());
  EXPECT_THAT(status(), IsOkAndHolds(pki::OcspStatus::kRevoked));
  EXPECT_TRUE(in_crl());
  const size_t audited = store_.audit_events().size();
  EXPECT_THAT(Revoke(issued->serial(), v1::REVOCATION_REASON_SUPERSEDED),
              IsOk());
  EXPECT_EQ(store_.GetCertificate(issued->serial())->reason, 1)
      << "the first reason stays";
  EXPECT_LE(store_.audit_events().size(), audited + 1);
  EXPECT_THAT(Revoke("0123456789"), StatusIs(absl::StatusCode::kNotFound));
  for (const char* bad : {"", "xyz", "-1"}) {
    EXPECT_THAT(Revoke(bad), StatusIs(kInvalid, HasSubstr("serial"))) << bad;
  }
}

TEST_F(HandlersTest, AnchorsAreCertificatesOfAuthoritiesUnderOneName) {
  v1::AddTrustAnchorRequest request;
  request.set_role(common::v1::ROLE_TEE);
  request.set_name("oem");
  v1::AddTrustAnchorResponse response;
  const auto add = [&] {
    return AddTrustAnchor(Operator(), *env_, request, response);
  };
  EXPECT_THAT(add(), StatusIs(kInvalid, HasSubstr("certificate_der")));
  const auto leaf = Issue(v1::PROFILE_TEE, NewCsr());
  request.set_certificate_der(leaf->chain_der(0));
  EXPECT_THAT(add(), StatusIs(kInvalid, HasSubstr("certificate_der")))
      << "a device's certificate is no authority's";
  request.set_certificate_der(authorities_->Find("sp-root")->certificate.der());
  EXPECT_THAT(add(), IsOk());
  EXPECT_THAT(add(), IsOk());
  request.set_certificate_der(
      authorities_->Find("tfw-root")->certificate.der());
  EXPECT_THAT(add(), StatusIs(absl::StatusCode::kAlreadyExists,
                              HasSubstr("name: oem")));
  for (const char* bad : {"", "a b", "a/b"}) {
    request.set_name(bad);
    EXPECT_THAT(add(), StatusIs(kInvalid, HasSubstr("name"))) << bad;
  }
  request.set_name("x");
  request.set_role(common::v1::ROLE_UNSPECIFIED);
  EXPECT_THAT(add(), StatusIs(kInvalid, HasSubstr("role")));
}

TEST_F(HandlersTest, WithoutADatabaseNothingIsIssued) {
  const size_t certificates = CertificatesOf("tee");
  store_.SetAway(true);
  EXPECT_THAT(Issue(v1::PROFILE_TEE, NewCsr()).status(),
              StatusIs(absl::StatusCode::kUnavailable));
  store_.SetAway(false);
  EXPECT_EQ(CertificatesOf("tee"), certificates);
}

class BootstrapTest : public HandlersTest {
 protected:
  BootstrapTest()
      : folder_(absl::StrCat(
            ::testing::TempDir(), "/bootstrap-",
            ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    options_.tls_out = folder_;
    options_.pki_url = "http://pki.example";
  }
  absl::Status Run() {
    return Bootstrap(store_, kKek, clock_, crypto::SystemRandom(), options_);
  }
  std::string CertOf(const std::string& holder) {
    return FileText(absl::StrCat(folder_, "/", holder, "/cert.pem"));
  }

  const std::string folder_;
  BootstrapOptions options_;
};

TEST_F(BootstrapTest, ASecondRunChangesNothing) {
  ASSERT_THAT(Run(), IsOk());
  const auto authorities = store_.ListAuthorities().value();
  const auto anchors = store_.ListAnchors("").value();
  const std::string cert = CertOf("tsm");
  EXPECT_THAT(cert, HasSubstr("BEGIN CERTIFICATE"));
  const size_t audited = store_.audit_events().size();
  ASSERT_THAT(Run(), IsOk());
  EXPECT_EQ(store_.ListAuthorities()->size(), authorities.size());
  EXPECT_EQ(store_.ListAnchors("")->version, anchors.version);
  EXPECT_EQ(CertOf("tsm"), cert);
  EXPECT_EQ(store_.audit_events().size(), audited);
}

TEST_F(BootstrapTest, EveryRoleHasItsHierarchyAndItsCrl) {
  std::set<std::string> roots;
  const std::vector<AuthorityRow> rows = store_.ListAuthorities().value();
  for (const AuthorityRow& row : rows) {
    if (row.name == row.issuer) roots.insert(row.role);
    EXPECT_THAT(store_.GetCrl(row.name).status(), IsOk()) << row.name;
    // Sealed: the same key in the clear would carry its OID.
    EXPECT_THAT(row.sealed_key, Not(HasSubstr(std::string("\x2a\x86\x48", 3))));
  }
  EXPECT_EQ(roots,
            (std::set<std::string>{"service", "sp", "tee", "tfw", "tsm"}));
}

TEST_F(BootstrapTest, AnotherKekOpensNothing) {
  EXPECT_THAT(
      Authorities::Load(store_, std::string(32, 'x')).status(),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("kek_file")));
}

TEST_F(BootstrapTest, ARemovedAnchorStaysAway) {
  ASSERT_THAT(store_.RemoveAnchor("tee", "tee-root", {}), IsOk());
  ASSERT_THAT(Run(), IsOk());
  const AnchorList left = store_.ListAnchors("tee").value();
  for (const AnchorRow& row : left.anchors) {
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
