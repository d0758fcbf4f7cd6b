#include "clients/load/cache.h"

#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/load/wire.h"
#include "gtest/gtest.h"
#include "libs/base/files.h"
#include "libs/base/hex.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/random.h"
#include "libs/pki/certificate.h"
#include "tests/support/status_matchers.h"

namespace otrp::load {
namespace {

class CacheTest : public ::testing::Test {
 protected:
  CacheTest() {
    directory_ = absl::StrCat(
        ::testing::TempDir(), "/cache-", getpid(), "-",
        ::testing::UnitTest::GetInstance()->current_test_info()->name());
  }

  absl::StatusOr<Prepared> Make(
      int devices, crypto::KeyType type = crypto::KeyType::kEcP256) {
    PrepareOptions options;
    options.directory = directory_;
    options.type = type;
    options.devices = devices;
    return Prepare(options, clock_, crypto::SystemRandom());
  }

  std::string directory_;
  FakeClock clock_{absl::FromUnixSeconds(1800000000)};
};

TEST_F(CacheTest, GrowsAndKeepsWhatIsThere) {
  const auto first = Make(3);
  OTRP_ASSERT_OK(first);
  EXPECT_EQ(first->made, 3);
  const auto second = Make(5);
  OTRP_ASSERT_OK(second);
  EXPECT_EQ(second->made, 2);
  ASSERT_EQ(second->dids.size(), 5u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(second->dids[i], first->dids[i]);
  EXPECT_EQ(
      std::set<std::string>(second->dids.begin(), second->dids.end()).size(),
      5u);
  EXPECT_EQ(first->tee_root_file, second->tee_root_file);
}

// As after a kill: some are there, some aren't, one is half a file.
TEST_F(CacheTest, GoesOnWhereItWasCutOff) {
  const auto first = Make(4);
  OTRP_ASSERT_OK(first);
  RemoveFile(directory_ + "/es256/000001.json");
  RemoveFile(directory_ + "/es256/000003.json");
  OTRP_ASSERT_OK(WriteFileAtomically(directory_ + "/es256/000003.json.tmp",
                                     "{\"did", 0600));
  const auto second = Make(4);
  OTRP_ASSERT_OK(second);
  EXPECT_EQ(second->made, 2);
  EXPECT_EQ(second->dids[0], first->dids[0]);
  EXPECT_NE(second->dids[1], first->dids[1]);
}

TEST_F(CacheTest, KeysAreTheOwnersOnly) {
  OTRP_ASSERT_OK(Make(2));
  OTRP_ASSERT_OK(Make(1, crypto::KeyType::kRsa));
  int secrets = 0;
  for (const char* alg : {"es256", "rs256"}) {
    const std::string folder = absl::StrCat(directory_, "/", alg);
    for (const std::string& name : ListFolder(folder)) {
      const std::string path = absl::StrCat(folder, "/", name);
      const auto text = ReadWholeFile(path);
      OTRP_ASSERT_OK(text);
      if (!absl::StrContains(*text, "PRIVATE KEY")) continue;
      ++secrets;
      struct stat status {};
      ASSERT_EQ(stat(path.c_str(), &status), 0);
      EXPECT_EQ(status.st_mode & 0777, 0600) << path;
    }
  }
  EXPECT_EQ(secrets, 7);
}

TEST_F(CacheTest, CertificatesLeadToTheRoots) {
  for (const auto type : {crypto::KeyType::kRsa, crypto::KeyType::kEcP256}) {
    const auto prepared = Make(1, type);
    OTRP_ASSERT_OK(prepared);
    const auto cache = Cache::Open(directory_, type);
    OTRP_ASSERT_OK(cache);
    const auto identity = cache->Identity(0, {});
    OTRP_ASSERT_OK(identity);
    EXPECT_EQ(identity->tee.key.type(), type);
    EXPECT_EQ(HexEncode(crypto::Sha256(identity->tee.chain[0])),
              prepared->dids[0]);
    for (const auto& [who, file] :
         {std::make_pair(&identity->tee, prepared->tee_root_file),
          std::make_pair(&*identity->tfw, prepared->tfw_root_file)}) {
      const auto pem = ReadWholeFile(file);
      OTRP_ASSERT_OK(pem);
      const auto root = pki::Certificate::FromPem(*pem);
      OTRP_ASSERT_OK(root);
      EXPECT_EQ(who->chain.back(), root->der());
      const auto leaf = pki::Certificate::FromDer(who->chain[0]);
      OTRP_ASSERT_OK(leaf);
      EXPECT_EQ(leaf->public_key(), who->key.public_key());
    }
    // A DSI has room for one certificate of the firmware.
    EXPECT_EQ(identity->tfw->chain.size(), 2u);
    EXPECT_EQ(identity->tee.chain.size(), 3u);
  }
}

TEST_F(CacheTest, WhatEndsSoonIsMadeAnew) {
  const auto first = Make(1);
  OTRP_ASSERT_OK(first);
  const auto cache = Cache::Open(directory_, crypto::KeyType::kEcP256);
  OTRP_ASSERT_OK(cache);
  const auto identity = cache->Identity(0, {});
  OTRP_ASSERT_OK(identity);
  const auto leaf = pki::Certificate::FromDer(identity->tee.chain[0]);
  const auto issuing = pki::Certificate::FromDer(identity->tee.chain[1]);
  OTRP_ASSERT_OK(leaf);
  OTRP_ASSERT_OK(issuing);
  clock_.Set(issuing->not_after() - absl::Hours(23));
  EXPECT_EQ(Make(1).status().code(), absl::StatusCode::kFailedPrecondition);
  if (leaf->not_after() < issuing->not_after()) {
    clock_.Set(leaf->not_after() - absl::Hours(23));
    const auto second = Make(1);
    OTRP_ASSERT_OK(second);
    EXPECT_EQ(second->made, 1);
    EXPECT_NE(second->dids[0], first->dids[0]);
  }
}

TEST_F(CacheTest, SaysWhatToDoWhereNothingIs) {
  const auto cache = Cache::Open(directory_, crypto::KeyType::kRsa);
  EXPECT_EQ(cache.status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(absl::StrContains(cache.status().message(), "prepare"));
}

TEST(CheckTarget, TakesThisMachineOnly) {
  for (const char* url : {"http://127.0.0.1:8080", "http://127.8.9.10",
                          "https://localhost:8443", "http://[::1]:8080/otrp"}) {
    OTRP_EXPECT_OK(CheckTarget(url, false));
  }
  for (const char* url :
       {"http://10.0.0.1:8080", "http://example.com", "http://0.0.0.0",
        "http://127.0.0.1.example.com", "http://[::2]:80", "http://127.evil/",
        "http://user@127.0.0.1@example.com",
        "http://localhost.example.com/127.0.0.1", "http://"}) {
    EXPECT_FALSE(CheckTarget(url, false).ok()) << url;
    OTRP_EXPECT_OK(CheckTarget(url, true));
  }
  EXPECT_FALSE(CheckTarget("ftp://127.0.0.1", true).ok());
}

}  // namespace
}  // namespace otrp::load
