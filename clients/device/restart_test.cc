// A TEE in a folder over restarts and power cuts, with whole requests.
// state_store_test.cc looks at the files.

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/device/strict.h"
#include "clients/device/testing/world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/files.h"
#include "libs/crypto/random.h"

namespace otrp::device {
namespace {

using json::Value;
using ::testing::SizeIs;

class RestartTest : public ::testing::Test {
 protected:
  RestartTest()
      : folder_(absl::StrCat(
            ::testing::TempDir(), "/tee-",
            ::testing::UnitTest::GetInstance()->current_test_info()->name())),
        world_(Options()) {}

  std::unique_ptr<StateStore> Open(
      std::function<void(absl::string_view)> before_rename = nullptr) const {
    EXPECT_TRUE(MakeFolder(folder_).ok());
    FolderStore::Options options;
    options.directory = folder_;
    options.storage_key = SecretBytes(std::string(32, 'k'));
    options.random = &crypto::SystemRandom();
    options.before_rename = std::move(before_rename);
    auto store = FolderStore::Create(std::move(options));
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  WorldOptions Options() const {
    WorldOptions options;
    options.store = Open();
    return options;
  }
  void Restart() { world_.Restart(Open()); }

  const std::string folder_;
  World world_;
};

TEST_F(RestartTest, EverythingIsStillThere) {
  world_.HaveTa();
  const std::string before = world_.Held();
  const InstalledTa ta = world_.tee->state().sds[0].tas[0];
  Restart();
  EXPECT_EQ(world_.Held(), before);
  const auto image = world_.tee->ReadBlob(ta.image_sha256);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->size(), static_cast<size_t>(ta.image_bytes));
  const auto pdata = world_.tee->ReadBlob(ta.pdata_sha256);
  ASSERT_TRUE(pdata.ok()) << pdata.status();
  EXPECT_EQ(*pdata, "settings");
}

// A TSM's status may have changed while the device was off.
TEST_F(RestartTest, TsmsAreForgotten) {
  world_.HaveSd();
  const Draft draft = world_.InstallTa();
  Restart();
  const std::string before = world_.Held();
  ExpectFail(world_.Send(draft), "ERR_REQUEST_INVALID");
  EXPECT_EQ(world_.Held(), before);
}

TEST_F(RestartTest, WorkGoesOnAfterAnotherGetDeviceState) {
  world_.HaveSd();
  // Encrypted before, to the AIK of then.
  const Draft early = world_.InstallTa();
  Restart();
  world_.Connect();
  Draft draft = world_.InstallTa();
  draft.tbs["encrypted_ta"] = early.tbs.at("encrypted_ta");
  ExpectPass(world_.Send(draft));
  Restart();
  world_.Connect();
  ExpectPass(world_.Send(world_.UpdateTa()));
  ExpectPass(world_.Send(world_.DeleteTa()));
  ExpectPass(world_.Send(world_.DeleteSd()));
  Restart();
  EXPECT_EQ(world_.Held(), "");
  EXPECT_THAT(ListFolder(folder_ + "/ta"), SizeIs(0));
}

TEST_F(RestartTest, AReplayOfBeforeIsStillRefused) {
  world_.Connect();
  const std::string create = world_.tsm->Seal(world_.CreateSd());
  ExpectPass(world_.SendBytes(create));
  ExpectPass(world_.Send(world_.DeleteSd()));
  Restart();
  world_.Connect();
  Outcome outcome;
  ASSERT_TRUE(world_.tee->Process(create, &outcome).ok());
  EXPECT_FALSE(outcome.passed);
  EXPECT_EQ(world_.Held(), "");
}

TEST_F(RestartTest, TheHighestVersionOutlivesTheTaAndTheProcess) {
  world_.HaveTa();
  ExpectPass(world_.Send(world_.UpdateTa("ta-1", "2.0.0")));
  ExpectPass(world_.Send(world_.DeleteTa()));
  Restart();
  world_.Connect();
  ExpectFail(world_.Send(world_.InstallTa("ta-1", "1.0.0")), "ERR_TA_INVALID");
  ExpectPass(world_.Send(world_.InstallTa("ta-1", "2.0.0")));
}

// The power goes at each moment where a file is complete and not yet in its
// place: a request is then done or not done, never by half.
TEST_F(RestartTest, APowerCutLeavesARequestDoneOrNotDone) {
  Value rename = Value::Object();
  rename.Set("newsdname", Text("renamed"));
  rename.Set("renewteespaik", Value::Bool(true));
  Value back = Value::Object();
  back.Set("newsdname", Text("sd-1"));
  struct Step {
    std::function<Draft()> draft;
    int files;
  };
  const std::vector<Step> steps = {
      {[&] { return world_.CreateSd(); }, 1},
      {[&] { return world_.UpdateSd(rename); }, 1},
      {[&] { return world_.UpdateSd(back, "renamed"); }, 1},
      // Image, personalization data, state.
      {[&] { return world_.InstallTa(); }, 3},
      {[&] { return world_.UpdateTa(); }, 2},
      {[&] { return world_.DeleteTa(); }, 1},
      {[&] { return world_.DeleteSd(); }, 1}};
  for (const Step& step : steps) {
    const std::string before = world_.Held();
    int cuts = 0;
    for (int point = 0;; ++point) {
      ASSERT_LT(point, 10);
      world_.Connect();
      const Draft draft = step.draft();
      SCOPED_TRACE(absl::StrCat(draft.message, " cut at file ", point));
      const pid_t child = ::fork();
      if (child == 0) {
        int seen = 0;
        world_.Restart(Open([&](absl::string_view) {
          if (seen++ == point) ::_exit(9);
        }));
        world_.Connect();
        Draft again = draft;
        again.tbs["dsihash"] = step.draft().tbs["dsihash"];
        ::_exit(world_.SendAs(*world_.tsm, again).passed ? 0 : 1);
      }
      int status = 0;
      ASSERT_EQ(::waitpid(child, &status, 0), child);
      ASSERT_TRUE(WIFEXITED(status));
      ASSERT_NE(WEXITSTATUS(status), 1) << "the request itself failed";
      Restart();
      if (WEXITSTATUS(status) == 0) {
        EXPECT_NE(world_.Held(), before);
        break;
      }
      ++cuts;
      EXPECT_EQ(world_.Held(), before);
      // Nothing that a state doesn't refer to stays.
      const std::vector<std::string> names = ListFolder(folder_ + "/ta");
      EXPECT_EQ(std::set<std::string>(names.begin(), names.end()),
                world_.tee->state().BlobNames());
      EXPECT_FALSE(FileExists(folder_ + "/state.json.tmp"));
    }
    EXPECT_EQ(cuts, step.files);
    world_.Connect();
  }
}

// A folder that someone changed while the device was off.
TEST_F(RestartTest, AChangedImageIsNotHandedOut) {
  world_.HaveTa();
  const std::string name = world_.tee->state().sds[0].tas[0].image_sha256;
  const std::string path = absl::StrCat(folder_, "/ta/", name);
  std::string sealed = *ReadWholeFile(path);
  sealed[sealed.size() / 2] ^= 1;
  ASSERT_TRUE(WriteFileAtomically(path, sealed, 0600).ok());
  Restart();
  EXPECT_EQ(world_.tee->ReadBlob(name).status().code(),
            absl::StatusCode::kDataLoss);
  // The TSM can still take it away.
  world_.Connect();
  ExpectPass(world_.Send(world_.DeleteTa()));
}

}  // namespace
}  // namespace otrp::device
