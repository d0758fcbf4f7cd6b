#include "libs/service/web_flags.h"

#include <string>

#include "absl/flags/declare.h"
#include "absl/flags/reflection.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

OTRP_WEB_FLAGS(/*http_listen=*/"", "on loopback only",
               /*https_listen=*/"127.0.0.1:8444", /*handler_threads=*/64,
               /*peer_connections=*/500);
ABSL_DECLARE_FLAG(std::string, web_tls_dir);
ABSL_DECLARE_FLAG(absl::Duration, idle_timeout);
ABSL_DECLARE_FLAG(bool, proxy_protocol);

namespace otrp {
namespace service {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

WebConfig Good() {
  WebConfig config;
  config.http_listen = "0.0.0.0:8080";
  config.https_listen = "0.0.0.0:8443";
  config.web_tls_dir = "/tls";
  return config;
}

TEST(WebFlagsTest, WhatIsntGivenIsTheServicesOwnDefault) {
  const WebConfig config = WebConfigFromFlags();
  EXPECT_EQ(config.http_listen, "");
  EXPECT_EQ(config.https_listen, "127.0.0.1:8444");
  EXPECT_EQ(config.handler_threads, 64);
  EXPECT_EQ(config.peer_connections, 500);
  EXPECT_EQ(config.forwarded_header, "X-Forwarded-For");
  // There is no certificate to be had by default.
  EXPECT_THAT(Check(config), StatusIs(kInvalid, StartsWith("--web_tls_dir")));
}

TEST(WebFlagsTest, WhatTheFlagsSayIsRead) {
  const absl::FlagSaver saver;
  absl::SetFlag(&FLAGS_web_tls_dir, "/tls");
  absl::SetFlag(&FLAGS_idle_timeout, absl::Seconds(3));
  absl::SetFlag(&FLAGS_proxy_protocol, true);
  const WebConfig config = WebConfigFromFlags();
  EXPECT_EQ(config.web_tls_dir, "/tls");
  EXPECT_EQ(config.idle_timeout, absl::Seconds(3));
  EXPECT_TRUE(config.proxy_protocol);
}

TEST(WebFlagsTest, WhatIsWrongIsNamed) {
  struct Case {
    const char* flag;
    void (*spoil)(WebConfig*);
  };
  EXPECT_THAT(Check(Good()), IsOk());
  for (const Case& c : {
           Case{"http_listen", [](WebConfig* g) { g->http_listen = "x"; }},
           Case{"https_listen", [](WebConfig* g) { g->https_listen = "x"; }},
           Case{"https_listen",
                [](WebConfig* g) {
                  g->http_listen.clear();
                  g->https_listen.clear();
                }},
           Case{"web_tls_dir", [](WebConfig* g) { g->web_tls_dir = ""; }},
           Case{"handler_threads",
                [](WebConfig* g) { g->handler_threads = 0; }},
           Case{"max_connections",
                [](WebConfig* g) { g->max_connections = 100001; }},
           Case{"io_threads", [](WebConfig* g) { g->io_threads = 65; }},
           Case{"max_held_mib", [](WebConfig* g) { g->max_held_mib = 15; }},
           Case{"idle_timeout",
                [](WebConfig* g) { g->idle_timeout = absl::Hours(2); }},
           Case{
               "request_timeout",
               [](WebConfig* g) { g->request_timeout = absl::ZeroDuration(); }},
           Case{"peer_connections",
                [](WebConfig* g) { g->peer_connections = -1; }},
           Case{"peer_requests",
                [](WebConfig* g) { g->peer_requests = 1000001; }},
           Case{"trusted_proxies",
                [](WebConfig* g) { g->trusted_proxies = "x"; }},
           Case{"proxy_protocol",
                [](WebConfig* g) { g->proxy_protocol = true; }},
           Case{"forwarded_header",
                [](WebConfig* g) { g->forwarded_header = "X-Real-IP"; }},
       }) {
    WebConfig config = Good();
    c.spoil(&config);
    EXPECT_THAT(Check(config), StatusIs(kInvalid, HasSubstr(c.flag)));
  }
}

}  // namespace
}  // namespace service
}  // namespace otrp
