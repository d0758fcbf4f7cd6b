// The console's files by HTTP: which path leads where.

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/http/raw_client.h"
#include "tests/rest/front.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace {

namespace fs = std::filesystem;
using http::testing::RawClient;
using ::otrp::testing::Front;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ConsoleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::path(::testing::TempDir()) / absl::StrCat("console", getpid());
    fs::create_directories(folder_ / "assets");
    std::ofstream(folder_ / "index.html") << "<!doctype html>";
    std::ofstream(folder_ / "assets/main-4X7QZ2KD.js") << "main()";
  }
  void TearDown() override { fs::remove_all(folder_); }

  void Start(const std::string& directory) {
    Front::Options options;
    options.console_dir = directory;
    OTRP_ASSERT_OK_AND_ASSIGN(front_, Front::Start(options));
    client_ = front_->NewClient("");
  }

  http::Response Send(const std::string& method, const std::string& target) {
    auto response = client_->Send(method, front_->Url(target), {}, "");
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *std::move(response) : http::Response();
  }

  // Whatever octets the target has.
  std::string Raw(const std::string& target) {
    RawClient client(front_->plain_port());
    EXPECT_TRUE(client.Connect().Send(absl::StrCat(
        "GET ", target, " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")));
    return client.ReceiveAll();
  }

  fs::path folder_;
  std::unique_ptr<Front> front_;
  std::unique_ptr<http::Client> client_;
};

TEST_F(ConsoleTest, TheRootLeadsToTheConsole) {
  Start(folder_.string());
  for (const char* target : {"/", "/console"}) {
    const http::Response response = Send("GET", target);
    EXPECT_EQ(response.status, 302) << target;
    EXPECT_EQ(response.header("Location"), "/console/") << target;
  }
  const http::Response page = Send("GET", "/console/devices/0a");
  EXPECT_EQ(page.body, "<!doctype html>");
  EXPECT_THAT(std::string(page.header("Strict-Transport-Security")),
              HasSubstr("max-age="));
  const http::Response head = Send("HEAD", "/console/assets/main-4X7QZ2KD.js");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(Send("POST", "/console/").status, 405);
  // The interface is where it was.
  EXPECT_EQ(Send("GET", "/console/session").status, 401);
  EXPECT_EQ(Send("GET", "/v1/service-providers").status, 401);
  EXPECT_EQ(Send("GET", "/openapi.json").status, 200);
}

TEST_F(ConsoleTest, WithoutItsFilesTheConsoleSaysSo) {
  Start("");
  for (const char* target : {"/console", "/console/", "/console/devices/0a"}) {
    const http::Response response = Send("GET", target);
    EXPECT_EQ(response.status, 404) << target;
    EXPECT_THAT(response.body, HasSubstr("--console_dir")) << target;
  }
  EXPECT_EQ(Send("GET", "/").status, 400);
  EXPECT_EQ(Send("GET", "/console/session").status, 401);
}

TEST_F(ConsoleTest, NoTargetLeadsOutOfTheConsole) {
  Start(folder_.string());
  for (const std::string& target :
       {std::string("/console/../etc/passwd"),
        std::string("/console/..%2f..%2fetc%2fpasswd"),
        std::string("/console/%2e%2e/v1/service-providers"),
        std::string("/console/..\\..\\etc\\passwd"),
        std::string("/console/index.html%00"),
        std::string("/console//index.html"),
        std::string("http://evil.example/console/../index.html"),
        "/console/" + std::string(4000, 'a') + ".html"}) {
    EXPECT_THAT(Raw(target),
                AllOf(StartsWith("HTTP/1.1 404"), Not(HasSubstr("doctype")),
                      Not(HasSubstr("root:"))))
        << target;
  }
  EXPECT_THAT(Raw(absl::StrCat("/console/", std::string(20000, 'a'))),
              StartsWith("HTTP/1.1 431"));
}

}  // namespace
}  // namespace otrp
