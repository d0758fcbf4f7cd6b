// Where a simulated device's sessions are opened.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/load/wire.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/http/router.h"
#include "libs/http/server.h"

namespace otrp::load {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class WireHintTest : public ::testing::Test {
 protected:
  void Serve(const std::vector<std::string>& paths) {
    http::Router router;
    for (const std::string& path : paths) {
      router.Add("POST", path, "otrp", [this](const http::Request& request) {
        asked_.push_back(request.path);
        http::Response response;
        response.status = 204;
        return response;
      });
    }
    http::Server::Options options;
    options.listen = "127.0.0.1:0";
    auto server = http::Server::Start(options, std::move(router));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    Wire::Options wire;
    wire.url = absl::StrCat("http://127.0.0.1:", server_->port(), "/otrp");
    wire_ = std::make_unique<Wire>(std::move(wire));
  }

  void Open(absl::string_view hint) {
    Answer answer;
    const auto failure = wire_->Open(hint, &transaction_, &answer);
    EXPECT_FALSE(failure.has_value()) << failure->reason;
  }

  // By the server's threads, one request at a time.
  std::vector<std::string> asked_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<Wire> wire_;
  Transaction transaction_;
};

TEST_F(WireHintTest, ASessionIsOpenedBelowTheUrlWhereThereIsAHint) {
  Serve({"/otrp", "/otrp/es256"});
  Open("es256");
  Open("");
  EXPECT_THAT(asked_, ElementsAre("/otrp/es256", "/otrp"));
}

// A build of the services from before: no failure, and counted once.
TEST_F(WireHintTest, AServerThatDoesNotKnowHintsGetsTheUrl) {
  Serve({"/otrp"});
  Open("es256");
  Open("es256");
  EXPECT_THAT(asked_, ElementsAre("/otrp", "/otrp"));
  EXPECT_THAT(transaction_.legs, SizeIs(2));
}

}  // namespace
}  // namespace otrp::load
