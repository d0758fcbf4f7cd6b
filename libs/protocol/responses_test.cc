#include "libs/protocol/responses.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/random.h"
#include "libs/json/json.h"
#include "libs/protocol/requests.h"
#include "libs/protocol/test_tee.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace protocol {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

const std::string& Secret() {
  static const auto* const kSecret = new std::string(32, 's');
  return *kSecret;
}

RequestContext ContextFor(const crypto::PrivateKey& tee) {
  return {Dialect::kIetf03,
          test::kTid,
          test::kRid,
          "Primary TEE",
          tee.public_key(),
          std::string(32, 'h'),
          true,
          "https://tsm.example/otrp",
          Secret()};
}

VerifiedMessage Answer(json::Value content, const crypto::PrivateKey& tee,
                       absl::string_view status = "pass",
                       MessageKind kind = MessageKind::kCreateSd) {
  json::Value tbs = test::Tbs(status);
  tbs.Set("content", std::move(content));
  return Verify(Incoming::Parse(test::SignedResponse(kind, tbs, tee))
                    .value()
                    .response(),
                tee.public_key())
      .value();
}

const std::string& Did() {
  static const auto* const kDid = new std::string(32, 'd');
  return *kDid;
}

std::string DsiText() {
  return R"({ "tee":{"name":"Primary TEE","ver":"1","cert":"VEVF"} })";
}

std::string CreateContent() {
  return absl::StrCat(R"({"did":")", Base64Encode(Did()),
                      R"(","sdname":"bank.sd","teespaik":")",
                      Base64Encode(test::OtherEcKey().public_key().ToSpki()),
                      R"(","dsi":)", DsiText(), "}");
}

TEST(OpenContentTest, ReadsAnAnswerUnderTheRequestsContentKey) {
  for (const crypto::PrivateKey* tee : {&test::RsaKey(), &test::EcKey()}) {
    OTRP_ASSERT_OK_AND_ASSIGN(
        BuiltRequest built, BuildCreateSd(ContextFor(*tee), {test::EcKey(), {}},
                                          {"bank", "bank.sd", "CERT", Did()},
                                          crypto::SystemRandom()));
    const VerifiedMessage answer =
        Answer(test::EncryptedLike(CreateContent(), built.message, *tee), *tee);
    ContentKeys keys;
    keys.session_secret = Secret();
    keys.encrypted_key_sha256 = built.encrypted_key_sha256;
    // No private key of ours is there to help.
    OTRP_ASSERT_OK_AND_ASSIGN(ResponseContent content,
                              OpenContent(answer, keys));
    EXPECT_EQ(content.did, Did());
    EXPECT_EQ(content.sdname, "bank.sd");
    EXPECT_FALSE(content.reason.has_value());
    ASSERT_TRUE(content.aik.has_value());
    EXPECT_EQ(*content.aik, test::OtherEcKey().public_key());
    ASSERT_TRUE(content.dsi.has_value());
    EXPECT_EQ(content.dsi->octets, absl::StrCat("{\"dsi\":", DsiText(), "}"));
    EXPECT_EQ(content.dsi->hash, crypto::Sha256(content.dsi->octets));
    EXPECT_EQ(content.dsi->dsi.tee_name, "Primary TEE");

    const std::string other_secret(32, 'x');
    keys.session_secret = other_secret;
    EXPECT_THAT(OpenContent(answer, keys), StatusIs(kInvalid));
  }
}

TEST(OpenContentTest, ReadsAnAnswerUnderAFreshContentKey) {
  struct Case {
    const crypto::PrivateKey& recipient;
    TsmKeys keys;
    bool opens;
  };
  const Case cases[] = {
      {test::OtherRsaKey(), {&test::OtherRsaKey(), &test::OtherEcKey()}, true},
      {test::OtherEcKey(), {&test::OtherRsaKey(), &test::OtherEcKey()}, true},
      {test::OtherEcKey(), {&test::OtherRsaKey(), nullptr}, false},
      {test::RsaKey(), {&test::OtherRsaKey(), &test::OtherEcKey()}, false},
  };
  for (const Case& c : cases) {
    ContentKeys keys;
    keys.session_secret = Secret();
    const std::string other(32, 'o');
    keys.encrypted_key_sha256 = other;
    keys.tsm = c.keys;
    EXPECT_EQ(OpenContent(Answer(test::Encrypted(CreateContent(),
                                                 c.recipient.public_key()),
                                 test::EcKey()),
                          keys)
                  .ok(),
              c.opens);
  }
}

absl::StatusOr<ResponseContent> OpenText(const std::string& text,
                                         absl::string_view status) {
  ContentKeys keys;
  keys.tsm.ec = &test::OtherEcKey();
  return OpenContent(
      Answer(test::Encrypted(text, test::OtherEcKey().public_key()),
             test::EcKey(), status),
      keys);
}

TEST(OpenContentTest, NamesTheMemberThatIsWrong) {
  const std::string did = Base64Encode(Did());
  struct Case {
    std::string text;
    const char* names;
  };
  const Case cases[] = {
      {"[]", "content"},
      {"{}", "\"did\""},
      {R"({"did":null})", "\"did\""},
      {R"({"did":""})", "\"did\""},
      {R"({"did":"AAAA"})", "\"did\""},
      {absl::StrCat(R"({"did":")", did, R"(","sdname":1})"), "\"sdname\""},
      {absl::StrCat(R"({"did":")", did, R"(","dsi":[]})"), "\"dsi\""},
      {absl::StrCat(R"({"did":")", did, R"(","dsi":{}})"), "\"tee\""},
      {absl::StrCat(R"({"did":")", did, R"(","did":")", did, "\"}"), ""},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(OpenText(c.text, "pass"),
                StatusIs(kInvalid, HasSubstr(c.names)))
        << c.text;
  }
}

TEST(OpenContentTest, TakesWhatIsEmptyForAbsent) {
  const std::string did = Base64Encode(Did());
  for (const std::string& text :
       {absl::StrCat(R"({"did":")", did, R"("})"),
        absl::StrCat(R"({"did":")", did, R"(","dsi":"","teespaik":""})"),
        absl::StrCat(R"({"did":")", did, R"(","teespaik":"AAAA"})")}) {
    OTRP_ASSERT_OK_AND_ASSIGN(ResponseContent content, OpenText(text, "pass"));
    EXPECT_FALSE(content.dsi.has_value());
    EXPECT_FALSE(content.aik.has_value());
  }
}

TEST(OpenContentTest, AFailureTellsItsReason) {
  OTRP_ASSERT_OK_AND_ASSIGN(
      ResponseContent content,
      OpenText(R"({"reason":{"error-code":"ERR_SD_NOT_FOUND",)"
               R"("error-message":"no such domain"}})",
               "fail"));
  ASSERT_TRUE(content.reason.has_value());
  EXPECT_EQ(content.reason->code, "ERR_SD_NOT_FOUND");
  EXPECT_EQ(content.reason->message, "no such domain");
  EXPECT_TRUE(content.did.empty());
  OTRP_ASSERT_OK_AND_ASSIGN(content, OpenText("{}", "fail"));
  EXPECT_EQ(content.reason->code, "ERR_UNSPECIFIED");
}

}  // namespace
}  // namespace protocol
}  // namespace otrp
