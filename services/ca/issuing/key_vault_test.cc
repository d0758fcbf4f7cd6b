#include "services/ca/issuing/key_vault.h"

#include <stdlib.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/base/secret.h"
#include "libs/crypto/random.h"
#include "libs/pki/issue.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

const std::string& Kek() {
  static const auto* kek = new std::string(32, 'k');
  return *kek;
}

// A token of SoftHSM2 in a folder of its own.
std::unique_ptr<crypto::Pkcs11> NewToken() {
  const std::string folder = absl::StrCat(
      ::testing::TempDir(), "/",
      ::testing::UnitTest::GetInstance()->current_test_info()->name());
  const std::string settings = folder + "/softhsm2.conf";
  EXPECT_EQ(std::system(absl::StrCat("rm -rf ", folder, " && mkdir -p ", folder,
                                     "/tokens")
                            .c_str()),
            0);
  std::ofstream(settings) << "directories.tokendir = " << folder << "/tokens\n";
  setenv("SOFTHSM2_CONF", settings.c_str(), 1);
  EXPECT_EQ(std::system("softhsm2-util --init-token --free --label ca "
                        "--so-pin 77777777 --pin 483920 > /dev/null"),
            0);
  auto opened = crypto::Pkcs11::Open("/usr/lib/softhsm/libsofthsm2.so",
                                     SecretBytes("483920"));
  EXPECT_TRUE(opened.ok()) << opened.status();
  return *std::move(opened);
}

pki::Certificate CertificateOf(const crypto::PrivateKey& key) {
  pki::AuthorityTemplate root;
  root.serial = pki::NewSerial(crypto::SystemRandom());
  root.common_name = "Root";
  root.not_before = RealClock().Now();
  root.not_after = root.not_before + absl::Hours(1);
  root.path_length = 1;
  auto made = pki::IssueRoot(root, key);
  EXPECT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE(pki::CheckIssued(*made, *made).ok());
  return *std::move(made);
}

constexpr pki::KeyKind kEc = {crypto::KeyType::kEcP256, 0};

TEST(KeyVaultTest, AnAuthoritysKeyIsMadeInTheTokenAndFoundThereAgain) {
  const auto token = NewToken();
  const KeyVault vault(Kek(), token.get(), "pkcs11:token=ca");
  const auto key = vault.NewAuthorityKey("tee-ca.2", kEc);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_TRUE(key->in_token());
  const pki::Certificate certificate = CertificateOf(*key);
  const auto sealed =
      vault.Seal(KeyOwner("tee-ca.2"), *key, crypto::SystemRandom());
  ASSERT_TRUE(sealed.ok()) << sealed.status();
  const auto opened = vault.Open(KeyOwner("tee-ca.2"), *sealed, certificate);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_TRUE(opened->in_token());
  CertificateOf(*opened);
}

TEST(KeyVaultTest, KeysThatWereInTheDatabaseStayThere) {
  const auto token = NewToken();
  const auto key = KeyVault(Kek()).NewAuthorityKey("tee-ca", kEc);
  ASSERT_TRUE(key.ok());
  EXPECT_FALSE(key->in_token());
  const auto sealed =
      KeyVault(Kek()).Seal(KeyOwner("tee-ca"), *key, crypto::SystemRandom());
  ASSERT_TRUE(sealed.ok());
  const auto opened =
      KeyVault(Kek(), token.get(), "pkcs11:token=ca")
          .Open(KeyOwner("tee-ca"), *sealed, CertificateOf(*key));
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_FALSE(opened->in_token());
}

TEST(KeyVaultTest, ARowIsNoOtherAuthoritysAndNoOtherKeks) {
  const auto token = NewToken();
  const KeyVault vault(Kek(), token.get(), "pkcs11:token=ca");
  const auto key = vault.NewAuthorityKey("tee-ca", kEc);
  ASSERT_TRUE(key.ok());
  const pki::Certificate certificate = CertificateOf(*key);
  const auto sealed =
      vault.Seal(KeyOwner("tee-ca"), *key, crypto::SystemRandom());
  ASSERT_TRUE(sealed.ok());
  EXPECT_THAT(
      vault.Open(KeyOwner("sp-ca"), *sealed, certificate),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("--kek_file")));
  const std::string other(32, 'o');
  EXPECT_THAT(
      KeyVault(other, token.get(), "pkcs11:token=ca")
          .Open(KeyOwner("tee-ca"), *sealed, certificate),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("--kek_file")));
}

TEST(KeyVaultTest, WithoutTheTokenItSaysWhichFlagsAreMissing) {
  const auto token = NewToken();
  const KeyVault vault(Kek(), token.get(), "pkcs11:token=ca");
  const auto key = vault.NewAuthorityKey("tee-ca", kEc);
  ASSERT_TRUE(key.ok());
  const auto sealed =
      vault.Seal(KeyOwner("tee-ca"), *key, crypto::SystemRandom());
  ASSERT_TRUE(sealed.ok());
  EXPECT_THAT(
      KeyVault(Kek()).Open(KeyOwner("tee-ca"), *sealed, CertificateOf(*key)),
      StatusIs(absl::StatusCode::kFailedPrecondition,
               HasSubstr("--pkcs11_library")));
}

TEST(KeyVaultTest, AKeyOfATryThatEndedIsTakenAndOneOfAnotherKindIsNot) {
  const auto token = NewToken();
  const KeyVault vault(Kek(), token.get(), "pkcs11:token=ca");
  const auto first = vault.NewAuthorityKey("tee-ca", kEc);
  ASSERT_TRUE(first.ok());
  const auto again = vault.NewAuthorityKey("tee-ca", kEc);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->public_key(), first->public_key());
  EXPECT_THAT(vault.NewAuthorityKey("tee-ca", {crypto::KeyType::kRsa, 2048}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("another kind")));
}

}  // namespace
}  // namespace ca
}  // namespace otrp
