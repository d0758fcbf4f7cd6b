#include "clients/pull_endpoint/endpoint.h"

#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/base/files.h"
#include "libs/base/hex.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/random.h"
#include "libs/protocol/pull.h"
#include "libs/protocol/test_pki.h"
#include "tests/support/status_matchers.h"

namespace otrp::pull_endpoint {
namespace {

constexpr char kTsmId[] = "https://tsm.example/otrp";
constexpr char kUrl[] = "https://pull.bank.example/pull";

crypto::PrivateKey NewKey() {
  return crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
}

class EndpointTest : public ::testing::Test {
 protected:
  EndpointTest() : dir_(NewFolder()) {
    EXPECT_TRUE(MakeFolder(dir_ + "/wallet").ok());
    EXPECT_TRUE(MakeFolder(dir_ + "/wallet/1.0.0").ok());
    Write("/wallet/1.0.0/image", "the image");
    Write("/secret", "outside of every application");
  }

  static std::string NewFolder() {
    std::string name = absl::StrCat(::testing::TempDir(), "/endpointXXXXXX");
    EXPECT_NE(mkdtemp(&name[0]), nullptr);
    return name;
  }
  void Write(const std::string& name, const std::string& octets) {
    ASSERT_TRUE(WriteFileAtomically(dir_ + name, octets, 0600).ok());
  }

  protocol::PullRequest Asked() {
    return {kTsmId,
            kUrl,
            "bank",
            "wallet",
            "1.0.0",
            std::string(32, 'd'),
            crypto::SystemRandom().Bytes(protocol::kPullNonceBytes),
            clock_.Now(),
            protocol::Dialect::kIetf03,
            aik_.public_key()};
  }

  http::Response Post(const std::string& body) {
    http::Request request;
    request.method = "POST";
    request.body = body;
    return endpoint_.Answer(request);
  }

  http::Response Ask(const protocol::PullRequest& request) {
    return Post(protocol::SignPullRequest(request, "", tsm_key_,
                                          {tsm_.der(), pki_.ca.der()})
                    .value());
  }

  absl::StatusOr<protocol::VerifiedPullAnswer> Take(
      const http::Response& response, const protocol::PullRequest& asked) {
    auto answer = protocol::UnverifiedPullAnswer::Parse(response.body);
    if (!answer.ok()) return answer.status();
    return protocol::VerifiedPullAnswer::Verify(
        *std::move(answer), asked, {sp_key_.public_key()}, clock_.Now());
  }

  const std::string dir_;
  const protocol::test::Hierarchy pki_ = protocol::test::NewHierarchy("TSM");
  const crypto::PrivateKey tsm_key_ = NewKey();
  const pki::Certificate tsm_ =
      protocol::test::NewLeaf(pki_, pki::Role::kTsm, tsm_key_.public_key());
  const crypto::PrivateKey sp_key_ = NewKey();
  const crypto::PrivateKey aik_ = NewKey();
  FakeClock clock_{protocol::test::Now()};
  Endpoint endpoint_{{kUrl, kTsmId, pki::TrustAnchors({pki_.root}), sp_key_,
                      dir_, /*max_nonces=*/100},
                     clock_,
                     crypto::SystemRandom()};
};

TEST_F(EndpointTest, TheTsmGetsWhatItAsksFor) {
  const protocol::PullRequest asked = Asked();
  const http::Response response = Ask(asked);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("Content-Type"), protocol::kPullMediaType);
  OTRP_ASSERT_OK_AND_ASSIGN(const auto answer, Take(response, asked));
  EXPECT_FALSE(answer.encrypted_ta().Has("cipherpdata"));
}

TEST_F(EndpointTest, ADeviceGetsItsOwnDataAndNoOthers) {
  Write(
      absl::StrCat("/wallet/1.0.0/", HexEncode(std::string(32, 'd')), ".data"),
      "account 1");
  protocol::PullRequest asked = Asked();
  OTRP_ASSERT_OK_AND_ASSIGN(const auto own, Take(Ask(asked), asked));
  EXPECT_TRUE(own.encrypted_ta().Has("cipherpdata"));
  asked = Asked();
  asked.did = std::string(32, 'e');
  OTRP_ASSERT_OK_AND_ASSIGN(const auto other, Take(Ask(asked), asked));
  EXPECT_FALSE(other.encrypted_ta().Has("cipherpdata"));
}

TEST_F(EndpointTest, TheSameRequestAgainIsRefused) {
  const protocol::PullRequest asked = Asked();
  EXPECT_EQ(Ask(asked).status, 200);
  EXPECT_EQ(Ask(asked).status, 401);
  clock_.Advance(protocol::kPullMaxAge);
  EXPECT_EQ(Ask(asked).status, 401);
  clock_.Advance(protocol::kPullMaxAge);
  EXPECT_EQ(Ask(asked).status, 401);
}

TEST_F(EndpointTest, WhoIsNotTheTsmGetsNothing) {
  EXPECT_EQ(Post("").status, 400);
  EXPECT_EQ(Post("{}").status, 400);
  const crypto::PrivateKey key = NewKey();
  const auto other = protocol::test::NewHierarchy("TSM");
  const auto leaf =
      protocol::test::NewLeaf(other, pki::Role::kTsm, key.public_key());
  EXPECT_EQ(Post(protocol::SignPullRequest(Asked(), "", key,
                                           {leaf.der(), other.ca.der()})
                     .value())
                .status,
            401);
}

TEST_F(EndpointTest, NamesLeadNowhereElse) {
  for (const char* name : {"..", "../", ".", "wallet/../..", "/etc/passwd",
                           ".hidden", "wallet%2f..", ""}) {
    protocol::PullRequest asked = Asked();
    asked.taid = name;
    EXPECT_EQ(Ask(asked).status, 400) << name;
    asked = Asked();
    asked.version = name;
    EXPECT_EQ(Ask(asked).status, 400) << name;
  }
  protocol::PullRequest asked = Asked();
  asked.version = "9.9.9";
  EXPECT_EQ(Ask(asked).status, 404);
}

TEST_F(EndpointTest, WhatItRemembersIsBounded) {
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Ask(Asked()).status, 200);
  EXPECT_EQ(Ask(Asked()).status, 503);
  clock_.Advance(protocol::kPullMaxAge + absl::Seconds(2));
  EXPECT_EQ(Ask(Asked()).status, 200);
}

}  // namespace
}  // namespace otrp::pull_endpoint
