// Requests as a TEE reads them.

#include "libs/protocol/requests.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/base/hex.h"
#include "libs/crypto/aead.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/kem.h"
#include "libs/crypto/random.h"
#include "libs/jose/jwe.h"
#include "libs/jose/jws.h"
#include "libs/json/json.h"
#include "libs/protocol/test_tee.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace protocol {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr Dialect kBoth[] = {Dialect::kIetf03, Dialect::kPei03};

const std::string& Secret() {
  static const auto* const kSecret = new std::string(32, 's');
  return *kSecret;
}

RequestContext Context(Dialect dialect, const crypto::PrivateKey& tee) {
  return {dialect,
          test::kTid,
          test::kRid,
          "Primary TEE",
          tee.public_key(),
          std::string(32, 'h'),
          true,
          "https://tsm.example/otrp",
          Secret()};
}

Signer SignerOf(const crypto::PrivateKey& key, bool x5c = false) {
  return {key, x5c ? std::vector<std::string>{"LEAF", "ROOT"}
                   : std::vector<std::string>()};
}

Random& Rng() { return crypto::SystemRandom(); }

std::string Member(const json::Value& object, absl::string_view name) {
  const json::Value* member = object.Find(name);
  return member == nullptr ? "(absent)" : member->Serialize();
}

json::Value ContentOf(const std::string& request,
                      const crypto::PrivateKey& tee) {
  const json::Value tbs = test::TbsOf(request);
  const std::string text =
      jose::Decrypt(jose::UnverifiedJwe::Parse(*tbs.Find("content")).value(),
                    tee)
          .value();
  return json::Parse(text, json::kStrangers).value();
}

std::vector<std::string> NamesOf(const json::Value& object) {
  std::vector<std::string> names;
  for (const auto& member : object.members()) names.push_back(member.first);
  return names;
}

TEST(BuildGetDeviceStateTest, IsSignedWithTheChainAndWrittenByDialect) {
  GetDeviceStateParams params;
  params.tid = test::kTid;
  params.rid = test::kRid;
  params.ocsp_responses = {"LEAF", "CA1"};
  params.supported_sigalgs = {"RS256", "ES256"};
  OTRP_ASSERT_OK_AND_ASSIGN(
      BuiltRequest ietf,
      BuildGetDeviceState(params, SignerOf(test::RsaKey(), true)));
  EXPECT_TRUE(ietf.encrypted_key_sha256.empty());
  json::Value tbs = test::TbsOf(ietf.message);
  EXPECT_THAT(NamesOf(tbs),
              ElementsAre("ver", "rid", "tid", "ocspdat", "supportedsigalgs"));
  EXPECT_EQ(Member(tbs, "ver"), "\"1.0\"");
  EXPECT_EQ(Member(tbs, "ocspdat"), R"(["TEVBRg==","Q0Ex"])");
  EXPECT_EQ(Member(tbs, "supportedsigalgs"), R"(["RS256","ES256"])");

  const json::Value message =
      json::Parse(ietf.message, json::kStrangers).value();
  const json::Value* jws = message.Find("GetDeviceStateRequest");
  ASSERT_NE(jws, nullptr);
  EXPECT_EQ(jws->Find("header")->Find("x5c")->Serialize(),
            R"(["TEVBRg==","Uk9PVA=="])");
  EXPECT_EQ(jws->Find("protected")->as_string(), "eyJhbGciOiJSUzI1NiJ9");
  EXPECT_THAT(jose::Verify(jose::UnverifiedJws::Parse(*jws).value(),
                           test::RsaKey().public_key()),
              IsOk());

  params.dialect = Dialect::kPei03;
  OTRP_ASSERT_OK_AND_ASSIGN(
      BuiltRequest pei,
      BuildGetDeviceState(params, SignerOf(test::EcKey(), true)));
  tbs = test::TbsOf(pei.message);
  EXPECT_THAT(NamesOf(tbs), ElementsAre("ver", "rid", "tid", "ocspdat",
                                        "icaocspdat", "supportedsigalgs"));
  EXPECT_EQ(Member(tbs, "ocspdat"), R"("TEVBRg==")");
  EXPECT_EQ(Member(tbs, "icaocspdat"), R"("Q0Ex")");
  EXPECT_EQ(Member(tbs, "supportedsigalgs"), R"("RS256,ES256")");
}

TEST(BuildGetDeviceStateTest, NamesTheFieldThatIsMissing) {
  GetDeviceStateParams good;
  good.tid = "t";
  good.rid = "r";
  good.ocsp_responses = {"x"};
  ASSERT_THAT(BuildGetDeviceState(good, SignerOf(test::EcKey(), true)), IsOk());
  EXPECT_THAT(BuildGetDeviceState(good, SignerOf(test::EcKey())),
              StatusIs(kInvalid, HasSubstr("x5c")));
  GetDeviceStateParams bad = good;
  bad.tid = "";
  EXPECT_THAT(BuildGetDeviceState(bad, SignerOf(test::EcKey(), true)),
              StatusIs(kInvalid, HasSubstr("tid")));
  bad = good;
  bad.ocsp_responses.clear();
  EXPECT_THAT(BuildGetDeviceState(bad, SignerOf(test::EcKey(), true)),
              StatusIs(kInvalid, HasSubstr("ocsp_responses")));
}

// One of the six with its usual parameters.
struct Builder {
  MessageKind kind;
  std::function<absl::StatusOr<BuiltRequest>(const RequestContext&,
                                             const Signer&)>
      build;
  // Of the content, in order; "@" is the owner's id.
  std::vector<std::string> content;
};

std::vector<Builder> Builders() {
  return {
      {MessageKind::kCreateSd,
       [](const RequestContext& c, const Signer& s) {
         return BuildCreateSd(
             c, s, {"bank", "bank.sd", "CERT", std::string(32, 'd')}, Rng());
       },
       {"spid", "sdname", "spcert", "@", "did"}},
      {MessageKind::kUpdateSd,
       [](const RequestContext& c, const Signer& s) {
         UpdateSdParams params;
         params.spid = "bank";
         params.sdname = "bank.sd";
         params.add_certificates = {"NEW"};
         params.delete_fingerprints = {std::string(32, 'f')};
         params.renew_aik = true;
         return BuildUpdateSd(c, s, params, Rng());
       },
       {"@", "spid", "sdname", "changes"}},
      {MessageKind::kDeleteSd,
       [](const RequestContext& c, const Signer& s) {
         return BuildDeleteSd(c, s, {"bank.sd", true}, Rng());
       },
       {"@", "sdname", "deleteta"}},
      {MessageKind::kInstallTa,
       [](const RequestContext& c, const Signer& s) {
         return BuildInstallTa(c, s,
                               {"bank", "bank.sd", "CERT", "wallet", "image",
                                "data", test::OtherRsaKey().public_key()},
                               Rng());
       },
       {"@", "spid", "sdname", "spcert", "taid"}},
      {MessageKind::kUpdateTa,
       [](const RequestContext& c, const Signer& s) {
         return BuildUpdateTa(c, s,
                              {"bank", "bank.sd", "", "wallet", "image", "",
                               test::OtherRsaKey().public_key()},
                              Rng());
       },
       {"@", "spid", "sdname", "taid"}},
      {MessageKind::kDeleteTa,
       [](const RequestContext& c, const Signer& s) {
         return BuildDeleteTa(c, s, {"bank.sd", "wallet"}, Rng());
       },
       {"@", "sdname", "taid"}},
  };
}

TEST(BuildRequestTest, EachHasItsMembersInEachDialectForEachKey) {
  for (const Builder& builder : Builders()) {
    for (Dialect dialect : kBoth) {
      for (const crypto::PrivateKey* tee : {&test::RsaKey(), &test::EcKey()}) {
        SCOPED_TRACE(absl::StrCat(MessageName(builder.kind), " ",
                                  DialectName(dialect), " ",
                                  crypto::KeyTypeName(tee->type())));
        OTRP_ASSERT_OK_AND_ASSIGN(
            BuiltRequest built,
            builder.build(Context(dialect, *tee), SignerOf(test::EcKey())));
        const MessageRow& row = RowOf(builder.kind);
        const json::Value message =
            json::Parse(built.message, json::kStrangers).value();
        const json::Value* jws = message.Find(row.request);
        ASSERT_NE(jws, nullptr);
        EXPECT_EQ(jws->Find("header"), nullptr);
        const json::Value payload =
            json::Parse(jose::Verify(jose::UnverifiedJws::Parse(*jws).value(),
                                     test::EcKey().public_key())
                            .value()
                            .payload(),
                        json::kStrangers)
                .value();
        ASSERT_NE(payload.Find(row.tbs_request), nullptr);

        const json::Value tbs = test::TbsOf(built.message);
        EXPECT_EQ(Member(tbs, "tee"), "\"Primary TEE\"");
        EXPECT_EQ(Member(tbs, "nextdsi"),
                  dialect == Dialect::kPei03 ? "\"true\"" : "true");
        EXPECT_EQ(tbs.Find("dsihash")->as_string(),
                  Base64Encode(std::string(32, 'h')));
        EXPECT_EQ(crypto::Sha256(tbs.Find("content")
                                     ->Find("recipients")
                                     ->items()[0]
                                     .Find("encrypted_key")
                                     ->as_string()),
                  built.encrypted_key_sha256);

        const json::Value content = ContentOf(built.message, *tee);
        std::vector<std::string> names = builder.content;
        const std::string owner =
            dialect == Dialect::kPei03 ? "tsmid" : "tamid";
        for (std::string& name : names) {
          if (name == "@") name = owner;
        }
        EXPECT_EQ(NamesOf(content), names);
        EXPECT_EQ(content.Find(owner)->as_string(), "https://tsm.example/otrp");
      }
    }
  }
}

TEST(BuildRequestTest, TheContentKeyComesFromSecretTidAndRid) {
  for (const Builder& builder : Builders()) {
    RequestContext context = Context(Dialect::kIetf03, test::RsaKey());
    auto cek_of = [&](const RequestContext& c) {
      const json::Value tbs =
          test::TbsOf(builder.build(c, SignerOf(test::EcKey()))->message);
      return std::string(
          jose::UnwrapCek(
              jose::UnverifiedJwe::Parse(*tbs.Find("content")).value(),
              test::RsaKey())
              .value()
              .view());
    };
    const std::string cek = cek_of(context);
    EXPECT_EQ(cek, cek_of(context));
    context.rid = "another";
    EXPECT_NE(cek, cek_of(context));
  }
}

TEST(BuildRequestTest, TheChainIsThereWhenTheTeeWantsIt) {
  for (const Builder& builder : Builders()) {
    OTRP_ASSERT_OK_AND_ASSIGN(
        BuiltRequest built,
        builder.build(Context(Dialect::kIetf03, test::EcKey()),
                      SignerOf(test::EcKey(), true)));
    EXPECT_THAT(built.message, HasSubstr(R"("x5c":["TEVBRg==","Uk9PVA=="])"));
  }
}

TEST(BuildRequestTest, NamesTheFieldOfTheContextThatIsWrong) {
  struct Fault {
    const char* names;
    std::function<void(RequestContext*)> plant;
  };
  const Fault faults[] = {
      {"tid", [](RequestContext* c) { c->tid.clear(); }},
      {"rid", [](RequestContext* c) { c->rid.clear(); }},
      {"too long", [](RequestContext* c) { c->rid.assign(1000, 'x'); }},
      {"tee_name", [](RequestContext* c) { c->tee_name.clear(); }},
      {"tsm_id", [](RequestContext* c) { c->tsm_id.clear(); }},
      {"dsi_hash", [](RequestContext* c) { c->dsi_hash.pop_back(); }},
      {"session_secret", [](RequestContext* c) { c->session_secret = "x"; }},
  };
  for (const Builder& builder : Builders()) {
    for (const Fault& fault : faults) {
      RequestContext context = Context(Dialect::kIetf03, test::EcKey());
      fault.plant(&context);
      EXPECT_THAT(builder.build(context, SignerOf(test::EcKey())),
                  StatusIs(kInvalid, HasSubstr(fault.names)))
          << MessageName(builder.kind);
    }
  }
}

TEST(BuildRequestTest, NamesTheParameterThatIsMissing) {
  const RequestContext context = Context(Dialect::kIetf03, test::EcKey());
  const Signer signer = SignerOf(test::EcKey());
  EXPECT_THAT(
      BuildCreateSd(context, signer, {"bank", "sd", "CERT", "short"}, Rng()),
      StatusIs(kInvalid, HasSubstr("did")));
  EXPECT_THAT(BuildCreateSd(context, signer,
                            {"bank", "sd", "", std::string(32, 'd')}, Rng()),
              StatusIs(kInvalid, HasSubstr("sp_certificate")));
  UpdateSdParams nothing;
  nothing.spid = "bank";
  nothing.sdname = "sd";
  EXPECT_THAT(BuildUpdateSd(context, signer, nothing, Rng()),
              StatusIs(kInvalid, HasSubstr("changes")));
  nothing.delete_fingerprints = {"short"};
  EXPECT_THAT(BuildUpdateSd(context, signer, nothing, Rng()),
              StatusIs(kInvalid, HasSubstr("delete_fingerprints")));
  EXPECT_THAT(BuildDeleteSd(context, signer, {""}, Rng()),
              StatusIs(kInvalid, HasSubstr("sdname")));
  EXPECT_THAT(BuildDeleteTa(context, signer, {"sd", ""}, Rng()),
              StatusIs(kInvalid, HasSubstr("taid")));
  const crypto::PublicKey& aik = test::EcKey().public_key();
  EXPECT_THAT(BuildInstallTa(context, signer,
                             {"bank", "sd", "", "ta", "", "data", aik}, Rng()),
              StatusIs(kInvalid, HasSubstr("image")));
  EXPECT_THAT(BuildUpdateTa(context, signer,
                            {"bank", "sd", "", "ta", "", "", aik}, Rng()),
              StatusIs(kInvalid, HasSubstr("image and personalization")));
}

TEST(BuildUpdateSdTest, ChangesAreWrittenByDialect) {
  UpdateSdParams params;
  params.spid = "bank";
  params.sdname = "bank.sd";
  params.new_sdname = "n";
  params.new_spid = "s";
  params.add_certificates = {"NEW"};
  params.delete_fingerprints = {std::string(31, 'f') + '\xab'};
  params.renew_aik = true;
  for (Dialect dialect : kBoth) {
    OTRP_ASSERT_OK_AND_ASSIGN(
        BuiltRequest built,
        BuildUpdateSd(Context(dialect, test::EcKey()), SignerOf(test::EcKey()),
                      params, Rng()));
    EXPECT_EQ(
        Member(ContentOf(built.message, test::EcKey()), "changes"),
        absl::StrCat(R"({"newsdname":"n","newspid":"s","spcert":["TkVX"],)",
                     R"("deloldspcert":[")",
                     HexEncodeUpper(std::string(31, 'f') + '\xab'),
                     R"("],"renewteespaik":)",
                     dialect == Dialect::kPei03 ? "\"true\"" : "true", "}"));
  }
}

// --- encrypted_ta ---

std::string OpenTaKey(const json::Value& key, const crypto::PrivateKey& aik) {
  if (key.is_object()) {
    return jose::Decrypt(jose::UnverifiedJwe::Parse(key).value(), aik).value();
  }
  return std::string(crypto::RsaPkcs1Unwrap(
                         aik, Base64Decode(key.as_string()).value(), 32, Rng())
                         .value()
                         .view());
}

TEST(EncryptedTaTest, TheTeeGetsImageAndDataWithTheSpsKey) {
  struct Case {
    Dialect dialect;
    const crypto::PrivateKey& aik;
    bool jwe;
  };
  const Case cases[] = {{Dialect::kIetf03, test::OtherRsaKey(), true},
                        {Dialect::kIetf03, test::OtherEcKey(), true},
                        {Dialect::kPei03, test::OtherRsaKey(), false}};
  for (const Case& c : cases) {
    const std::string image(100001, 'i');
    OTRP_ASSERT_OK_AND_ASSIGN(
        BuiltRequest built,
        BuildInstallTa(Context(c.dialect, test::EcKey()),
                       SignerOf(test::EcKey()),
                       {"bank", "bank.sd", "", "wallet", image, "personal",
                        c.aik.public_key()},
                       Rng()));
    const json::Value tbs = test::TbsOf(built.message);
    const json::Value* ta = tbs.Find("encrypted_ta");
    ASSERT_NE(ta, nullptr);
    EXPECT_THAT(NamesOf(*ta),
                ElementsAre("key", "iv", "alg", "ciphertadata", "cipherpdata"));
    EXPECT_EQ(Member(*ta, "alg"), "\"AESCBC\"");
    EXPECT_EQ(ta->Find("key")->is_object(), c.jwe);
    const std::string& iv_text = ta->Find("iv")->as_string();
    EXPECT_EQ(iv_text.size(), 32u);
    EXPECT_EQ(iv_text.find_first_not_of("0123456789ABCDEF"), std::string::npos);
    const std::string iv = HexDecode(iv_text).value();
    const std::string key = OpenTaKey(*ta->Find("key"), c.aik);
    EXPECT_EQ(key.size(), 32u);
    auto open = [&](const char* member) {
      return crypto::AesCbcDecrypt(
                 key, iv, Base64Decode(ta->Find(member)->as_string()).value())
          .value();
    };
    EXPECT_EQ(open("ciphertadata"), image);
    EXPECT_EQ(open("cipherpdata"), "personal");
  }
}

TEST(EncryptedTaTest, AnUpdateHasItsOwnNamesAndOnlyWhatChanges) {
  const RequestContext context = Context(Dialect::kIetf03, test::EcKey());
  const crypto::PublicKey& aik = test::OtherEcKey().public_key();
  auto names = [&](absl::string_view image, absl::string_view data) {
    const json::Value tbs = test::TbsOf(
        BuildUpdateTa(context, SignerOf(test::EcKey()),
                      {"bank", "sd", "", "ta", image, data, aik}, Rng())
            ->message);
    return NamesOf(*tbs.Find("encrypted_ta"));
  };
  EXPECT_THAT(
      names("i", "d"),
      ElementsAre("key", "iv", "alg", "ciphernewtadata", "ciphernewpdata"));
  EXPECT_THAT(names("i", ""),
              ElementsAre("key", "iv", "alg", "ciphernewtadata"));
  EXPECT_THAT(names("", "d"),
              ElementsAre("key", "iv", "alg", "ciphernewpdata"));
}

TEST(EncryptedTaTest, KeyAndIvAreFreshForEachMessage) {
  const RequestContext context = Context(Dialect::kIetf03, test::EcKey());
  const TaParams params = {
      "bank", "sd", "", "ta", "image", "", test::OtherEcKey().public_key()};
  auto ta = [&] {
    return *test::TbsOf(
                BuildInstallTa(context, SignerOf(test::EcKey()), params, Rng())
                    ->message)
                .Find("encrypted_ta");
  };
  const json::Value one = ta();
  const json::Value two = ta();
  EXPECT_NE(Member(one, "iv"), Member(two, "iv"));
  EXPECT_NE(Member(one, "ciphertadata"), Member(two, "ciphertadata"));
  EXPECT_NE(OpenTaKey(*one.Find("key"), test::OtherEcKey()),
            OpenTaKey(*two.Find("key"), test::OtherEcKey()));
}

TEST(EncryptedTaTest, TheOldDialectCannotReachAnEcKey) {
  EXPECT_THAT(
      BuildInstallTa(Context(Dialect::kPei03, test::EcKey()),
                     SignerOf(test::EcKey()),
                     {"bank", "sd", "", "ta", "image", "",
                      test::OtherEcKey().public_key()},
                     Rng()),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("pei03")));
}

}  // namespace
}  // namespace protocol
}  // namespace otrp
