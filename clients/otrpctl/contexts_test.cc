// The file that tokens are in, and who may read it.

#include "clients/otrpctl/contexts.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/files.h"
#include "libs/cli/cli.h"
#include "tests/support/status_matchers.h"

namespace otrp::ctl {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::IsOkAndHolds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kToken[] = "otrp_s3cret";

class ContextsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = ::testing::TempDir() + "/contexts-XXXXXX";
    ASSERT_NE(::mkdtemp(&folder[0]), nullptr);
    home_ = folder;
    path_ = home_ + "/.config/otrpctl/contexts.json";
  }

  absl::Status Add(const std::string& name, const std::string& path) {
    absl::StatusOr<ContextsEdit> edit = ContextsEdit::Begin(path);
    if (!edit.ok()) return edit.status();
    Context context;
    context.server = "https://api.example:8444";
    context.token = SecretBytes(kToken);
    context.kind = "sp";
    context.account = "acme";
    context.agent = "member/bob";
    context.role = "developer";
    context.expires_at = absl::FromUnixSeconds(1800000000);
    edit->contexts().all[name] = std::move(context);
    edit->contexts().current = name;
    return edit->Commit();
  }
  absl::Status Add(const std::string& name) { return Add(name, path_); }

  static mode_t ModeOf(const std::string& path) {
    struct stat there = {};
    EXPECT_EQ(::lstat(path.c_str(), &there), 0) << path;
    return there.st_mode & 07777;
  }

  // Reading and changing it are refused alike, in these words.
  void ExpectRefused(const std::string& path, const std::string& why) {
    for (const absl::Status& status :
         {ReadContexts(path).status(), Add("more", path)}) {
      EXPECT_TRUE(cli::IsUsageError(status)) << status;
      EXPECT_THAT(std::string(status.message()), HasSubstr(why));
      EXPECT_THAT(std::string(status.message()), Not(HasSubstr("s3cret")));
    }
  }

  std::string home_;
  std::string path_;
};

TEST_F(ContextsTest, WhatIsKeptIsReadAgain) {
  EXPECT_THAT(ReadContexts(path_)->all, IsEmpty());
  OTRP_ASSERT_OK(Add("one"));
  OTRP_ASSERT_OK(Add("two"));
  OTRP_ASSERT_OK_AND_ASSIGN(const Contexts contexts, ReadContexts(path_));
  EXPECT_EQ(contexts.current, "two");
  ASSERT_THAT(contexts.all, SizeIs(2));
  const Context& one = contexts.all.at("one");
  EXPECT_EQ(one.token.view(), kToken);
  EXPECT_EQ(one.server, "https://api.example:8444");
  EXPECT_EQ(one.agent, "member/bob");
  EXPECT_EQ(one.expires_at, absl::FromUnixSeconds(1800000000));
  EXPECT_THAT(one.Shown().Serialize(), Not(HasSubstr("s3cret")));
}

TEST_F(ContextsTest, FileAndFolderAreTheirOwnersAloneWhateverTheUmaskSays) {
  const mode_t before = ::umask(0);
  OTRP_ASSERT_OK(Add("one"));
  EXPECT_EQ(ModeOf(path_), 0600);
  EXPECT_EQ(ModeOf(home_ + "/.config/otrpctl"), 0700);
  OTRP_ASSERT_OK(Add("two"));
  EXPECT_EQ(ModeOf(path_), 0600);
  ::umask(before);
  // Nothing else stays there.
  EXPECT_THAT(ListFolder(home_ + "/.config/otrpctl"), SizeIs(1));
}

TEST_F(ContextsTest, AFileThatOthersCanReadOrWriteIsRefused) {
  OTRP_ASSERT_OK(Add("one"));
  for (const mode_t mode : {0640, 0604, 0620, 0602, 0610}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    ExpectRefused(path_, "chmod 600");
  }
  ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);
  EXPECT_THAT(ReadContexts(path_), IsOk());
}

TEST_F(ContextsTest, ASymbolicLinkIsNotFollowed) {
  OTRP_ASSERT_OK(Add("one"));
  const std::string link = home_ + "/link.json";
  ASSERT_EQ(::symlink(path_.c_str(), link.c_str()), 0);
  ExpectRefused(link, "symbolic link");
  const std::string folder = home_ + "/link";
  ASSERT_EQ(::symlink((home_ + "/.config/otrpctl").c_str(), folder.c_str()), 0);
  const absl::Status status = Add("more", folder + "/contexts.json");
  EXPECT_THAT(std::string(status.message()), HasSubstr("symbolic link"));
}

TEST_F(ContextsTest, AFolderThatOthersWriteIntoIsRefused) {
  OTRP_ASSERT_OK(Add("one"));
  ASSERT_EQ(::chmod((home_ + "/.config/otrpctl").c_str(), 0770), 0);
  EXPECT_THAT(std::string(Add("two").message()), HasSubstr("chmod 700"));
  EXPECT_THAT(ReadContexts(path_)->all, SizeIs(1));
}

TEST_F(ContextsTest, WhatIsNoPlainFileIsRefused) {
  const std::string pipe = home_ + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  ExpectRefused(pipe, "no plain file");
  ExpectRefused(home_, "no plain file");
}

TEST_F(ContextsTest, AFileOfAnotherKindIsRefusedAndKept) {
  OTRP_ASSERT_OK(Add("one"));
  for (
      const char* text :
      {"{", "[]", R"({"contexts":{"a":{"server":"http://evil"}}})",
       R"({"contexts":{"a":{"server":"https://a"}}})",
       R"({"contexts":{"a":{"server":"https://a","token":"s3cret\r\nX: y"}}})"}) {
    std::ofstream(path_) << text;
    ExpectRefused(path_, path_);
    EXPECT_THAT(ReadWholeFile(path_), IsOkAndHolds(text));
  }
}

TEST_F(ContextsTest, WithoutACommitNothingHasChanged) {
  OTRP_ASSERT_OK(Add("one"));
  {
    OTRP_ASSERT_OK_AND_ASSIGN(ContextsEdit edit, ContextsEdit::Begin(path_));
    edit.contexts().all.clear();
  }
  EXPECT_THAT(ReadContexts(path_)->all, SizeIs(1));
  EXPECT_THAT(ListFolder(home_ + "/.config/otrpctl"), SizeIs(1));
}

TEST_F(ContextsTest, OfManyChangesAtOnceNoneIsLost) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back(
        [this, i] { EXPECT_THAT(Add(absl::StrCat("c", i)), IsOk()); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(ReadContexts(path_)->all, SizeIs(8));
}

TEST_F(ContextsTest, TheFileIsInTheConfigFolderUnlessOneIsNamed) {
  ::setenv("HOME", home_.c_str(), 1);
  ::unsetenv("XDG_CONFIG_HOME");
  ::unsetenv("OTRPCTL_CONFIG");
  EXPECT_THAT(ContextsPath(), IsOkAndHolds(path_));
  ::setenv("XDG_CONFIG_HOME", "/xdg", 1);
  EXPECT_THAT(ContextsPath(), IsOkAndHolds("/xdg/otrpctl/contexts.json"));
  ::setenv("OTRPCTL_CONFIG", "/elsewhere/c.json", 1);
  EXPECT_THAT(ContextsPath(), IsOkAndHolds("/elsewhere/c.json"));
  ::unsetenv("XDG_CONFIG_HOME");
  ::unsetenv("OTRPCTL_CONFIG");
}

TEST_F(ContextsTest, NoTokenGoesInClearOverANetwork) {
  for (const char* good :
       {"https://api.example", "https://api.example:8444", "https://[::1]:1",
        "https://192.0.2.1", "http://127.0.0.1:8081", "http://[::1]:8081"}) {
    EXPECT_THAT(CheckServer("--server", good), IsOkAndHolds(good));
  }
  EXPECT_THAT(CheckServer("--server", "https://a/"), IsOkAndHolds("https://a"));
  for (const char* bad :
       {"", "api.example", "http://api.example", "http://127.0.0.1.example",
        "http://localhost:1", "http://127.0.0.1@evil", "ftp://a", "https://",
        "https://a/path", "https://a?q", "https://a#f", "https://user@a",
        "https://a b", "https://a\n", "https://a:x", "https://a:70000",
        "https://:1"}) {
    EXPECT_TRUE(cli::IsUsageError(CheckServer("--server", bad).status()))
        << bad;
  }
}

TEST_F(ContextsTest, ATokenOfOtherCharactersIsRefusedAndNotQuoted) {
  OTRP_EXPECT_OK(CheckToken("--token-file", kToken));
  for (const std::string& bad :
       {std::string(), std::string("otrp_s3cret x"),
        std::string("otrp_s3cret\r\nX: y"), std::string("s3cret\xff"),
        "s3cret" + std::string(128, 'a')}) {
    const absl::Status status = CheckToken("--token-file", bad);
    EXPECT_TRUE(cli::IsUsageError(status));
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("s3cret")));
  }
}

}  // namespace
}  // namespace otrp::ctl
