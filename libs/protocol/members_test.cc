// The table of members: what builders write and parsers read is what it says,
// and what the page shows.

#include "libs/protocol/members.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/base/files.h"
#include "libs/base/hex.h"
#include "libs/crypto/random.h"
#include "libs/jose/jwe.h"
#include "libs/protocol/requests.h"
#include "libs/protocol/test_tee.h"
#include "libs/protocol/wire_page.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace protocol {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

TEST(WirePageTest, ThePageIsTrue) {
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string page,
                            ReadWholeFile("docs/wire.md"));
  EXPECT_EQ(page, WirePage(page)) << "run ./otrp docs";
  for (const MemberRow& row : AllMembers()) {
    EXPECT_THAT(
        page, HasSubstr(absl::StrCat("| `", row.name, "` | ", row.part, " |")));
  }
}

TEST(MembersTest, NoMemberOfAPartHasTwoRows) {
  std::set<std::string> seen;
  for (const MemberRow& row : AllMembers()) {
    EXPECT_TRUE(seen.insert(absl::StrCat(row.part, " ", row.name)).second)
        << row.name;
  }
}

// --- What is written ---------------------------------------------------------

bool IsWritten(const json::Value& value, Encoding encoding, Dialect dialect) {
  if (value.is_array()) {
    return !value.items().empty() &&
           std::all_of(value.items().begin(), value.items().end(),
                       [&](const json::Value& item) {
                         return IsWritten(item, encoding, dialect);
                       });
  }
  if (encoding == Encoding::kBoolean) {
    return value.Serialize() == BoolValue(dialect, true).Serialize() ||
           value.Serialize() == BoolValue(dialect, false).Serialize();
  }
  if (!value.is_string() || value.as_string().empty()) return false;
  const absl::string_view text = value.as_string();
  // Hex is base64 of something, too; the octets below have none that is hex.
  const bool hex =
      text.find_first_not_of("0123456789ABCDEFabcdef") == text.npos;
  if (encoding == Encoding::kHex) {
    return hex && HexEncodeUpper(*HexDecode(text)) == text;
  }
  const absl::StatusOr<std::string> octets = Base64DecodeAny(text);
  return encoding == Encoding::kBase64 && !hex && octets.ok() &&
         Base64Encode(*octets) == text;
}

// Names, ids and objects.
const std::set<std::string>& Plain() {
  static const auto* const kPlain = new std::set<std::string>{
      "ver",       "rid",          "tid",  "tee",
      "content",   "encrypted_ta", "spid", "sdname",
      "tamid",     "tsmid",        "taid", "changes",
      "newsdname", "newspid",      "alg",  "supportedsigalgs"};
  return *kPlain;
}

// Each member is plain, or is written as a row of its name says.
void ExpectAsInTheTable(const json::Value& object, Dialect dialect) {
  for (const auto& member : object.members()) {
    const std::string name(member.first);
    if (Plain().count(name) > 0) continue;
    // A JWE in ietf03.
    if (name == "key" && member.second.is_object()) continue;
    bool known = false;
    for (const MemberRow& row : AllMembers()) {
      if (row.name != name) continue;
      known = true;
      EXPECT_TRUE(IsWritten(member.second, row.encoding, dialect))
          << name << ": " << member.second.Serialize();
    }
    EXPECT_TRUE(known) << name << " has no row";
  }
}

// The octets of every member that is binary can't be text by chance.
const char kOctets[] = "\xff\xfe\xfd octets";

void ExpectRequest(const absl::StatusOr<BuiltRequest>& built,
                   const crypto::PrivateKey& tee, Dialect dialect) {
  OTRP_ASSERT_OK(built);
  const json::Value tbs = test::TbsOf(built->message);
  ExpectAsInTheTable(tbs, dialect);
  if (const json::Value* encrypted = tbs.Find("encrypted_ta")) {
    ExpectAsInTheTable(*encrypted, dialect);
  }
  if (tbs.Find("content") == nullptr) return;
  OTRP_ASSERT_OK_AND_ASSIGN(
      const std::string text,
      jose::Decrypt(jose::UnverifiedJwe::Parse(*tbs.Find("content")).value(),
                    tee));
  OTRP_ASSERT_OK_AND_ASSIGN(const json::Value content,
                            json::Parse(text, json::kStrangers));
  ExpectAsInTheTable(content, dialect);
  if (const json::Value* changes = content.Find("changes")) {
    ExpectAsInTheTable(*changes, dialect);
  }
}

TEST(MembersTest, EveryMemberOfEveryRequestIsWrittenAsItsRowSays) {
  const crypto::PrivateKey& tee = test::RsaKey();
  const std::string secret(32, 's');
  Random& random = crypto::SystemRandom();
  for (Dialect dialect : {Dialect::kIetf03, Dialect::kPei03}) {
    const Signer signer = {test::EcKey(), {}};
    const Signer first = {test::EcKey(), {"LEAF", "ROOT"}};
    const RequestContext context = {dialect,
                                    test::kTid,
                                    test::kRid,
                                    "TEE",
                                    tee.public_key(),
                                    std::string(32, '\xff'),
                                    true,
                                    "https://tsm.example/otrp",
                                    secret};
    ExpectRequest(BuildGetDeviceState({dialect,
                                       test::kTid,
                                       test::kRid,
                                       {kOctets, kOctets},
                                       {"RS256", "ES256"}},
                                      first),
                  tee, dialect);
    ExpectRequest(
        BuildCreateSd(context, signer,
                      {"bank", "bank.sd", kOctets, std::string(32, '\xfe')},
                      random),
        tee, dialect);
    UpdateSdParams update;
    update.spid = "bank";
    update.sdname = "bank.sd";
    update.new_sdname = "new.sd";
    update.new_spid = "new";
    update.add_certificates = {kOctets};
    update.delete_fingerprints = {std::string(32, '\xfd')};
    update.renew_aik = true;
    ExpectRequest(BuildUpdateSd(context, signer, update, random), tee, dialect);
    ExpectRequest(BuildDeleteSd(context, signer, {"bank.sd", true}, random),
                  tee, dialect);
    const TaParams ta = {"bank",  "bank.sd", kOctets,         "wallet",
                         kOctets, kOctets,   tee.public_key()};
    ExpectRequest(BuildInstallTa(context, signer, ta, random), tee, dialect);
    ExpectRequest(BuildUpdateTa(context, signer, ta, random), tee, dialect);
    ExpectRequest(BuildDeleteTa(context, signer, {"bank.sd", "wallet"}, random),
                  tee, dialect);
  }
}

// --- What is read ------------------------------------------------------------

json::Value Object(absl::string_view name, json::Value value) {
  json::Value object = json::Value::Object();
  object.Set(std::string(name), std::move(value));
  return object;
}

TEST(MembersTest, OctetsAreReadFromAnyBase64AndNothingElse) {
  for (const char* text : {"+/8=", "+/8", "-_8=", "-_8"}) {
    OTRP_ASSERT_OK_AND_ASSIGN(
        const std::string octets,
        Read(member::kDid, Object("did", json::Value::String(text)), "x"));
    EXPECT_EQ(octets, "\xfb\xff");
  }
  for (const json::Value& value :
       {json::Value::String(""), json::Value::String("%%%"),
        json::Value::Integer(1), json::Value::Null()}) {
    EXPECT_THAT(Read(member::kDid, Object("did", value), "x"),
                StatusIs(kInvalid, HasSubstr("\"did\"")));
  }
  EXPECT_THAT(Read(member::kDid, json::Value::Object(), "x"),
              StatusIs(kInvalid, HasSubstr("is missing")));
}

TEST(MembersTest, AListMayBeOneString) {
  const auto read = [](json::Value value) {
    return ReadList(member::kCaCert, Object("cacert", std::move(value)), "x");
  };
  json::Value two = json::Value::Array();
  two.Append(json::Value::String("QQ=="));
  two.Append(json::Value::String("Qg"));
  EXPECT_THAT(*read(two), ElementsAre("A", "B"));
  EXPECT_THAT(*read(json::Value::String("QQ==")), ElementsAre("A"));
  EXPECT_THAT(*read(json::Value::String("")), ElementsAre());
  EXPECT_THAT(*ReadList(member::kCaCert, json::Value::Object(), "x"),
              ElementsAre());
  two.Append(json::Value::Integer(1));
  EXPECT_THAT(read(two), StatusIs(kInvalid, HasSubstr("must hold base64")));
  EXPECT_THAT(read(json::Value::Object()), StatusIs(kInvalid));
}

TEST(MembersTest, BooleansCountsAndAlgorithmsAreReadInBothForms) {
  for (const char* text : {"true", "\"true\"", "\"1\""}) {
    EXPECT_TRUE(*ReadValue(member::kSignerReq,
                           *json::Parse(text, json::kStrangers), "x"));
  }
  for (const char* text : {"false", "\"false\"", "\"0\""}) {
    EXPECT_FALSE(*ReadValue(member::kSignerReq,
                            *json::Parse(text, json::kStrangers), "x"));
  }
  for (const char* text : {"1", "0", "null", "\"TRUE\"", "\"\""}) {
    EXPECT_THAT(ReadValue(member::kSignerReq,
                          *json::Parse(text, json::kStrangers), "x"),
                StatusIs(kInvalid))
        << text;
  }
  for (const char* text : {"12", "\"12\""}) {
    EXPECT_EQ(
        *ReadValue(member::kCnt, *json::Parse(text, json::kStrangers), "x"),
        12);
  }
  for (const char* text : {"-1", "\"-1\"", "\" 1\"", "1.5", "\"\"", "true"}) {
    EXPECT_THAT(
        ReadValue(member::kCnt, *json::Parse(text, json::kStrangers), "x"),
        StatusIs(kInvalid))
        << text;
  }
  for (const char* text : {"RS256", "UlMyNTY=", "UlMyNTY"}) {
    EXPECT_EQ(*Read(member::kTfwSigAlg,
                    Object("sigalg", json::Value::String(text)), "x"),
              "RS256");
  }
}

}  // namespace
}  // namespace protocol
}  // namespace otrp
