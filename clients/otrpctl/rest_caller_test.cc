// Who gets the token: the server that it is for, proved by its certificate.

#include "clients/otrpctl/rest_caller.h"

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/cli/cli.h"
#include "libs/http/server.h"
#include "otrp/ca/v1/ca.pb.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"

namespace otrp::ctl {
namespace {

using ::otrp::testing::StatusIs;
using ::otrp::testing::TestTls;
using ::testing::HasSubstr;

// Keeps what it was sent.
class Server {
 public:
  void Start(TestTls& tls, const std::string& host, int status,
             const std::string& location) {
    OTRP_ASSERT_OK_AND_ASSIGN(const std::string dir, tls.Issue(""));
    http::Router router;
    router.Add("GET", "/*", "rest",
               [this, status, location](const http::Request& request) {
                 ++requests;
                 authorization = std::string(request.header("Authorization"));
                 http::Response response;
                 response.status = status;
                 response.headers = {{"Content-Type", "application/json"}};
                 if (!location.empty()) {
                   response.headers.emplace_back("Location", location);
                 }
                 response.body = "{}";
                 return response;
               });
    http::Server::Options options;
    options.listen = absl::StrCat(host, ":0");
    options.tls_cert_file = dir + "/cert.pem";
    options.tls_key_file = dir + "/key.pem";
    auto started = http::Server::Start(options, std::move(router));
    OTRP_ASSERT_OK(started);
    server_ = *std::move(started);
    url = absl::StrCat("https://", host, ":", server_->port());
  }

  std::string url;
  std::atomic<int> requests{0};
  std::string authorization;

 private:
  std::unique_ptr<http::Server> server_;
};

class RestCallerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(tls_, TestTls::Create());
    OTRP_ASSERT_OK_AND_ASSIGN(const std::string dir, tls_->Issue(""));
    roots_ = dir + "/ca.pem";
  }

  absl::Status Ask(const std::string& url, const std::string& roots) {
    RestCaller caller(url, roots, absl::Seconds(10));
    caller.UseToken(SecretBytes("otrp_s3cret"));
    tsm::v1::ListDevicesResponse response;
    return caller.Call("tsm", "otrp.tsm.v1.Devices",
                       tsm::v1::ListDevicesRequest(), &response);
  }

  std::unique_ptr<TestTls> tls_;
  std::string roots_;
};

TEST_F(RestCallerTest, ItsServerGetsTheToken) {
  Server server;
  server.Start(*tls_, "127.0.0.1", 200, "");
  OTRP_EXPECT_OK(Ask(server.url, roots_));
  EXPECT_EQ(server.authorization, "Bearer otrp_s3cret");
}

TEST_F(RestCallerTest, ARedirectIsNotFollowed) {
  Server other, server;
  other.Start(*tls_, "127.0.0.1", 200, "");
  for (const int status : {301, 302, 303, 307, 308}) {
    Server sends_away;
    sends_away.Start(*tls_, "127.0.0.1", status, other.url + "/v1/devices");
    EXPECT_THAT(
        Ask(sends_away.url, roots_),
        StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("redirect")));
    EXPECT_EQ(sends_away.requests, 1);
  }
  EXPECT_EQ(other.requests, 0);
}

TEST_F(RestCallerTest, AServerThatNobodyVouchesForGetsNothing) {
  OTRP_ASSERT_OK_AND_ASSIGN(const auto others, TestTls::Create());
  Server server;
  server.Start(*others, "127.0.0.1", 200, "");
  // By the given roots, and by the system's.
  for (const std::string& roots : {roots_, std::string()}) {
    EXPECT_THAT(Ask(server.url, roots), StatusIs(absl::StatusCode::kUnavailable,
                                                 HasSubstr("TLS handshake")));
  }
  EXPECT_EQ(server.requests, 0);
}

TEST_F(RestCallerTest, ACertificateForAnotherHostIsNoProof) {
  Server server;
  // Its certificate is for 127.0.0.1.
  server.Start(*tls_, "127.0.0.2", 200, "");
  EXPECT_THAT(Ask(server.url, roots_), StatusIs(absl::StatusCode::kUnavailable,
                                                HasSubstr("TLS handshake")));
  EXPECT_EQ(server.requests, 0);
}

TEST_F(RestCallerTest, RootsThatCannotBeReadAreAMistakeInTheCall) {
  const absl::Status status = Ask("https://127.0.0.1:9", "/no/such/file");
  EXPECT_TRUE(cli::IsUsageError(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("--ca-file"));
}

TEST_F(RestCallerTest, AServerThatIsntThereIsNamed) {
  EXPECT_THAT(Ask("https://127.0.0.1:9", roots_),
              StatusIs(absl::StatusCode::kUnavailable,
                       HasSubstr("https://127.0.0.1:9 doesn't answer")));
}

TEST_F(RestCallerTest, WhatHasNoPathIsSaidByNameWithTheWayThatThereIs) {
  RestCaller caller("https://127.0.0.1:9", roots_, absl::Seconds(10));
  ca::v1::GetOcspResponseResponse response;
  EXPECT_THAT(
      caller.Call("ca", "otrp.ca.v1.RevocationStatus",
                  ca::v1::GetOcspResponseRequest(), &response),
      StatusIs(absl::StatusCode::kUnimplemented,
               ::testing::AllOf(HasSubstr("RevocationStatus.GetOcspResponse"),
                                HasSubstr("--tls-dir"))));
}

}  // namespace
}  // namespace otrp::ctl
