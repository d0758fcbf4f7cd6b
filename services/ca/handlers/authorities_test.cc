// Generations of authorities on a real PostgreSQL, looked at with openssl.

#include "services/ca/handlers/authorities.h"

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/random.h"
#include "libs/pki/certificate.h"
#include "libs/pki/crl.h"
#include "libs/pki/issue.h"
#include "libs/pki/ocsp.h"
#include "libs/pki/profile.h"
#include "libs/pki/verify.h"
#include "services/ca/handlers/directory.h"
#include "services/ca/testing/suite.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;
using Code = absl::StatusCode;

std::string Path(const std::string& name) {
  return absl::StrCat(::testing::TempDir(), "/", name);
}

std::string File(const std::string& name, absl::string_view bytes) {
  std::ofstream(Path(name), std::ios::binary) << bytes;
  return Path(name);
}

std::string Shell(const std::string& command) {
  const int code =
      std::system(absl::StrCat(command, " >", Path("out"), " 2>&1").c_str());
  const std::string text = FileText(Path("out"));
  EXPECT_EQ(code, 0) << command << "\n" << text;
  return text;
}

// The request of the generation of this name: "sp-ca.2".
template <typename Request>
Request About(const std::string& name) {
  const size_t dot = name.rfind('.');
  Request request;
  request.set_line(name.substr(0, dot));
  request.set_generation(
      dot == std::string::npos ? 1 : std::stoi(name.substr(dot + 1)));
  return request;
}

class AuthoritiesTest : public SuiteTest {
 protected:
  absl::StatusOr<v1::Authority> Prepare(const std::string& line,
                                        const std::string& key = "",
                                        int days = 0) {
    v1::PrepareGenerationRequest request;
    request.set_line(line);
    request.set_key(key);
    request.set_lifetime_days(days);
    v1::PrepareGenerationResponse response;
    const absl::Status status =
        PrepareGeneration(Operator(), env_, request, response);
    if (!status.ok()) return status;
    return response.generation();
  }
  absl::StatusOr<v1::Authority> Activate(const std::string& name) {
    const auto request = About<v1::ActivateGenerationRequest>(name);
    v1::ActivateGenerationResponse response;
    const absl::Status status =
        ActivateGeneration(Operator(), env_, request, response);
    if (!status.ok()) return status;
    return response.generation();
  }
  absl::Status Retire(const std::string& name) {
    const auto request = About<v1::RetireGenerationRequest>(name);
    v1::RetireGenerationResponse response;
    return RetireGeneration(Operator(), env_, request, response);
  }
  absl::Status RevokeAuthority(const std::string& name,
                               const std::string& confirm = "") {
    auto request = About<v1::RevokeGenerationRequest>(name);
    request.set_confirm_line(confirm.empty() ? request.line() : confirm);
    request.set_reason(v1::REVOCATION_REASON_KEY_COMPROMISE);
    v1::RevokeGenerationResponse response;
    return RevokeGeneration(Operator(), env_, request, response);
  }
  v1::GetGenerationResponse Get(const std::string& name) {
    const auto request = About<v1::GetGenerationRequest>(name);
    v1::GetGenerationResponse response;
    EXPECT_THAT(GetGeneration(Operator(), env_, request, response), IsOk());
    return response;
  }
  std::string NameOfActive(const std::string& line) {
    return authorities_.ActiveOf(line)->name;
  }
  std::string StateOf(const std::string& name) {
    return Get(name).generation().state();
  }
  pki::Crl CrlOf(const std::string& name) {
    return pki::Crl::Parse(store_.GetCrl(name)->der).value();
  }

  std::vector<pki::Certificate> NewChain(
      v1::Profile profile, const std::vector<std::string>& uris = {},
      crypto::KeyType type = crypto::KeyType::kEcP256) {
    const auto issued = Issue(profile, NewCsr(type), uris);
    EXPECT_THAT(issued.status(), IsOk());
    std::vector<pki::Certificate> chain;
    if (!issued.ok()) return chain;
    for (const std::string& der : issued->chain_der()) {
      chain.push_back(pki::Certificate::FromDer(der).value());
    }
    return chain;
  }

  // As openssl sees a chain with nothing but its root, and `crls` of the
  // authorities that signed.
  std::string OpensslVerify(const std::vector<pki::Certificate>& chain,
                            const pki::Certificate& root,
                            const std::vector<std::string>& crls) {
    const std::string leaf = File("leaf.pem", pki::ToPem(chain[0]));
    const std::string above = File("above.pem", pki::ToPem(chain));
    File("root.pem", pki::ToPem(root));
    std::string pems;
    for (const std::string& name : crls) {
      const std::string der = File("crl.der", store_.GetCrl(name)->der);
      absl::StrAppend(&pems,
                      Shell(absl::StrCat("openssl crl -inform DER -in ", der)));
    }
    File("crls.pem", pems);
    return Shell(absl::StrCat(
        "openssl verify -attime ", absl::ToUnixSeconds(clock_.Now()),
        crls.empty() ? "" : " -crl_check_all -CRLfile ",
        crls.empty() ? "" : Path("crls.pem"), " -CAfile ", Path("root.pem"),
        " -untrusted ", above, " ", leaf));
  }
};

TEST_F(AuthoritiesTest, TheNextGenerationIssuesWhenItIsActivatedAndNotBefore) {
  const std::vector<pki::Certificate> before = NewChain(v1::PROFILE_SP);
  const std::string old = NameOfActive("sp-ca");
  const auto next = Prepare("sp-ca");
  ASSERT_THAT(next.status(), IsOk());
  EXPECT_EQ(next->state(), "next");
  EXPECT_EQ(next->line(), "sp-ca");
  // Relying parties find it, with a list and an answer about it.
  EXPECT_TRUE(CrlOf(next->name()).revoked().empty());
  v1::ListAuthoritiesResponse directory;
  ASSERT_THAT(ListAuthorities(Operator(), env_, {}, directory), IsOk());
  std::vector<std::string> names;
  for (const auto& authority : directory.authorities()) {
    names.push_back(authority.name());
  }
  EXPECT_THAT(names, Contains(next->name()));

  const std::vector<pki::Certificate> still = NewChain(v1::PROFILE_SP);
  EXPECT_EQ(still[1].der(), before[1].der());
  EXPECT_THAT(Prepare("sp-ca").status(),
              StatusIs(Code::kAlreadyExists, HasSubstr(next->name())));

  ASSERT_THAT(Activate(next->name()).status(), IsOk());
  EXPECT_EQ(StateOf(old), "retiring");
  const std::vector<pki::Certificate> after = NewChain(v1::PROFILE_SP);
  EXPECT_EQ(after[1].der(), next->certificate_der());
  EXPECT_NE(after[1].common_name(), before[1].common_name());

  // Both chains are good, each with the lists of its authorities; what the old
  // one revokes is on its own list still.
  const std::vector<std::string> both = {"sp-root", old, next->name()};
  EXPECT_THAT(OpensslVerify(before, before.back(), both), HasSubstr("OK"));
  EXPECT_THAT(OpensslVerify(after, before.back(), both), HasSubstr("OK"));
  ASSERT_THAT(Revoke(before[0].serial()), IsOk());
  EXPECT_TRUE(CrlOf(old).IsRevoked(before[0]));

  // Again is no error, and no second record.
  const size_t records = AuditCount();
  EXPECT_THAT(Activate(next->name()).status(), IsOk());
  EXPECT_EQ(AuditCount(), records);
}

TEST_F(AuthoritiesTest, ServicesGetTheChainOfTheNewGeneration) {
  struct Asker {
    const char* service;
    const char* line;
    v1::Profile profile;
    std::vector<std::string> uris;
    crypto::KeyType type;
  };
  for (const Asker& asker : std::vector<Asker>{
           {"sp_portal", "sp-ca", v1::PROFILE_SP, {}, crypto::KeyType::kRsa},
           {"tsm", "tsm-ca", v1::PROFILE_TSM, {kTsmId}, crypto::KeyType::kRsa},
           {"tsm",
            "tsm-ca-ec",
            v1::PROFILE_TSM,
            {kTsmId},
            crypto::KeyType::kEcP256}}) {
    SCOPED_TRACE(asker.line);
    const auto next = Prepare(asker.line);
    ASSERT_THAT(next.status(), IsOk());
    ASSERT_THAT(Activate(next->name()).status(), IsOk());
    const auto issued = Issue(asker.profile, NewCsr(asker.type), asker.uris, "",
                              Call(rpc::CallerKind::kService, asker.service));
    ASSERT_THAT(issued.status(), IsOk());
    ASSERT_EQ(issued->chain_der_size(), 3);
    EXPECT_EQ(issued->chain_der(1), next->certificate_der());
    EXPECT_EQ(issued->chain_der(2),
              authorities_.Find(next->issuer())->certificate.der());
  }
}

TEST_F(AuthoritiesTest, ARotationFailsNobodyWhoAsksMeanwhile) {
  // A replica that hears of nothing.
  auto deaf = Authorities::Load(store_, TestKek());
  ASSERT_THAT(deaf.status(), IsOk());
  auto deaf_issuer =
      Issuer::Create(*deaf, store_, clock_, crypto::SystemRandom(), {""});
  ASSERT_THAT(deaf_issuer.status(), IsOk());
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::set<std::string> issuers;
  std::vector<std::string> errors;
  std::vector<std::thread> threads;
  const pki::Csr csr = pki::Csr::Parse(NewCsr()).value();
  for (Issuer* issuer : {&env_.issuer, &*deaf_issuer}) {
    threads.emplace_back([&, issuer] {
      IssueOrder order;
      order.role = pki::Role::kSp;
      order.common_name = "bank";
      while (!stop) {
        const auto made =
            issuer->Issue(csr, order, [](const CertificateRecord& row) {
              store::AuditEvent event;
              event.actor = "test";
              event.action = "certificate.issue";
              event.subject = row.serial;
              return event;
            });
        const std::lock_guard<std::mutex> lock(mutex);
        if (made.ok()) {
          issuers.insert(made->chain_der[1]);
        } else {
          errors.push_back(std::string(made.status().message()));
        }
      }
    });
  }
  const auto was_used = [&](const std::string& issuer) {
    const std::lock_guard<std::mutex> lock(mutex);
    return issuers.count(issuer) > 0 || !errors.empty();
  };
  std::set<std::string> wanted = {
      authorities_.ActiveOf("sp-ca")->certificate.der()};
  for (int i = 0; i < 2; ++i) {
    const auto next = Prepare("sp-ca");
    ASSERT_THAT(next.status(), IsOk());
    ASSERT_THAT(Activate(next->name()).status(), IsOk());
    wanted.insert(next->certificate_der());
    while (!was_used(next->certificate_der())) std::this_thread::yield();
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(errors, IsEmpty());
  EXPECT_TRUE(issuers == wanted);
}

struct RevokedCase {
  const char* line;
  v1::Profile profile;
  std::vector<std::string> uris;
  crypto::KeyType type;
};

TEST_F(AuthoritiesTest, ARevokedAuthorityIssuesNothingOnAnyReplica) {
  const RevokedCase cases[] = {
      {"tee-ca", v1::PROFILE_TEE, {}, crypto::KeyType::kRsa},
      {"tfw-ca", v1::PROFILE_TFW, {}, crypto::KeyType::kRsa},
      {"sp-ca", v1::PROFILE_SP, {}, crypto::KeyType::kRsa},
      {"tsm-ca", v1::PROFILE_TSM, {kOperatorsTsmId}, crypto::KeyType::kRsa},
      {"tsm-ca-ec",
       v1::PROFILE_TSM,
       {kOperatorsTsmId},
       crypto::KeyType::kEcP256},
      {"service-ca",
       v1::PROFILE_SERVICE,
       {"otrp://service/tsm"},
       crypto::KeyType::kEcP256},
      {"service-ca",
       v1::PROFILE_CLIENT,
       {"otrp://operator/bob"},
       crypto::KeyType::kEcP256},
  };
  for (const RevokedCase& c : cases) {
    SCOPED_TRACE(absl::StrCat(c.line, " ", c.profile));
    const std::string name = NameOfActive(c.line);
    const std::string root = authorities_.Find(name)->issuer;
    const std::vector<pki::Certificate> chain =
        NewChain(c.profile, c.uris, c.type);
    ASSERT_EQ(chain.size(), 3u);
    // Asked once before, under an id.
    const std::string csr = NewCsr(c.type);
    const auto answered =
        Issue(c.profile, csr, c.uris, absl::StrCat("r", name));
    ASSERT_THAT(answered.status(), IsOk());
    auto deaf = Authorities::Load(store_, TestKek());
    auto deaf_issuer =
        Issuer::Create(*deaf, store_, clock_, crypto::SystemRandom(), {""});
    ASSERT_THAT(deaf_issuer.status(), IsOk());
    const v1::GetGenerationResponse live = Get(name);
    EXPECT_THAT(live.live(), Not(IsEmpty()));

    EXPECT_THAT(RevokeAuthority(name, c.line + std::string("x")),
                StatusIs(Code::kInvalidArgument, HasSubstr("confirm_line")));
    ASSERT_THAT(RevokeAuthority(name), IsOk());
    EXPECT_EQ(StateOf(name), "revoked");
    EXPECT_TRUE(CrlOf(root).IsRevoked(chain[1]));
    const pki::Role role = *store_.GetCertificate(chain[0].serial())->profile;
    const size_t recorded = CertificatesOf(role);

    // Here, on the replica that hasn't heard, and under the id of before.
    EXPECT_THAT(Issue(c.profile, NewCsr(c.type), c.uris).status(),
                StatusIs(Code::kFailedPrecondition, HasSubstr("ca rotate")));
    EXPECT_THAT(Issue(c.profile, csr, c.uris, absl::StrCat("r", name)).status(),
                StatusIs(Code::kFailedPrecondition, HasSubstr("ca rotate")));
    IssueOrder order;
    order.role = role;
    order.common_name = "x";
    order.names.uris = c.uris;
    EXPECT_THAT(deaf_issuer
                    ->Issue(pki::Csr::Parse(NewCsr(c.type)).value(), order,
                            [](const CertificateRecord&) {
                              return store::AuditEvent();
                            })
                    .status(),
                StatusIs(Code::kFailedPrecondition,
                         HasSubstr("issues nothing any more")));
    EXPECT_EQ(CertificatesOf(role), recorded);

    // Whoever looks at a leaf's own list hears of it too, but for devices'.
    const bool device =
        c.profile == v1::PROFILE_TEE || c.profile == v1::PROFILE_TFW;
    EXPECT_EQ(CrlOf(name).IsRevoked(chain[0]), !device);
    // Again: the same.
    EXPECT_THAT(RevokeAuthority(name), IsOk());

    const auto next = Prepare(c.line);
    ASSERT_THAT(next.status(), IsOk());
    ASSERT_THAT(Activate(next->name()).status(), IsOk());
    EXPECT_EQ(NewChain(c.profile, c.uris, c.type)[1].der(),
              next->certificate_der());
    // The same request is answered with a new certificate.
    const auto again = Issue(c.profile, csr, c.uris, absl::StrCat("r", name));
    ASSERT_THAT(again.status(), IsOk());
    EXPECT_NE(again->serial(), answered->serial());
  }
}

TEST_F(AuthoritiesTest, AnIntentOfARevokedAuthorityIsNeverCompleted) {
  const std::string name = NameOfActive("sp-ca");
  CertificateRecord intent;
  intent.serial = pki::NewSerial(crypto::SystemRandom());
  intent.profile = pki::Role::kSp;
  intent.authority = name;
  intent.subject = "x";
  intent.not_before = clock_.Now();
  intent.not_after = clock_.Now() + absl::Hours(1);
  intent.request_sha256 = std::string(32, 'x');
  ASSERT_THAT(store_.RecordIntent(intent, {}), IsOk());
  ASSERT_THAT(RevokeAuthority(name), IsOk());
  EXPECT_THAT(store_.RecordIssued(intent.serial, "der", {}),
              StatusIs(Code::kFailedPrecondition, HasSubstr(name)));
  const auto next = Prepare("sp-ca");
  ASSERT_THAT(next.status(), IsOk());
  ASSERT_THAT(Activate(next->name()).status(), IsOk());
}

TEST_F(AuthoritiesTest, AReplicaHearsOfAChangeByAskingForOneRow) {
  auto other = Authorities::Load(store_, TestKek());
  ASSERT_THAT(other.status(), IsOk());
  const AuthorityPtr kept = other->ActiveOf("tee-ca");
  const auto next = Prepare("tee-ca");
  ASSERT_THAT(next.status(), IsOk());
  ASSERT_THAT(Activate(next->name()).status(), IsOk());
  EXPECT_EQ(other->ActiveOf("tee-ca")->name, kept->name);
  ASSERT_THAT(other->Refresh(), IsOk());
  EXPECT_EQ(other->ActiveOf("tee-ca")->name, next->name());
  // What it held is as it was.
  EXPECT_EQ(kept->state, AuthorityState::kActive);
}

TEST_F(AuthoritiesTest, ALeafEndsWithItsIssuerOrIsRefusedWithWhatToDo) {
  auto next = Prepare("sp-ca", "", 200);
  ASSERT_THAT(next.status(), IsOk());
  ASSERT_THAT(Activate(next->name()).status(), IsOk());
  const std::vector<pki::Certificate> chain = NewChain(v1::PROFILE_SP);
  EXPECT_EQ(chain[0].not_after(), chain[1].not_after());
  next = Prepare("sp-ca", "", 100);
  ASSERT_THAT(next.status(), IsOk());
  ASSERT_THAT(Activate(next->name()).status(), IsOk());
  EXPECT_THAT(Issue(v1::PROFILE_SP, NewCsr()).status(),
              StatusIs(Code::kFailedPrecondition, HasSubstr("ca rotate")));
  next = Prepare("sp-ca");
  ASSERT_THAT(next.status(), IsOk());
  ASSERT_THAT(Activate(next->name()).status(), IsOk());
}

TEST_F(AuthoritiesTest, WhoKnowsOnlyTheOldRootFollowsTheNewOne) {
  const pki::Certificate old_root =
      authorities_.ActiveOf("service-root")->certificate;
  const std::string old_name = NameOfActive("service-root");
  const auto root = Prepare("service-root", "P-384");
  ASSERT_THAT(root.status(), IsOk());
  EXPECT_EQ(root->key_bits(), 384);
  ASSERT_EQ(root->cross_certificates_der_size(), 1);
  ASSERT_THAT(Activate(root->name()).status(), IsOk());
  const auto ca = Prepare("service-ca");
  ASSERT_THAT(ca.status(), IsOk());
  EXPECT_EQ(ca->issuer(), root->name());
  ASSERT_THAT(Activate(ca->name()).status(), IsOk());
  const std::vector<pki::Certificate> chain =
      NewChain(v1::PROFILE_CLIENT, {"otrp://operator/carol"});
  ASSERT_EQ(chain.size(), 4u);
  EXPECT_EQ(chain[2].der(), root->cross_certificates_der(0));
  EXPECT_EQ(chain[3].der(), old_root.der());
  const pki::Certificate new_root =
      pki::Certificate::FromDer(root->certificate_der()).value();
  const std::vector<std::string> crls = {old_name, root->name(), ca->name()};
  for (const pki::Certificate& anchor : {old_root, new_root}) {
    EXPECT_THAT(OpensslVerify(chain, anchor, crls), HasSubstr("OK"));
    EXPECT_THAT(pki::VerifyChain(chain[0], chain, pki::TrustAnchors({anchor}),
                                 {clock_.Now(), pki::Role::kClient})
                    .status(),
                IsOk());
  }
  EXPECT_THAT(
      Shell(absl::StrCat("openssl crl -inform DER -noout -text -in ",
                         File("r.der", store_.GetCrl(root->name())->der))),
      HasSubstr("ecdsa-with-SHA384"));
  // The other way: the old key certified by the new root, for those who know
  // only the new one.
  auto request = About<v1::CrossSignGenerationRequest>(old_name);
  request.set_signer(root->generation());
  v1::CrossSignGenerationResponse crossed;
  ASSERT_THAT(CrossSignGeneration(Operator(), env_, request, crossed), IsOk());
  const pki::Certificate back =
      pki::Certificate::FromDer(crossed.certificate_der()).value();
  EXPECT_EQ(back.public_key(), old_root.public_key());
  v1::CrossSignGenerationResponse again;
  ASSERT_THAT(CrossSignGeneration(Operator(), env_, request, again), IsOk());
  EXPECT_EQ(again.certificate_der(), crossed.certificate_der());
  // Chains don't turn round.
  EXPECT_EQ(NewChain(v1::PROFILE_CLIENT, {"otrp://operator/dan"}).size(), 4u);
}

TEST_F(AuthoritiesTest, WhereTheLastOneIsAnAnchorTheNextOneIs) {
  const auto anchors = [&] {
    std::vector<std::string> names;
    const TrustAnchorList list = store_.ListAnchors(pki::Role::kTfw).value();
    for (const TrustAnchor& anchor : list.anchors) names.push_back(anchor.name);
    return names;
  };
  const auto next = Prepare("tfw-ca");
  ASSERT_THAT(next.status(), IsOk());
  EXPECT_THAT(anchors(), Contains(next->name()));
  ASSERT_THAT(RevokeAuthority(next->name()), IsOk());
  EXPECT_THAT(anchors(), Not(Contains(next->name())));
  // Its successor takes its place.
  const auto successor = Prepare("tfw-ca");
  ASSERT_THAT(successor.status(), IsOk());
  EXPECT_THAT(anchors(), Contains(successor->name()));
}

TEST_F(AuthoritiesTest, AGenerationIsRetiredWhenNothingOfItLives) {
  const std::string active = NameOfActive("sp-ca");
  EXPECT_THAT(Retire(active),
              StatusIs(Code::kFailedPrecondition, HasSubstr("active")));
  NewChain(v1::PROFILE_SP);
  const auto next = Prepare("sp-ca");
  ASSERT_THAT(next.status(), IsOk());
  ASSERT_THAT(Activate(next->name()).status(), IsOk());
  EXPECT_THAT(Retire(active),
              StatusIs(Code::kFailedPrecondition, HasSubstr("live")));
  const auto another = Prepare("sp-ca");
  ASSERT_THAT(another.status(), IsOk());
  ASSERT_THAT(Retire(another->name()), IsOk());
  EXPECT_EQ(StateOf(another->name()), "retired");
  EXPECT_EQ(authorities_.Find(another->name()), nullptr);
  const std::vector<AuthorityRecord> rows = store_.ListAuthorities().value();
  for (const AuthorityRecord& row : rows) {
    EXPECT_EQ(row.sealed_key.empty(), row.state == AuthorityState::kRetired)
        << row.name;
  }
  EXPECT_THAT(Activate(another->name()).status(), Not(IsOk()));
  EXPECT_THAT(env_.revocation.PublishStaleCrls(), IsOk());
  EXPECT_THAT(Retire("sp-ca.99"),
              StatusIs(Code::kNotFound, HasSubstr("generation")));
}

TEST_F(AuthoritiesTest, WhatMakesNoSenseIsRefusedAndSaysWhy) {
  EXPECT_THAT(Prepare("nobody").status(), StatusIs(Code::kNotFound));
  EXPECT_THAT(Prepare("tsm-ca", "P-256").status(),
              StatusIs(Code::kInvalidArgument, HasSubstr("RSA")));
  EXPECT_THAT(Prepare("tsm-ca-ec", "RSA-2048").status(),
              StatusIs(Code::kInvalidArgument, HasSubstr("EC")));
  EXPECT_THAT(Prepare("sp-ca", "P-521").status(),
              StatusIs(Code::kInvalidArgument, HasSubstr("key:")));
  EXPECT_THAT(Prepare("sp-ca", "", 20000).status(),
              StatusIs(Code::kInvalidArgument, HasSubstr("lifetime_days")));
  EXPECT_THAT(RevokeAuthority("tee-root"),
              StatusIs(Code::kFailedPrecondition, HasSubstr("root")));
  auto request = About<v1::CrossSignGenerationRequest>("tee-root");
  request.set_signer(1);
  v1::CrossSignGenerationResponse response;
  EXPECT_THAT(CrossSignGeneration(Operator(), env_, request, response),
              StatusIs(Code::kFailedPrecondition, HasSubstr("signer")));
  // By its serial an authority can't be hit by mistake.
  const std::string serial =
      authorities_.ActiveOf("tee-ca")->certificate.serial();
  EXPECT_THAT(Revoke(serial),
              StatusIs(Code::kFailedPrecondition, HasSubstr("ca revoke")));
  EXPECT_EQ(store_.GetCertificate(serial)->state, CertificateState::kIssued);
}

TEST_F(AuthoritiesTest, AnyKindOfKeyIssuesAndRevokesAsOpensslSeesIt) {
  for (const char* kind :
       {"RSA-2048", "RSA-3072", "RSA-4096", "P-256", "P-384"}) {
    SCOPED_TRACE(kind);
    const auto next = Prepare("sp-ca", kind);
    ASSERT_THAT(next.status(), IsOk());
    ASSERT_THAT(Activate(next->name()).status(), IsOk());
    const std::vector<pki::Certificate> chain = NewChain(v1::PROFILE_SP);
    ASSERT_EQ(chain.size(), 3u);
    // Whatever the kind of key that asks.
    for (crypto::KeyType type :
         {crypto::KeyType::kRsa, crypto::KeyType::kEcP256}) {
      EXPECT_EQ(NewChain(v1::PROFILE_SP, {}, type)[1].der(),
                next->certificate_der());
    }
    EXPECT_THAT(OpensslVerify(chain, chain.back(), {"sp-root", next->name()}),
                HasSubstr("OK"));
    // Its OCSP signer is of the same kind, and its answers are good.
    const auto request = pki::BuildOcspRequest(chain[0], chain[1]);
    ASSERT_THAT(request.status(), IsOk());
    const auto answer =
        env_.ocsp.Answer(*request, OcspResponder::Asker::kKnown);
    ASSERT_THAT(answer.status(), IsOk());
    File("issuer.pem", pki::ToPem(chain[1]));
    EXPECT_THAT(
        Shell(absl::StrCat(
            "openssl ocsp -attime ", absl::ToUnixSeconds(clock_.Now()),
            " -respin ", File("ocsp.der", answer->der), " -issuer ",
            Path("issuer.pem"), " -cert ", File("l.pem", pki::ToPem(chain[0])),
            " -CAfile ", File("r.pem", pki::ToPem(chain[2])), " -verify_other ",
            Path("issuer.pem"), " -no_nonce -validity_period 100000000000")),
        HasSubstr("Response verify OK"));
  }
}

}  // namespace
}  // namespace handlers
}  // namespace ca
}  // namespace otrp
