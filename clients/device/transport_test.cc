// Where an agent's messages go: the session's URL, and the one that a session
// is opened at.

#include "clients/device/transport.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/http/router.h"
#include "libs/http/server.h"

namespace otrp::device {
namespace {

using ::testing::ElementsAre;

class TransportTest : public ::testing::Test {
 protected:
  // A TSM that knows these paths, and answers 404 to those that begin with "!".
  void Serve(const std::vector<std::string>& paths) {
    http::Router router;
    for (absl::string_view path : paths) {
      const int status = absl::ConsumePrefix(&path, "!") ? 404 : 204;
      router.Add(
          "POST", path, "otrp", [this, status](const http::Request& request) {
            asked_.push_back(absl::StrCat(request.path, " ", request.body));
            http::Response response;
            response.status = status;
            return response;
          });
    }
    http::Server::Options options;
    options.listen = "127.0.0.1:0";
    auto server = http::Server::Start(options, std::move(router));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  std::unique_ptr<Transport> Connect(const std::string& path) const {
    HttpTransportOptions options;
    options.url = absl::StrCat("http://127.0.0.1:", server_->port(), path);
    options.hint = "es256";
    return *CreateHttpTransport(std::move(options));
  }

  static int Status(Transport& transport, absl::string_view body) {
    const auto reply = transport.Post(body);
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply.ok() ? reply->status : 0;
  }

  // By the server's threads, one request at a time.
  std::vector<std::string> asked_;
  std::unique_ptr<http::Server> server_;
};

TEST_F(TransportTest, AHintIsForTheOpeningOfASessionOnly) {
  Serve({"/otrp", "/otrp/", "/otrp/es256"});
  for (const char* path : {"/otrp", "/otrp/"}) {
    asked_.clear();
    const auto transport = Connect(path);
    EXPECT_EQ(Status(*transport, ""), 204) << path;
    EXPECT_EQ(Status(*transport, "{}"), 204) << path;
    EXPECT_THAT(asked_, ElementsAre("/otrp/es256 ", absl::StrCat(path, " {}")));
  }
}

TEST_F(TransportTest, ATsmThatDoesNotKnowTheHintGetsTheUrlItself) {
  Serve({"/otrp", "!/otrp/es256"});
  const auto transport = Connect("/otrp");
  EXPECT_EQ(Status(*transport, ""), 204);
  EXPECT_EQ(Status(*transport, ""), 204);
  EXPECT_THAT(asked_, ElementsAre("/otrp/es256 ", "/otrp ", "/otrp "));
}

// What the server says about the URL itself is the answer.
TEST_F(TransportTest, AWrongUrlStaysWrong) {
  Serve({"/otrp"});
  EXPECT_EQ(Status(*Connect("/elsewhere"), ""), 404);
  EXPECT_THAT(asked_, ElementsAre());
}

}  // namespace
}  // namespace otrp::device
