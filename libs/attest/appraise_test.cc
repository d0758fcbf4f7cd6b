#include "libs/attest/appraise.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/attest/reasons.h"
#include "libs/attest/test_world.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/sign.h"
#include "libs/protocol/test_pki.h"
#include "libs/protocol/test_tee.h"

namespace otrp {
namespace attest {
namespace {

using test::TheWorld;
using test::World;
using ::testing::IsEmpty;

// Everything good, to be spoilt by a test.
struct Scene {
  std::string tid = test::kTid;
  std::string signing_input = "cHJvdGVjdGVk.cGF5bG9hZA";
  std::string alg = "ES256";
  const crypto::PrivateKey* signer = &test::EcKey();
  pki::Certificate tee_leaf = TheWorld().tee_leaf;
  std::vector<pki::Certificate> cas = {TheWorld().tee.ca, TheWorld().tfw.ca};
  std::string name = "Primary TEE";
  std::string version = "1.2.0";
  // Over this; nothing: no tfwdata.
  bool firmware = true;
  std::string firmware_tid = test::kTid;
  pki::Certificate tfw_leaf = TheWorld().tfw_leaf;
  const crypto::PrivateKey* tfw_key = &test::OtherEcKey();
  // Replaces the DSI where not empty.
  std::string dsi;
  // Changes the DSI's JSON text.
  std::function<void(std::string*)> edit = [](std::string*) {};
  protocol::Dialect dialect = protocol::Dialect::kIetf03;
  TrustInputs inputs = {
      {{TheWorld().tee.root.der()}},
      {{TheWorld().tfw.root.der()}},
      {test::NewCrl(TheWorld().tee, {}), test::NewCrl(TheWorld().tfw, {}),
       test::NewCrl(TheWorld().tee, {}, test::Now() - absl::Hours(1),
                    test::Now() + absl::Hours(24), true),
       test::NewCrl(TheWorld().tfw, {}, test::Now() - absl::Hours(1),
                    test::Now() + absl::Hours(24), true)}};
  Policy policy;
  absl::Time now = test::Now();

  std::string Dsi() const {
    if (!dsi.empty()) return dsi;
    json::Value inner = json::Value::Object();
    if (firmware) {
      inner.Set("tfwdata",
                test::FirmwareData(tfw_leaf, *tfw_key, firmware_tid));
    }
    inner.Set("tee", test::TeeData(tee_leaf, cas, name, version));
    json::Value outer = json::Value::Object();
    outer.Set("dsi", std::move(inner));
    std::string text = outer.Serialize();
    edit(&text);
    return text;
  }

  Appraisal Run() const {
    const std::string octets = Dsi();
    const std::string signature =
        crypto::SignSha256(*signer, signing_input, crypto::EcFormat::kP1363)
            .value();
    Evidence evidence;
    evidence.tid = tid;
    evidence.signing_input = signing_input;
    evidence.alg = alg;
    evidence.signature = signature;
    evidence.dsi = octets;
    evidence.dialect = dialect;
    return Appraise(evidence, *Trust::Create(inputs), policy, ReferenceTable(),
                    now);
  }
};

std::vector<std::string> Codes(const Appraisal& appraisal) {
  std::vector<std::string> codes;
  for (const Reason& reason : appraisal.reasons) codes.push_back(reason.code);
  return codes;
}

TEST(AppraiseTest, GoodEvidenceIsAccepted) {
  const Appraisal appraisal = Scene().Run();
  EXPECT_EQ(appraisal.verdict, Verdict::kAccepted);
  EXPECT_THAT(Codes(appraisal), IsEmpty());
  EXPECT_EQ(appraisal.did, crypto::Sha256(TheWorld().tee_leaf.der()));
  EXPECT_EQ(appraisal.tee_certificate, TheWorld().tee_leaf.der());
  EXPECT_EQ(appraisal.tee_name, "Primary TEE");
  EXPECT_EQ(appraisal.tee_version, "1.2.0");
  ASSERT_TRUE(appraisal.tee_key.has_value());
  EXPECT_EQ(*appraisal.tee_key, test::EcKey().public_key());
  EXPECT_TRUE(appraisal.firmware_verified);
  EXPECT_EQ(appraisal.not_after, TheWorld().tee_leaf.not_after());
}

TEST(AppraiseTest, AnRsaTeeIsAcceptedToo) {
  Scene scene;
  scene.tee_leaf = test::NewLeaf(TheWorld().tee, pki::Role::kTee,
                                 test::RsaKey().public_key());
  scene.signer = &test::RsaKey();
  scene.alg = "RS256";
  EXPECT_EQ(scene.Run().verdict, Verdict::kAccepted);
}

struct Case {
  const char* name;
  std::function<void(Scene*)> spoil;
  std::vector<std::string> codes;
  // Of the verdict.
  bool accepted = false;
  // The device's name is known.
  bool has_did = true;
};

std::vector<Case> Cases() {
  const World& w = TheWorld();
  return {
      {"no JSON",
       [](Scene* s) { s->dsi = "x"; },
       {"dsi-malformed"},
       false,
       false},
      {"no TEE in it",
       [](Scene* s) { s->dsi = R"({"dsi":{}})"; },
       {"dsi-malformed"},
       false,
       false},
      {"a name with control characters",
       [](Scene* s) { s->name = "a\nb"; },
       {"dsi-malformed"}},
      {"no certificate",
       [](Scene* s) {
         s->dsi = R"({"dsi":{"tee":{"name":"n","ver":"1","cert":"AAAA"}}})";
       },
       {"tee-cert-malformed"},
       false,
       false},
      {"another root",
       [&w](Scene* s) { s->inputs.tee_roots = {{w.stranger.root.der()}}; },
       {"tee-chain-unknown-issuer"}},
      {"no root at all",
       [](Scene* s) { s->inputs.tee_roots.clear(); },
       {"tee-chain-unknown-issuer"}},
      {"a firmware root is no TEE root",
       [&w](Scene* s) { s->inputs.tee_roots = {{w.tfw.root.der()}}; },
       {"tee-chain-unknown-issuer"}},
      {"the intermediate is missing",
       [](Scene* s) { s->cas.clear(); },
       {"tee-chain-unknown-issuer"}},
      {"expired",
       [](Scene* s) { s->now = test::Now() + absl::Hours(24 * 301); },
       {"tee-chain-expired"}},
      {"not yet valid",
       [](Scene* s) { s->now = test::Now() - absl::Hours(30); },
       {"tee-chain-not-yet-valid"}},
      {"a certificate for another purpose",
       [&w](Scene* s) {
         s->tee_leaf =
             test::NewLeaf(w.tee, pki::Role::kSp, test::EcKey().public_key());
       },
       {"tee-chain-wrong-usage"}},
      {"revoked",
       [&w](Scene* s) {
         s->inputs.crls[0] = test::NewCrl(w.tee, {w.tee_leaf.serial()});
       },
       {"tee-cert-revoked"}},
      {"revoked by a list that has run out",
       [&w](Scene* s) {
         s->inputs.crls[0] = test::NewCrl(w.tee, {w.tee_leaf.serial()},
                                          test::Now() - absl::Hours(48),
                                          test::Now() - absl::Hours(24));
       },
       {"tee-cert-revoked"}},
      {"an older list keeps no hold that a newer one released",
       [&w](Scene* s) {
         s->inputs.crls.push_back(test::NewCrl(w.tee, {w.tee_leaf.serial()},
                                               test::Now() - absl::Hours(48),
                                               test::Now() + absl::Hours(24)));
       },
       {},
       true},
      {"the issuing authority is revoked",
       [&w](Scene* s) {
         s->inputs.crls.push_back(test::NewCrl(
             w.tee, {w.tee.ca.serial()}, test::Now() - absl::Minutes(30),
             test::Now() + absl::Hours(24), true));
       },
       {"tee-cert-revoked"}},
      {"another authority's list revokes nothing",
       [&w](Scene* s) {
         s->inputs.crls.push_back(
             test::NewCrl(w.stranger, {w.tee_leaf.serial()}));
       },
       {},
       true},
      {"no list, which the policy accepts",
       [](Scene* s) { s->inputs.crls.clear(); },
       {"revocation-unchecked", "revocation-unchecked"},
       true},
      {"no list, which the policy refuses",
       [](Scene* s) {
         s->inputs.crls.clear();
         s->policy.refuse_unknown_revocation = true;
       },
       {"tee-revocation-unknown"}},
      {"a list that has run out is none",
       [&w](Scene* s) {
         s->policy.refuse_unknown_revocation = true;
         s->inputs.crls[0] =
             test::NewCrl(w.tee, {}, test::Now() - absl::Hours(48),
                          test::Now() - absl::Hours(24));
       },
       {"tee-revocation-unknown"}},
      {"another alg than the key's",
       [](Scene* s) { s->alg = "RS256"; },
       {"signature-algorithm"}},
      {"no alg", [](Scene* s) { s->alg = "none"; }, {"signature-algorithm"}},
      {"signed by another key",
       [](Scene* s) { s->signer = &test::OtherEcKey(); },
       {"signature-invalid"}},
      {"no firmware evidence, which the policy accepts",
       [](Scene* s) { s->firmware = false; },
       {"tfw-absent"},
       true},
      {"no firmware evidence, which the policy refuses",
       [](Scene* s) {
         s->firmware = false;
         s->policy.firmware_evidence_required = true;
       },
       {"tfw-missing"}},
      {"no firmware evidence in the old dialect",
       [](Scene* s) {
         s->firmware = false;
         s->dialect = protocol::Dialect::kPei03;
       },
       {"tfw-missing"}},
      {"firmware evidence of another transaction",
       [](Scene* s) { s->firmware_tid = "another"; },
       {"tfw-signature-invalid"}},
      {"firmware evidence by another key",
       [](Scene* s) { s->tfw_key = &test::EcKey(); },
       {"tfw-signature-invalid"}},
      {"an unknown firmware root",
       [&w](Scene* s) { s->inputs.tfw_roots = {{w.stranger.root.der()}}; },
       {"tfw-chain-unknown-issuer"}},
      {"a TEE root is no firmware root",
       [&w](Scene* s) { s->inputs.tfw_roots = {{w.tee.root.der()}}; },
       {"tfw-chain-unknown-issuer"}},
      {"a firmware certificate for another purpose",
       [&w](Scene* s) {
         s->tfw_leaf = test::NewLeaf(w.tfw, pki::Role::kTee,
                                     test::OtherEcKey().public_key());
       },
       {"tfw-chain-wrong-usage"}},
      {"an expired firmware certificate",
       [&w](Scene* s) {
         s->tfw_leaf = test::NewLeaf(
             w.tfw, pki::Role::kTfw, test::OtherEcKey().public_key(),
             test::Now() - absl::Hours(20), test::Now() - absl::Hours(10));
       },
       {"tfw-chain-expired"}},
      {"a revoked firmware certificate",
       [&w](Scene* s) {
         s->inputs.crls[1] = test::NewCrl(w.tfw, {w.tfw_leaf.serial()});
       },
       {"tfw-cert-revoked"}},
      {"an unknown firmware signature method",
       [](Scene* s) {
         s->edit = [](std::string* text) {
           const size_t at = text->find("\"sigalg\":\"ES256\"");
           text->replace(at, 16, "\"sigalg\":\"PS256\"");
         };
       },
       {"tfw-sigalg-unknown"}},
      {"a denied TEE",
       [](Scene* s) {
         s->policy.tee_rules = {{"Primary*", "", true}};
       },
       {"tee-denied"}},
      {"a TEE without a rule",
       [](Scene* s) {
         s->policy.tee_rules = {{"", "2.0", false}};
       },
       {"tee-not-allowed"}},
      {"firmware and policy both tell",
       [](Scene* s) {
         s->firmware_tid = "another";
         s->policy.tee_rules = {{"", "2.0", false}};
       },
       {"tfw-signature-invalid", "tee-not-allowed"}},
  };
}

TEST(AppraiseTest, TheTableOfEvidence) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.name);
    Scene scene;
    c.spoil(&scene);
    const Appraisal appraisal = scene.Run();
    EXPECT_EQ(Codes(appraisal), c.codes);
    EXPECT_EQ(appraisal.verdict == Verdict::kAccepted, c.accepted);
    EXPECT_EQ(appraisal.tee_key.has_value(), c.accepted);
    EXPECT_EQ(!appraisal.did.empty(), c.has_did);
    EXPECT_EQ(appraisal.did.empty(), appraisal.tee_certificate.empty());
    for (const Reason& reason : appraisal.reasons) {
      const ReasonRow* row = RowOfReason(reason.code);
      ASSERT_NE(row, nullptr) << reason.code;
      EXPECT_EQ(row->remark, c.accepted) << reason.code;
    }
  }
}

// A TEE whose software writes its lists as null is shown, with what is wrong;
// nobody else can have it shown so.
TEST(AppraiseTest, AMalformedDsiNamesTheDeviceWhoseTeeSignedIt) {
  Scene scene;
  scene.edit = [](std::string* text) {
    text->insert(text->find("{\"cnt\""), "[],\"x\":");
  };
  const Appraisal own = scene.Run();
  EXPECT_EQ(own.verdict, Verdict::kRefused);
  ASSERT_EQ(Codes(own), std::vector<std::string>{"dsi-malformed"});
  EXPECT_EQ(own.reasons[0].detail,
            "dsi.tee: member \"sdlist\" must be an object, not an array");
  EXPECT_EQ(own.did, crypto::Sha256(TheWorld().tee_leaf.der()));
  EXPECT_EQ(own.tee_certificate, TheWorld().tee_leaf.der());
  EXPECT_EQ(own.tee_name, "Primary TEE");
  EXPECT_FALSE(own.tee_key.has_value());

  Scene forged = scene;
  forged.signer = &test::OtherEcKey();
  Scene untrusted = scene;
  untrusted.inputs.tee_roots.clear();
  for (const Scene& other : {forged, untrusted}) {
    const Appraisal appraisal = other.Run();
    EXPECT_EQ(Codes(appraisal), Codes(own));
    EXPECT_EQ(appraisal.reasons[0].detail, own.reasons[0].detail);
    EXPECT_EQ(appraisal.did, "");
    EXPECT_EQ(appraisal.tee_certificate, "");
    EXPECT_EQ(appraisal.tee_name, "");
  }
}

TEST(AppraiseTest, AnUnreadableCertificateIsRefusedWithTheReadersReason) {
  Scene scene;
  scene.dsi = R"({"dsi":{"tee":{"name":"n","ver":"1","cert":"AAAA"}}})";
  const Appraisal appraisal = scene.Run();
  ASSERT_EQ(Codes(appraisal), std::vector<std::string>{"tee-cert-malformed"});
  EXPECT_THAT(appraisal.reasons[0].detail,
              ::testing::StartsWith("tee.cert: the certificate isn't DER"));
}

TEST(ReasonsTest, CodesAreUniqueAndSpelledAlike) {
  std::set<std::string> seen;
  for (const ReasonRow& row : AllReasons()) {
    EXPECT_TRUE(seen.insert(std::string(row.code)).second) << row.code;
    EXPECT_EQ(
        std::string(row.code).find_first_not_of("abcdefghijklmnopqrstuvwxyz-"),
        std::string::npos)
        << row.code;
    EXPECT_EQ(row.meaning.back(), '.') << row.code;
  }
  EXPECT_EQ(RowOfReason("no-such-code"), nullptr);
}

TEST(AppraiseTest, NoPolicyAcceptsATeeWhoseIssuersListIsNotLoadedYet) {
  Scene scene;
  scene.inputs.crls.erase(scene.inputs.crls.begin());
  EXPECT_EQ(scene.Run().verdict, Verdict::kAccepted);
  scene.inputs.pending_issuers = {TheWorld().tee.ca.subject()};
  EXPECT_EQ(scene.Run().verdict, Verdict::kRefused);
  EXPECT_TRUE(scene.Run().pending);
  EXPECT_EQ(Codes(scene.Run()),
            std::vector<std::string>{reason::kTeeRevocationUnknown});
  // Another authority's holds up nobody.
  scene.inputs.pending_issuers = {TheWorld().stranger.ca.subject()};
  EXPECT_EQ(scene.Run().verdict, Verdict::kAccepted);
}

}  // namespace
}  // namespace attest
}  // namespace otrp
