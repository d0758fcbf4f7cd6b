// The drafts' own sample messages: those that are well-formed are read, the
// others are pinned with what is wrong with them, so that a change of our
// strictness shows.

#include <climits>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/json/json.h"
#include "libs/protocol/dsi.h"
#include "libs/protocol/message.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace protocol {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

// $OTRP_VECTORS, or beside the tree that this test's runfiles point to.
std::string VectorsDir() {
  if (const char* dir = std::getenv("OTRP_VECTORS")) return dir;
  char real[PATH_MAX];
  if (realpath("WORKSPACE", real) == nullptr) return "";
  const std::string workspace(real);
  const std::string tree = workspace.substr(0, workspace.rfind('/'));
  return tree.substr(0, tree.rfind('/')) + "/shared/vectors";
}

class SamplesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::ifstream(Path("index.json")).good()) {
      GTEST_SKIP() << "NO VECTORS at " << VectorsDir()
                   << ": set OTRP_VECTORS, the drafts' samples are unchecked";
    }
  }

  static std::string Path(const std::string& file) {
    return VectorsDir() + "/otrp-samples/" + file;
  }

  static std::string Read(const std::string& file) {
    std::ifstream in(Path(file), std::ios::binary);
    EXPECT_TRUE(in.good()) << file;
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
};

TEST_F(SamplesTest, AWellFormedResponseIsRead) {
  OTRP_ASSERT_OK_AND_ASSIGN(Incoming incoming,
                            Incoming::Parse(Read("UpdateTAResponse.json")));
  EXPECT_EQ(incoming.name(), "UpdateTAResponse");
  EXPECT_EQ(incoming.tid(), "tran-01");
  EXPECT_EQ(incoming.rid(), "req-2");
  EXPECT_FALSE(incoming.response().failed());
  // It was signed by somebody, and by nobody whom we know.
  EXPECT_FALSE(Verify(incoming.response(),
                      crypto::PrivateKey::Generate(crypto::KeyType::kRsa)
                          .value()
                          .public_key())
                   .ok());
}

TEST_F(SamplesTest, ResponsesWithPlaceholdersAreReadAsFarAsTheyAreSigned) {
  OTRP_ASSERT_OK_AND_ASSIGN(Incoming incoming,
                            Incoming::Parse(Read("DeleteSDResponse.json")));
  // Ids in braces are ids: opaque, echoed as they are.
  EXPECT_EQ(incoming.tid(), "{4F454A7F-002D-4157-884E-B0DD1A06A8AE}");
  EXPECT_EQ(incoming.rid(), "{712551F5-DFB3-43f0-9A63-663440B91D49}");
}

TEST_F(SamplesTest, RequestsAreNothingThatADeviceSends) {
  for (const char* file : {"GetDeviceStateRequest.json", "CreateSDRequest.json",
                           "DeleteSDRequest.json"}) {
    EXPECT_THAT(Incoming::Parse(Read(file)),
                StatusIs(kInvalid, HasSubstr("not a message that a device")))
        << file;
  }
}

TEST_F(SamplesTest, WrappedAndCommentedFiguresAreNoJson) {
  for (const char* file :
       {"DeleteSDResponse.raw.txt", "UpdateTAResponse.raw.txt",
        "CreateSDRequest.raw.txt"}) {
    EXPECT_THAT(Incoming::Parse(Read(file)), StatusIs(kInvalid)) << file;
  }
}

TEST_F(SamplesTest, TheSamplesDsiIsReadAndItsPlaceholderKeyLeftOut) {
  const json::Value sample =
      json::Parse(Read("InstallTATBSResponse-plain.json"), json::kStrangers)
          .value();
  const json::Value* content =
      sample.Find("InstallTATBSResponse")->Find("content");
  OTRP_ASSERT_OK_AND_ASSIGN(
      Dsi dsi, ParseDsi(absl::StrCat(
                   "{\"dsi\":", content->Find("dsi")->Serialize(), "}")));
  EXPECT_EQ(dsi.tee_name, "Primary TEE");
  EXPECT_EQ(dsi.tee_certificate, "sample TEE certificate");
  EXPECT_EQ(dsi.tee_ca_certificates.size(), 2u);
  ASSERT_TRUE(dsi.firmware.has_value());
  EXPECT_EQ(dsi.firmware->sigalg, "RS256");
  EXPECT_EQ(dsi.firmware->tbs, "{4F454A7F-002D-4157-884E-B0DD1A06A8AE}");
  ASSERT_EQ(dsi.sds.size(), 1u);
  EXPECT_EQ(dsi.sds[0].tas.size(), 2u);
  EXPECT_TRUE(dsi.aiks.empty());
  EXPECT_NE(dsi.FindUnusableAik("acmebank.com"), nullptr);
}

TEST_F(SamplesTest, TheSamplesSpaikIsNoKeyInAnyEncoding) {
  // 1,024 bits without any DER around them.
  const json::Value sample =
      json::Parse(Read("UpdateSDTBSResponse-plain.json"), json::kStrangers)
          .value();
  EXPECT_THAT(ParseAik(*sample.Find("UpdateSDTBSResponse")
                            ->Find("content")
                            ->Find("teespaik")),
              StatusIs(kInvalid));
}

}  // namespace
}  // namespace protocol
}  // namespace otrp
