#include "libs/attest/trust.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/attest/test_world.h"
#include "libs/pki/ocsp.h"

namespace otrp {
namespace attest {
namespace {

using test::TheWorld;
using test::World;
using ::testing::IsEmpty;

TEST(TrustTest, ATrustedChainIsRememberedAndRunsOut) {
  const World& w = TheWorld();
  TrustInputs inputs;
  inputs.tee_roots = {{w.tee.root.der()}};
  const auto trust = Trust::Create(inputs);
  const std::vector<std::string> cas = {w.tee.ca.der()};
  for (int i = 0; i < 3; ++i) {
    const ChainResult result =
        trust->CheckChain(ChainRole::kTee, w.tee_leaf.der(), cas, test::Now());
    EXPECT_TRUE(result.trusted);
    EXPECT_TRUE(result.revocation_unknown);
    EXPECT_EQ(result.not_after, w.tee_leaf.not_after());
  }
  EXPECT_EQ(trust
                ->CheckChain(ChainRole::kTee, w.tee_leaf.der(), cas,
                             w.tee_leaf.not_after() + absl::Seconds(1))
                .problem,
            "expired");
  EXPECT_EQ(trust
                ->CheckChain(ChainRole::kTee, w.tee_leaf.der(), cas,
                             w.tee_leaf.not_before() - absl::Seconds(1))
                .problem,
            "not-yet-valid");
  // What is remembered for a TEE says nothing about firmware.
  EXPECT_FALSE(
      trust->CheckChain(ChainRole::kTfw, w.tee_leaf.der(), cas, test::Now())
          .trusted);
}

// A maker's devices are known by its root, whatever they say of themselves.
TEST(TrustTest, AChainHasTheNameOfTheRootThatItEndsAt) {
  const World& w = TheWorld();
  TrustInputs inputs;
  inputs.tee_roots = {{w.stranger.root.der(), {}, "stranger"},
                      {w.tee.root.der(), {}, "maker"},
                      {w.tee.root.der(), {}, "maker again"}};
  inputs.tfw_roots = {{w.tee.root.der(), {}, "firmware"}};
  const auto name = [&](const std::vector<std::string>& cas) {
    return Trust::Create(inputs)
        ->CheckChain(ChainRole::kTee, w.tee_leaf.der(), cas, test::Now())
        .root_name;
  };
  EXPECT_EQ(name({w.tee.ca.der()}), "maker");
  // Others' certificates beside it change nothing.
  EXPECT_EQ(name({w.stranger.root.der(), w.tee.ca.der()}), "maker");
  inputs.tee_roots = {{w.stranger.root.der(), {}, "stranger"}};
  EXPECT_EQ(name({w.tee.ca.der()}), "");
}

// Makers below one root are told apart by their own authorities.
TEST(TrustTest, AChainHasTheNameOfTheAnchorThatIsNearest) {
  const World& w = TheWorld();
  TrustInputs inputs;
  inputs.tee_roots = {{w.tee.root.der(), {}, "shared"},
                      {w.tee.ca.der(), {}, "maker"}};
  const auto trust = Trust::Create(inputs);
  const ChainResult result = trust->CheckChain(
      ChainRole::kTee, w.tee_leaf.der(), {w.tee.ca.der()}, test::Now());
  EXPECT_TRUE(result.trusted);
  EXPECT_EQ(result.root_name, "maker");
}

TEST(TrustTest, NamesInputsThatItLeftOut) {
  TrustInputs inputs;
  inputs.tee_roots = {{"x"}, {TheWorld().tee.root.der()}};
  inputs.tfw_roots = {{""}};
  inputs.crls = {"y"};
  inputs.ocsp_responses = {"z"};
  const auto trust = Trust::Create(inputs);
  EXPECT_EQ(trust->problems().size(), 4u);
  EXPECT_TRUE(trust
                  ->CheckChain(ChainRole::kTee, TheWorld().tee_leaf.der(),
                               {TheWorld().tee.ca.der()}, test::Now())
                  .trusted);
}

// What the issuing authority's responder says of the TEE's certificate.
std::string Ocsp(pki::OcspStatus status, absl::Time this_update,
                 absl::Time next_update) {
  const World& w = TheWorld();
  pki::OcspTemplate answer;
  answer.produced_at = answer.this_update = this_update;
  answer.next_update = next_update;
  answer.entries = {{pki::CertIdOf(w.tee_leaf, w.tee.ca), status,
                     test::Now() - absl::Hours(9), -1}};
  return pki::IssueOcspResponse(answer, w.tee.ca, w.tee.ca_key).value();
}

TEST(TrustTest, OfCrlsAndOcspResponsesTheLaterWordCounts) {
  const World& w = TheWorld();
  const absl::Time now = test::Now();
  const absl::Time end = now + absl::Hours(5);
  const auto good = pki::OcspStatus::kGood;
  const auto revoked = pki::OcspStatus::kRevoked;
  const auto crl = [&](bool listed, absl::Duration age) {
    return test::NewCrl(w.tee,
                        listed ? std::vector<std::string>{w.tee_leaf.serial()}
                               : std::vector<std::string>{},
                        now - age, end);
  };
  struct Case {
    const char* name;
    std::vector<std::string> crls, ocsp;
    // "good", "revoked" or "unknown".
    const char* result;
  };
  const Case cases[] = {
      {"nothing", {}, {}, "unknown"},
      {"a good response", {}, {Ocsp(good, now, end)}, "good"},
      {"a revoking one", {}, {Ocsp(revoked, now, end)}, "revoked"},
      {"an unknown one",
       {},
       {Ocsp(pki::OcspStatus::kUnknown, now, end)},
       "unknown"},
      {"one that has run out",
       {},
       {Ocsp(good, now - absl::Hours(9), now - absl::Hours(1))},
       "unknown"},
      {"revoked after the list",
       {crl(false, absl::Hours(2))},
       {Ocsp(revoked, now, end)},
       "revoked"},
      {"released after the list",
       {crl(true, absl::Hours(2))},
       {Ocsp(good, now, end)},
       "good"},
      {"listed after the response",
       {crl(true, absl::Minutes(1))},
       {Ocsp(good, now - absl::Hours(1), end)},
       "revoked"},
      {"both at once: the worse",
       {crl(true, absl::Hours(1))},
       {Ocsp(good, now - absl::Hours(1), end)},
       "revoked"},
      {"a second response doesn't clear the first",
       {},
       {Ocsp(revoked, now, end), Ocsp(good, now - absl::Hours(1), end)},
       "revoked"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    TrustInputs inputs;
    // Trusted as it is, so that its CRLs are the only ones in question.
    inputs.tee_roots = {{w.tee.ca.der()}};
    inputs.crls = c.crls;
    inputs.ocsp_responses = c.ocsp;
    const auto trust = Trust::Create(inputs);
    EXPECT_THAT(trust->problems(), IsEmpty());
    const ChainResult result =
        trust->CheckChain(ChainRole::kTee, w.tee_leaf.der(), {}, now);
    EXPECT_EQ(result.problem == "revoked" ? "revoked"
              : result.revocation_unknown ? "unknown"
              : result.trusted            ? "good"
                                          : result.detail,
              c.result);
  }
}

TEST(TrustTest, ARememberedResultEndsWithWhatToldThatItIsGood) {
  const World& w = TheWorld();
  const absl::Time now = test::Now();
  TrustInputs inputs;
  inputs.tee_roots = {{w.tee.ca.der()}};
  inputs.ocsp_responses = {
      Ocsp(pki::OcspStatus::kGood, now, now + absl::Hours(2))};
  const auto trust = Trust::Create(inputs);
  const auto check = [&](absl::Duration later) {
    return trust->CheckChain(ChainRole::kTee, w.tee_leaf.der(), {},
                             now + later);
  };
  EXPECT_FALSE(check(absl::ZeroDuration()).revocation_unknown);
  EXPECT_FALSE(check(absl::Hours(1)).revocation_unknown);
  EXPECT_TRUE(check(absl::Hours(3)).revocation_unknown);
}

TEST(TrustTest, AChangeForgetsTheChainsThatItTouchesAndNoOthers) {
  const World& w = TheWorld();
  TrustInputs inputs;
  inputs.tee_roots = {{w.tee.root.der()}, {w.stranger.root.der()}};
  inputs.tfw_roots = {{w.tfw.root.der()}};
  inputs.crls = {test::NewCrl(w.tee, {}), test::NewCrl(w.tfw, {})};
  const pki::Certificate other =
      test::NewLeaf(w.stranger, pki::Role::kTee, test::EcKey().public_key());
  const auto fill = [&](const Trust& trust) {
    trust.CheckChain(ChainRole::kTee, w.tee_leaf.der(), {w.tee.ca.der()},
                     test::Now());
    trust.CheckChain(ChainRole::kTee, other.der(), {w.stranger.ca.der()},
                     test::Now());
    trust.CheckChain(ChainRole::kTfw, w.tfw_leaf.der(), {w.tfw.ca.der()},
                     test::Now());
  };
  const auto trust = Trust::Create(inputs);
  fill(*trust);
  ASSERT_EQ(trust->remembered(), 3u);
  const auto left = [&](void (*change)(const World&, TrustInputs*)) {
    TrustInputs changed = inputs;
    change(w, &changed);
    return Trust::Create(changed, trust.get())->remembered();
  };
  EXPECT_EQ(left([](const World&, TrustInputs*) {}), 3u);
  EXPECT_EQ(left([](const World& w, TrustInputs* i) {
              i->crls[0] = test::NewCrl(w.tee, {"1"});
            }),
            2u);
  EXPECT_EQ(left([](const World&, TrustInputs* i) { i->crls.pop_back(); }), 2u);
  EXPECT_EQ(left([](const World& w, TrustInputs* i) {
              i->pending_issuers = {w.stranger.ca.subject()};
            }),
            2u);
  EXPECT_EQ(left([](const World&, TrustInputs* i) { i->tee_roots.pop_back(); }),
            1u);
  EXPECT_EQ(left([](const World&, TrustInputs* i) { i->tfw_roots.clear(); }),
            2u);
  EXPECT_EQ(left([](const World&, TrustInputs* i) {
              i->undated_crl_life = absl::Hours(1);
            }),
            0u);
  EXPECT_EQ(
      left([](const World&, TrustInputs* i) { i->ocsp_responses = {"any"}; }),
      0u);
}

TEST(TrustTest, ATakenOverListRevokesAndARevokedChainIsNotRemembered) {
  const World& w = TheWorld();
  TrustInputs inputs;
  inputs.tee_roots = {{w.tee.root.der()}};
  inputs.crls = {test::NewCrl(w.tee, {})};
  const auto good = Trust::Create(inputs);
  const auto problem = [&w](const Trust& trust) {
    return trust
        .CheckChain(ChainRole::kTee, w.tee_leaf.der(), {w.tee.ca.der()},
                    test::Now())
        .problem;
  };
  EXPECT_EQ(problem(*good), "");
  inputs.crls = {test::NewCrl(w.tee, {w.tee_leaf.serial()})};
  const auto revoked = Trust::Create(inputs, good.get());
  EXPECT_EQ(problem(*revoked), "revoked");
  // The same lists beside another's.
  inputs.crls.push_back(test::NewCrl(w.tfw, {}));
  EXPECT_EQ(problem(*Trust::Create(inputs, revoked.get())), "revoked");
}

TEST(TrustTest, OnlyTheUsagesOfItsRootMakeAnothersCertificateGood) {
  const World& w = TheWorld();
  const pki::Certificate other =
      test::NewLeaf(w.tee, pki::Role::kClient, test::EcKey().public_key());
  const auto problem = [&](const std::vector<std::string>& tee,
                           const std::vector<std::string>& tfw,
                           ChainRole role) {
    TrustInputs inputs;
    inputs.tee_roots = {{w.tee.root.der(), tee}};
    inputs.tfw_roots = {{w.tee.root.der(), tfw}};
    return Trust::Create(inputs)
        ->CheckChain(role, other.der(), {w.tee.ca.der()}, test::Now())
        .problem;
  };
  const std::vector<std::string> client = {"1.3.6.1.5.5.7.3.2"};
  EXPECT_EQ(problem({}, client, ChainRole::kTee), "wrong-usage");
  EXPECT_EQ(problem(client, {}, ChainRole::kTee), "");
  EXPECT_EQ(problem(client, {}, ChainRole::kTfw), "wrong-usage");
  EXPECT_EQ(problem({pki::kAnyEku}, {}, ChainRole::kTee), "");
}

TEST(TrustTest, TooManyCertificatesAreRefused) {
  TrustInputs inputs;
  inputs.tee_roots = {{TheWorld().tee.root.der()}};
  const auto trust = Trust::Create(inputs);
  const ChainResult result = trust->CheckChain(
      ChainRole::kTee, TheWorld().tee_leaf.der(),
      std::vector<std::string>(100, TheWorld().tee.ca.der()), test::Now());
  EXPECT_FALSE(result.trusted);
  EXPECT_EQ(result.problem, "invalid");
}

}  // namespace
}  // namespace attest
}  // namespace otrp
