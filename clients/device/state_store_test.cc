// A device's folder: what a power cut leaves, and who can read it.

#include "clients/device/state_store.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "clients/device/testing/test_pki.h"
#include "gtest/gtest.h"
#include "libs/base/hex.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/random.h"

namespace otrp::device {
namespace {

std::string Name(const std::string& blob) {
  return HexEncode(crypto::Sha256(blob));
}

std::set<std::string> FilesBelow(const std::string& path) {
  std::set<std::string> found;
  DIR* dir = ::opendir(path.c_str());
  if (dir == nullptr) return found;
  while (const dirent* entry = ::readdir(dir)) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    found.insert(name);
    for (const std::string& below : FilesBelow(path + "/" + name)) {
      found.insert(name + "/" + below);
    }
  }
  ::closedir(dir);
  return found;
}

class FolderStoreTest : public ::testing::Test {
 protected:
  FolderStoreTest()
      : folder_(absl::StrCat(
            ::testing::TempDir(), "/store-",
            ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    ::mkdir(folder_.c_str(), 0700);
  }

  std::unique_ptr<FolderStore> Open(
      std::function<void(absl::string_view)> before_rename = nullptr,
      const std::string& key = std::string(32, 'k')) {
    FolderStore::Options options;
    options.directory = folder_;
    options.storage_key = SecretBytes(key);
    options.random = &crypto::SystemRandom();
    options.before_rename = std::move(before_rename);
    auto store = FolderStore::Create(std::move(options));
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }

  static TeeState StateWith(const std::string& image) {
    TeeState state;
    SecurityDomain sd;
    sd.owner = "https://tsm.example/";
    sd.name = "sd-1";
    sd.spid = "bank";
    sd.spcerts = {std::string("\0der\xff", 5)};
    InstalledTa ta;
    ta.taid = "ta-1";
    ta.version = "1.0.0";
    ta.image_sha256 = Name(image);
    ta.image_bytes = static_cast<int64_t>(image.size());
    sd.tas.push_back(ta);
    state.sds.push_back(sd);
    state.aiks.push_back(
        Aik{sd.owner, sd.spid, PooledKey(crypto::KeyType::kEcP256, 1)});
    return state;
  }

  // Which image the folder's state has; empty: none.
  std::string ImageOnDisk() {
    auto store = Open();
    const auto state = store->Load();
    EXPECT_TRUE(state.ok()) << state.status();
    if (!state.ok() || state->sds.empty()) return "";
    const auto blob = store->ReadBlob(state->sds[0].tas[0].image_sha256);
    EXPECT_TRUE(blob.ok()) << blob.status();
    return blob.value_or("");
  }

  const std::string folder_;
};

TEST_F(FolderStoreTest, KeepsAStateAndItsBlobs) {
  EXPECT_EQ(ImageOnDisk(), "");
  ASSERT_TRUE(Open()->Save(StateWith("one"), {{Name("one"), "one"}}).ok());
  EXPECT_EQ(ImageOnDisk(), "one");
  const auto state = Open()->Load();
  ASSERT_EQ(state->sds.size(), 1u);
  EXPECT_EQ(state->sds[0].spcerts[0], std::string("\0der\xff", 5));
  ASSERT_EQ(state->aiks.size(), 1u);
  EXPECT_TRUE(state->aiks[0].key.public_key() ==
              PooledKey(crypto::KeyType::kEcP256, 1).public_key());
}

TEST_F(FolderStoreTest, AnOldBlobGoesWithItsState) {
  ASSERT_TRUE(Open()->Save(StateWith("one"), {{Name("one"), "one"}}).ok());
  const size_t before = FilesBelow(folder_).size();
  ASSERT_TRUE(Open()->Save(StateWith("two"), {{Name("two"), "two"}}).ok());
  EXPECT_EQ(ImageOnDisk(), "two");
  EXPECT_EQ(FilesBelow(folder_).size(), before);
}

// A child process dies at each point where a file is complete and not yet
// renamed; whatever it leaves is the state before or the one after.
TEST_F(FolderStoreTest, APowerCutLeavesBeforeOrAfter) {
  ASSERT_TRUE(Open()->Save(StateWith("one"), {{Name("one"), "one"}}).ok());
  const size_t files = FilesBelow(folder_).size();
  int cut_points = 0;
  for (int point = 0;; ++point) {
    const std::string image = absl::StrCat("image ", point);
    const std::string before = ImageOnDisk();
    const pid_t child = ::fork();
    if (child == 0) {
      int seen = 0;
      auto store = Open([&](absl::string_view) {
        if (seen++ == point) ::_exit(9);
      });
      (void)store->Save(StateWith(image), {{Name(image), image}});
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 0) {
      EXPECT_EQ(ImageOnDisk(), image);
      break;
    }
    ++cut_points;
    EXPECT_EQ(ImageOnDisk(), before);
    EXPECT_EQ(FilesBelow(folder_).size(), files) << "nothing stays behind";
  }
  EXPECT_GE(cut_points, 2) << "the blob's and the state's";
}

TEST_F(FolderStoreTest, BlobsAreSealed) {
  const std::string secret = "the trusted application's secret code";
  ASSERT_TRUE(Open()->Save(StateWith(secret), {{Name(secret), secret}}).ok());
  for (const std::string& name : FilesBelow(folder_)) {
    struct stat info;
    ASSERT_EQ(::stat((folder_ + "/" + name).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0077, 0u) << name;
    if (S_ISDIR(info.st_mode)) continue;
    std::ifstream file(folder_ + "/" + name, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    EXPECT_EQ(text.find(secret.substr(4, 20)), std::string::npos) << name;
  }
  auto other = Open(nullptr, std::string(32, 'x'));
  const auto state = other->Load();
  EXPECT_FALSE(state.ok() &&
               other->ReadBlob(state->sds[0].tas[0].image_sha256).ok());
}

TEST_F(FolderStoreTest, ATamperedStateIsDataLoss) {
  ASSERT_TRUE(Open()->Save(StateWith("one"), {{Name("one"), "one"}}).ok());
  std::ofstream(folder_ + "/state.json") << "{\"half\":";
  EXPECT_EQ(Open()->Load().status().code(), absl::StatusCode::kDataLoss);
}

// A folder of the version before: what is installed was the highest.
TEST_F(FolderStoreTest, AStateOfTheFirstFormatRemembersWhatIsInstalled) {
  const std::string text(SerializeState(StateWith("image")).view());
  const size_t at = text.find("\"format\":2");
  ASSERT_NE(at, std::string::npos);
  std::string first = text;
  first.replace(at, 10, "\"format\":1");
  const auto state = ParseState(first);
  ASSERT_TRUE(state.ok()) << state.status();
  ASSERT_EQ(state->highest_versions.size(), 1u);
  EXPECT_EQ(state->highest_versions[0].taid, "ta-1");
  EXPECT_EQ(state->highest_versions[0].version, "1.0.0");
  EXPECT_EQ(ParseState(text)->highest_versions.size(), 0u);
  first.replace(at, 10, "\"format\":3");
  EXPECT_FALSE(ParseState(first).ok());
}

}  // namespace
}  // namespace otrp::device
