#include "services/api/config.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace api {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

Config Good() {
  Config config;
  config.web.https_listen = "0.0.0.0:8444";
  config.web.web_tls_dir = "/tls";
  for (std::string* address : {&config.ca_addr, &config.tsm_addr,
                               &config.verifier_addr, &config.portal_addr}) {
    *address = "otrp.example:9101";
  }
  return config;
}

TEST(ConfigTest, PlainHttpIsForLoopbackOnly) {
  Config config = Good();
  for (const char* listen :
       {"127.0.0.1:8081", "127.0.0.9:0", "[::1]:8081", "localhost:8081"}) {
    config.web.http_listen = listen;
    EXPECT_THAT(Check(config), IsOk()) << listen;
  }
  for (const char* listen : {"0.0.0.0:8081", "10.0.0.1:8081", "[::]:8081",
                             "api.example:8081", "128.0.0.1:8081"}) {
    config.web.http_listen = listen;
    EXPECT_THAT(Check(config), StatusIs(absl::StatusCode::kInvalidArgument,
                                        HasSubstr("--http_listen")))
        << listen;
  }
}

TEST(ConfigTest, WhatIsWrongIsNamed) {
  struct Case {
    const char* flag;
    void (*spoil)(Config*);
  };
  EXPECT_THAT(Check(Good()), IsOk());
  for (const Case& c : {
           Case{"portal_addr", [](Config* g) { g->portal_addr = "x"; }},
           Case{"https_listen", [](Config* g) { g->web.https_listen = ""; }},
           Case{"caller_requests", [](Config* g) { g->caller_requests = 0; }},
           Case{"max_streams", [](Config* g) { g->max_streams = -1; }},
       }) {
    Config config = Good();
    c.spoil(&config);
    EXPECT_THAT(Check(config), StatusIs(absl::StatusCode::kInvalidArgument,
                                        HasSubstr(c.flag)));
  }
}

}  // namespace
}  // namespace api
}  // namespace otrp
