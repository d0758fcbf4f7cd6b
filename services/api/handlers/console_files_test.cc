#include "services/api/handlers/console_files.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/api/limits.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace api {
namespace handlers {
namespace {

namespace fs = std::filesystem;
using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

class ConsoleFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::path(::testing::TempDir()) /
        absl::StrCat(
            "console", getpid(), "_",
            ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_ / "dist/assets");
    Write("secret.html", "outside");
    Write("dist/index.html", "<!doctype html>");
    Write("dist/favicon.svg", "<svg/>");
    Write("dist/assets/main-4X7QZ2KD.js", "main()");
    Write("dist/assets/chart-overview.js", "chart()");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void Write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name, std::ios::binary) << content;
  }

  absl::StatusOr<ConsoleFiles> Load() {
    return ConsoleFiles::Load((folder_ / "dist").string());
  }

  // GET of this path, with the files as they are.
  http::Response Get(const std::string& path, const std::string& method = "GET",
                     const std::string& etag = "") {
    const absl::StatusOr<ConsoleFiles> files = Load();
    EXPECT_THAT(files, IsOk());
    http::Request request;
    request.method = method;
    request.path = path;
    if (!etag.empty()) request.headers = {{"If-None-Match", etag}};
    return files.ok() ? GetConsoleFile(&*files, Scheme::kHttps, request)
                      : http::Response();
  }

  fs::path folder_;
};

TEST_F(ConsoleFilesTest, FilesComeWithTheirTypeAndTheConsolesPathsWithItsPage) {
  const http::Response script = Get("/console/assets/main-4X7QZ2KD.js");
  EXPECT_EQ(script.status, 200);
  EXPECT_EQ(script.body, "main()");
  EXPECT_EQ(script.header("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(script.header("Cache-Control"),
            "public, max-age=31536000, immutable");
  EXPECT_EQ(Get("/console/favicon.svg").header("Content-Type"),
            "image/svg+xml");
  // No hash: another release may have another one of this name.
  EXPECT_EQ(Get("/console/assets/chart-overview.js").header("Cache-Control"),
            "no-cache");
  for (const char* path :
       {"/console/", "/console/index.html", "/console/devices/0a1b",
        "/console/a%20b", "/console/applications/pay:1"}) {
    const http::Response page = Get(path);
    EXPECT_EQ(page.status, 200) << path;
    EXPECT_EQ(page.body, "<!doctype html>") << path;
    EXPECT_EQ(page.header("Content-Type"), "text/html; charset=utf-8") << path;
    EXPECT_EQ(page.header("Cache-Control"), "no-cache") << path;
  }
  EXPECT_EQ(Get("/console/missing.js").status, 404);
  const std::string etag(script.header("ETag"));
  const http::Response again =
      Get("/console/assets/main-4X7QZ2KD.js", "GET", etag);
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(again.header("ETag"), etag);
}

TEST_F(ConsoleFilesTest, NothingRunsInAPageThatIsNotOneOfItsScripts) {
  for (const char* path : {"/console/", "/console/assets/main-4X7QZ2KD.js"}) {
    const http::Response response = Get(path);
    const std::string policy(response.header("Content-Security-Policy"));
    EXPECT_THAT(
        policy,
        AllOf(HasSubstr("default-src 'none'"), HasSubstr("script-src 'self';"),
              HasSubstr("style-src 'self';"), HasSubstr("base-uri 'none'"),
              HasSubstr("form-action 'none'"),
              HasSubstr("frame-ancestors 'none'"),
              HasSubstr("require-trusted-types-for 'script'")));
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
    EXPECT_EQ(response.header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(response.header("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(response.header("Cross-Origin-Opener-Policy"), "same-origin");
    EXPECT_EQ(response.header("Cross-Origin-Resource-Policy"), "same-origin");
    EXPECT_THAT(std::string(response.header("Permissions-Policy")),
                HasSubstr("camera=()"));
  }
}

TEST_F(ConsoleFilesTest, NoPathLeadsOutOfTheFolder) {
  for (const std::string& path :
       {std::string("/console/../secret.html"),
        std::string("/console/%2e%2e/secret.html"),
        std::string("/console/assets/../../secret.html"),
        std::string("/console/.%2e/secret.html"),
        std::string("/console/..%2fsecret.html"),
        std::string("/console/%2e%2e%2fsecret.html"),
        std::string("/console/%252e%252e/secret.html"),
        std::string("/console/%252e%252e%252fsecret.html"),
        std::string("/console/..\\secret.html"),
        std::string("/console/..%5csecret.html"),
        std::string("/console/index.html%00.js"),
        std::string("/console/%00"),
        std::string("/console//secret.html"),
        std::string("/console//etc/passwd"),
        std::string("/console/assets%2fmain-4X7QZ2KD.js"),
        std::string("/console/./index.html"),
        std::string("/console/%zz"),
        std::string("/console/%c0%ae%c0%ae/secret.html"),
        std::string("/console/assets/"),
        std::string("/consoles/index.html"),
        "/console/" + std::string(5000, 'a'),
        "/console/" + std::string(3000, '/')}) {
    const http::Response response = Get(path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_THAT(response.body, ::testing::Not(HasSubstr("outside"))) << path;
    EXPECT_THAT(response.body, ::testing::Not(HasSubstr("doctype"))) << path;
  }
}

TEST_F(ConsoleFilesTest, OnlyReadingIsKnown) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
    const http::Response response = Get("/console/", method);
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(response.header("Allow"), "GET, HEAD");
  }
}

TEST_F(ConsoleFilesTest, WithoutTheFilesTheAnswerSaysWhatToDo) {
  http::Request request;
  request.method = "GET";
  request.path = "/console/";
  const http::Response response =
      GetConsoleFile(nullptr, Scheme::kHttps, request);
  EXPECT_EQ(response.status, 404);
  EXPECT_THAT(response.body, HasSubstr("--console_dir"));
}

TEST_F(ConsoleFilesTest, ALinkIsRefusedWhereverItLeads) {
  for (const fs::path& target :
       {folder_ / "secret.html", folder_ / "dist/index.html", fs::path("/etc"),
        fs::path("nowhere")}) {
    fs::create_symlink(target, folder_ / "dist/assets/link.html");
    EXPECT_THAT(Load(), StatusIs(kInvalid, AllOf(HasSubstr("--console_dir"),
                                                 HasSubstr("link.html"))))
        << target;
    fs::remove(folder_ / "dist/assets/link.html");
  }
  EXPECT_THAT(Load(), IsOk());
  // To the folder itself there may be one.
  fs::create_directory_symlink(folder_ / "dist", folder_ / "current");
  EXPECT_THAT(ConsoleFiles::Load((folder_ / "current").string()), IsOk());
}

TEST_F(ConsoleFilesTest, WhatNoBuildMakesIsRefusedByName) {
  for (const char* name :
       {".hidden.js", "a b.js", "page.php", "README", "key.pem"}) {
    Write(absl::StrCat("dist/", name), "x");
    EXPECT_THAT(Load(), StatusIs(kInvalid, HasSubstr(name)));
    fs::remove(folder_ / "dist" / name);
  }
  Write("dist/large.js", std::string(kMaxConsoleFileBytes + 1, 'x'));
  EXPECT_THAT(Load(), StatusIs(kInvalid, HasSubstr("large.js")));
  fs::remove(folder_ / "dist/large.js");
  for (size_t i = 0; i < kMaxConsoleFiles; ++i) {
    Write(absl::StrCat("dist/assets/", i, ".js"), "");
  }
  EXPECT_THAT(Load(), StatusIs(kInvalid, HasSubstr("more than")));
}

TEST_F(ConsoleFilesTest, AFolderWithoutAPageIsNoConsole) {
  fs::remove(folder_ / "dist/index.html");
  EXPECT_THAT(Load(), StatusIs(kInvalid, HasSubstr("index.html")));
  EXPECT_THAT(ConsoleFiles::Load((folder_ / "none").string()),
              StatusIs(kInvalid, HasSubstr("--console_dir")));
  EXPECT_THAT(ConsoleFiles::Load((folder_ / "secret.html").string()),
              StatusIs(kInvalid, HasSubstr("--console_dir")));
}

}  // namespace
}  // namespace handlers
}  // namespace api
}  // namespace otrp
