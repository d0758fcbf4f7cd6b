#include "libs/service/web_listeners.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/http/client.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"

namespace otrp {
namespace service {
namespace {

using ::otrp::testing::StatusIs;
using ::otrp::testing::TestTls;
using ::testing::IsEmpty;

class WebListenersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(tls_, TestTls::Create());
    OTRP_ASSERT_OK_AND_ASSIGN(config_.web_tls_dir,
                              tls_->Issue("otrp://service/api"));
  }

  // Each says by which it came.
  static http::Router Routes(Scheme scheme) {
    http::Router router;
    router.Add("GET", "/", "test", [scheme](const http::Request& request) {
      http::Response response;
      response.body =
          absl::StrCat(scheme == Scheme::kHttps ? "https" : "http",
                       request.client_certificate.has_value() ? " known" : "");
      return response;
    });
    return router;
  }

  absl::StatusOr<http::Response> Get(const std::string& url,
                                     const std::string& client = "") {
    http::Client::Options options;
    options.ca_file = absl::StrCat(config_.web_tls_dir, "/ca.pem");
    if (!client.empty()) {
      options.cert_file = absl::StrCat(client, "/cert.pem");
      options.key_file = absl::StrCat(client, "/key.pem");
    }
    return http::Client(options).Get(url);
  }

  std::unique_ptr<TestTls> tls_;
  WebConfig config_;
};

TEST_F(WebListenersTest, BothListenAndOnlyHttpsAsksForCertificates) {
  config_.http_listen = "127.0.0.1:0";
  config_.https_listen = "127.0.0.1:0";
  http::Server::Options own;
  own.client_ca_file = absl::StrCat(config_.web_tls_dir, "/ca.pem");
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string client,
                            tls_->Issue("otrp://operator/alice"));
  WebListeners listeners;
  OTRP_ASSERT_OK(listeners.Start(config_, own, &Routes));
  const std::string http =
      absl::StrCat("http://127.0.0.1:", listeners.port(Scheme::kHttp), "/");
  const std::string https =
      absl::StrCat("https://127.0.0.1:", listeners.port(Scheme::kHttps), "/");
  OTRP_ASSERT_OK_AND_ASSIGN(http::Response plain, Get(http));
  EXPECT_EQ(plain.body, "http");
  OTRP_ASSERT_OK_AND_ASSIGN(http::Response known, Get(https, client));
  EXPECT_EQ(known.body, "https known");
  ASSERT_EQ(listeners.certificates().size(), 1u);
  EXPECT_EQ(listeners.certificates()[0].pem_file,
            absl::StrCat(config_.web_tls_dir, "/cert.pem"));

  listeners.Shutdown(absl::Seconds(1));
  for (const std::string& url : {http, https}) {
    EXPECT_THAT(Get(url).status(), StatusIs(absl::StatusCode::kUnavailable));
  }
}

TEST_F(WebListenersTest, OneThatIsntGivenDoesntListen) {
  config_.http_listen = "127.0.0.1:0";
  WebListeners listeners;
  OTRP_ASSERT_OK(listeners.Start(config_, {}, &Routes));
  EXPECT_EQ(listeners.port(Scheme::kHttps), 0);
  EXPECT_THAT(listeners.certificates(), IsEmpty());
  listeners.Shutdown(absl::Seconds(1));
}

TEST_F(WebListenersTest, WhatTheSettingsSayCounts) {
  config_.handler_threads = 7;
  config_.peer_connections = 8;
  config_.peer_requests = 9;
  config_.proxy_protocol = true;
  config_.trusted_proxies = "10.0.0.0/8";
  http::Server::Options own;
  own.max_body_bytes = 10;
  const http::Server::Options options = ListenerOptions(config_, own);
  EXPECT_EQ(options.max_body_bytes, 10u);
  EXPECT_EQ(options.handler_threads, 7);
  EXPECT_EQ(options.max_queue, 56);
  EXPECT_EQ(options.peer_connections, 8);
  EXPECT_EQ(options.peer_requests_per_second, 9);
  EXPECT_EQ(options.trusted_proxies, "10.0.0.0/8");
  EXPECT_TRUE(options.proxy_protocol);
}

}  // namespace
}  // namespace service
}  // namespace otrp
