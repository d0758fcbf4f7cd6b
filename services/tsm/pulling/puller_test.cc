// The puller and a real HTTPS server that answers as a test wants it.

#include "services/tsm/pulling/puller.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/base/files.h"
#include "libs/base/hex.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/random.h"
#include "libs/http/server.h"
#include "libs/pki/verify.h"
#include "libs/protocol/pull.h"
#include "libs/protocol/test_pki.h"
#include "services/tsm/testing/store_fixture.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"

namespace otrp {
namespace tsm {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

constexpr char kTsmId[] = "https://tsm.example/otrp";

crypto::PrivateKey NewKey() {
  return crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
}

class TestIdentity : public IdentitySource {
 public:
  explicit TestIdentity(const protocol::test::Hierarchy& pki) {
    crypto::PrivateKey key = NewKey();
    const std::string leaf =
        protocol::test::NewLeaf(pki, pki::Role::kTsm, key.public_key()).der();
    identity_ = std::make_shared<const SigningIdentity>(
        SigningIdentity{crypto::KeyType::kEcP256,
                        std::move(key),
                        {leaf, pki.ca.der()},
                        {},
                        absl::InfiniteFuture(),
                        absl::InfiniteFuture()});
  }
  std::shared_ptr<const SigningIdentity> Get(crypto::KeyType) const override {
    return identity_;
  }
  std::shared_ptr<const SigningIdentity> ById(
      absl::string_view) const override {
    return identity_;
  }
  std::vector<std::shared_ptr<const ReadingKey>> Readers(
      crypto::KeyType) const override {
    return {};
  }

 private:
  std::shared_ptr<const SigningIdentity> identity_;
};

class PullerTest : public TsmStoreTest {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(tls_, ::otrp::testing::TestTls::Create());
    OTRP_ASSERT_OK_AND_ASSIGN(const std::string dir, tls_->Issue(""));
    OTRP_ASSERT_OK_AND_ASSIGN(roots_, ReadWholeFile(dir + "/ca.pem"));
    http::Server::Options options;
    options.listen = "127.0.0.1:0";
    options.tls_cert_file = dir + "/cert.pem";
    options.tls_key_file = dir + "/key.pem";
    http::Router router;
    router.Add("POST", "/pull", "pull", [this](const http::Request& request) {
      ++asked_;
      return answer_(request);
    });
    router.Add("POST", "/elsewhere", "pull", [this](const http::Request&) {
      ++elsewhere_;
      return http::Response();
    });
    OTRP_ASSERT_OK_AND_ASSIGN(server_,
                              http::Server::Start(options, std::move(router)));
    url_ = absl::StrCat("https://localhost:", server_->port(), "/pull");
    Offer(url_, roots_, NewSigner(sp_key_));
  }

  std::string NewSigner(const crypto::PrivateKey& key,
                        absl::Duration life = absl::Hours(24)) {
    const absl::Time now = protocol::test::Now();
    return protocol::test::NewLeaf(sp_pki_, pki::Role::kSp, key.public_key(),
                                   now - absl::Hours(24), now + life)
        .der();
  }

  // Version 1.0.0 of bank/wallet is to be had there.
  void Offer(const std::string& url, const std::string& roots,
             const std::string& signer) {
    Apply(PullEndpoint{"bank", "wallet", url, roots, "key-7"});
    Release release;
    release.spid = "bank";
    release.taid = "wallet";
    release.version = absl::StrCat(++version_, ".0");
    release.pull = true;
    release.signer_certificate = signer;
    release.signer_fingerprint = HexEncode(crypto::Sha256(signer));
    Apply(release);
  }

  PullWish Wish(char device = 'd') {
    return {"bank",
            "wallet",
            version_,
            Did(device),
            protocol::Dialect::kIetf03,
            aik_.public_key()};
  }

  PullOutcome Pull(bool allow_private = true) {
    Puller puller({kTsmId, allow_private}, store_, identity_, clock_,
                  crypto::SystemRandom());
    return puller.Pull(Wish());
  }

  bool IsKept() {
    return store_
        .LoadPulled(Did('d'), version_, protocol::Dialect::kIetf03,
                    crypto::Sha256(aik_.public_key().ToSpki()), clock_.Now())
        .value()
        .has_value();
  }

  absl::StatusOr<protocol::VerifiedPullRequest> Open(
      const http::Request& request) {
    return protocol::OpenPullRequest(request.body,
                                     pki::TrustAnchors({tsm_pki_.root}), kTsmId,
                                     url_, clock_.Now());
  }

  http::Response Good(const http::Request& request,
                      const crypto::PrivateKey& key) {
    const auto opened = Open(request);
    EXPECT_TRUE(opened.ok()) << opened.status();
    http::Response response;
    if (!opened.ok()) {
      response.status = 401;
      return response;
    }
    response.body =
        protocol::SignPullAnswer(*opened, "the image", "", key, clock_.Now(),
                                 crypto::SystemRandom())
            .value();
    return response;
  }

  const protocol::test::Hierarchy tsm_pki_ =
      protocol::test::NewHierarchy("TSM");
  const protocol::test::Hierarchy sp_pki_ = protocol::test::NewHierarchy("SP");
  const crypto::PrivateKey sp_key_ = NewKey();
  const crypto::PrivateKey aik_ = NewKey();
  FakeClock clock_{protocol::test::Now()};
  TestIdentity identity_{tsm_pki_};
  std::unique_ptr<::otrp::testing::TestTls> tls_;
  std::string roots_;
  std::string url_;
  // Of the last release, whose id it is, too.
  int version_ = 0;
  std::atomic<int> asked_{0};
  std::atomic<int> elsewhere_{0};
  std::function<http::Response(const http::Request&)> answer_ =
      [this](const http::Request& request) { return Good(request, sp_key_); };
  // Last: its handlers use the rest.
  std::unique_ptr<http::Server> server_;
};

TEST_F(PullerTest, WhatTheServiceProviderSignedIsKeptForTheDevice) {
  const PullOutcome outcome = Pull();
  OTRP_EXPECT_OK(outcome.status);
  EXPECT_FALSE(outcome.endpoint_failed);
  EXPECT_TRUE(IsKept());
}

TEST_F(PullerTest, TheServiceProviderCanReadWhatCameOfEachRequest) {
  OTRP_EXPECT_OK(Pull().status);
  answer_ = [](const http::Request&) {
    http::Response response;
    response.status = 404;
    return response;
  };
  EXPECT_FALSE(Pull().status.ok());
  OTRP_ASSERT_OK_AND_ASSIGN(const auto log,
                            store_.ListPulls("bank", "wallet", 1000, 10));
  ASSERT_EQ(log.size(), 2u);
  EXPECT_EQ(log[0].outcome, "refused");
  EXPECT_THAT(log[0].error, HasSubstr("404"));
  EXPECT_EQ(log[0].did, Did('d'));
  EXPECT_EQ(log[0].version, "1.0");
  EXPECT_EQ(log[1].outcome, "ok");
  EXPECT_EQ(log[1].error, "");
}

TEST_F(PullerTest, TheRequestSaysWhoAsksForWhat) {
  answer_ = [this](const http::Request& request) {
    EXPECT_EQ(request.header("Content-Type"), protocol::kPullMediaType);
    const auto opened = Open(request);
    EXPECT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(opened->key_id(), "key-7");
    EXPECT_EQ(opened->request().version, "1.0");
    EXPECT_EQ(opened->request().did, Did('d'));
    EXPECT_EQ(opened->request().aik.ToSpki(), aik_.public_key().ToSpki());
    return Good(request, sp_key_);
  };
  OTRP_EXPECT_OK(Pull().status);
}

TEST_F(PullerTest, AForgedAnswerIsNotKept) {
  answer_ = [this](const http::Request& request) {
    return Good(request, NewKey());
  };
  const PullOutcome outcome = Pull();
  EXPECT_THAT(outcome.status, StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_TRUE(outcome.endpoint_failed);
  EXPECT_FALSE(IsKept());
  answer_ = [](const http::Request&) {
    http::Response response;
    response.body = "<html>welcome</html>";
    return response;
  };
  EXPECT_THAT(Pull().status, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_FALSE(IsKept());
}

TEST_F(PullerTest, AnAnswerThatWasGivenBeforeIsNotKept) {
  http::Response first;
  answer_ = [&](const http::Request& request) {
    if (first.body.empty()) first = Good(request, sp_key_);
    return first;
  };
  OTRP_EXPECT_OK(Pull().status);
  EXPECT_THAT(Pull().status,
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("nonce")));
}

TEST_F(PullerTest, ASignerWhoseTimeIsOverIsNotBelieved) {
  Offer(url_, roots_, NewSigner(sp_key_, -absl::Hours(1)));
  EXPECT_THAT(Pull().status, StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_FALSE(IsKept());
  // The SP's current certificate may sign for an older version.
  const std::string current = NewSigner(sp_key_);
  Apply(SpCertificate{"bank", "Bank", current,
                      HexEncode(crypto::Sha256(current))});
  OTRP_EXPECT_OK(Pull().status);
}

TEST_F(PullerTest, ARedirectIsNotFollowed) {
  answer_ = [this](const http::Request&) {
    http::Response response;
    response.status = 307;
    response.headers = {
        {"Location", absl::StrReplaceAll(url_, {{"/pull", "/elsewhere"}})}};
    return response;
  };
  const PullOutcome outcome = Pull();
  EXPECT_THAT(outcome.status,
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("307")));
  EXPECT_TRUE(outcome.endpoint_failed);
  EXPECT_EQ(elsewhere_, 0);
}

TEST_F(PullerTest, APrivateAddressIsRefusedUnlessTheOperatorAllowsIt) {
  const PullOutcome outcome = Pull(/*allow_private=*/false);
  EXPECT_THAT(outcome.status, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_EQ(asked_, 0);
  for (const char* host : {"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]",
                           "10.0.0.1", "169.254.169.254", "0.0.0.0"}) {
    Offer(absl::StrCat("https://", host, ":", server_->port(), "/pull"), roots_,
          NewSigner(sp_key_));
    EXPECT_THAT(Pull(/*allow_private=*/false).status,
                StatusIs(absl::StatusCode::kPermissionDenied));
  }
  EXPECT_EQ(asked_, 0);
}

TEST_F(PullerTest, PlainHttpIsNotSpoken) {
  Offer(absl::StrReplaceAll(url_, {{"https", "http"}}), roots_,
        NewSigner(sp_key_));
  EXPECT_THAT(Pull().status, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_EQ(asked_, 0);
}

TEST_F(PullerTest, AServerUnderAnotherRootIsNotAsked) {
  OTRP_ASSERT_OK_AND_ASSIGN(auto other, ::otrp::testing::TestTls::Create());
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string dir, other->Issue(""));
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string roots,
                            ReadWholeFile(dir + "/ca.pem"));
  Offer(url_, roots, NewSigner(sp_key_));
  const PullOutcome outcome = Pull();
  EXPECT_THAT(outcome.status, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(outcome.endpoint_failed);
  EXPECT_EQ(asked_, 0);
}

TEST_F(PullerTest, AnAnswerWithoutEndIsCutOff) {
  answer_ = [](const http::Request&) {
    http::Response response;
    response.body = std::string(protocol::kMaxPullAnswerBytes + 1, 'x');
    return response;
  };
  const PullOutcome outcome = Pull();
  EXPECT_THAT(outcome.status, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(outcome.endpoint_failed);
}

TEST_F(PullerTest, WhatTheEndpointRefusesIsTheDevicesAlone) {
  for (const int code : {403, 404, 410}) {
    answer_ = [code](const http::Request&) {
      http::Response response;
      response.status = code;
      return response;
    };
    const PullOutcome outcome = Pull();
    EXPECT_THAT(outcome.status, StatusIs(absl::StatusCode::kFailedPrecondition,
                                         HasSubstr(absl::StrCat(code))));
    EXPECT_FALSE(outcome.endpoint_failed);
  }
  for (const int code : {429, 500, 503}) {
    answer_ = [code](const http::Request&) {
      http::Response response;
      response.status = code;
      return response;
    };
    const PullOutcome outcome = Pull();
    EXPECT_THAT(outcome.status, StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_TRUE(outcome.endpoint_failed);
  }
}

TEST_F(PullerTest, WithoutAnEndpointNobodyIsAsked) {
  Apply(PullEndpoint{"bank", "wallet", "", "", ""});
  EXPECT_THAT(Pull().status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(asked_, 0);
}

}  // namespace
}  // namespace tsm
}  // namespace otrp
