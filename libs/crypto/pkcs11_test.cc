#include "libs/crypto/pkcs11.h"

#include <stdlib.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/sign.h"

// Against SoftHSM2, a token in files, with its own tool for the token itself.

namespace otrp {
namespace crypto {
namespace {

using ::testing::HasSubstr;

constexpr char kLibrary[] = "/usr/lib/softhsm/libsofthsm2.so";
constexpr char kPin[] = "483920";

void Shell(const std::string& command) {
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

// Tokens of their own for each test.
class Pkcs11Test : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = absl::StrCat(
        ::testing::TempDir(), "/",
        ::testing::UnitTest::GetInstance()->current_test_info()->name());
    Shell(
        absl::StrCat("rm -rf ", folder_, " && mkdir -p ", folder_, "/tokens"));
    const std::string settings = folder_ + "/softhsm2.conf";
    std::ofstream(settings) << "directories.tokendir = " << folder_
                            << "/tokens\nobjectstore.backend = file\n";
    setenv("SOFTHSM2_CONF", settings.c_str(), 1);
    MakeToken("ca");
  }

  void MakeToken(const std::string& label) {
    Shell(absl::StrCat("softhsm2-util --init-token --free --label ", label,
                       " --so-pin 77777777 --pin ", kPin, " > /dev/null"));
  }

  static std::unique_ptr<Pkcs11> Open(absl::string_view pin = kPin) {
    auto token = Pkcs11::Open(kLibrary, SecretBytes(pin));
    EXPECT_TRUE(token.ok()) << token.status();
    return *std::move(token);
  }

  std::string folder_;
};

TEST_F(Pkcs11Test, KeysOfEachKindSignWhatTheirPublicHalfVerifies) {
  const auto token = Open();
  struct Kind {
    KeyType type;
    int bits;
  };
  for (const Kind& kind : {Kind{KeyType::kRsa, 2048}, Kind{KeyType::kRsa, 3072},
                           Kind{KeyType::kEcP256, 256}}) {
    const std::string uri =
        absl::StrCat("pkcs11:token=ca;object=key-", kind.bits);
    const auto key = token->Generate(uri, kind.type, kind.bits);
    ASSERT_TRUE(key.ok()) << key.status();
    EXPECT_TRUE(key->in_token());
    EXPECT_EQ(key->type(), kind.type);
    EXPECT_EQ(key->public_key().bits(), kind.bits);
    const std::string digest = Sha256("what is signed");
    for (const EcFormat format : {EcFormat::kDer, EcFormat::kP1363}) {
      const auto signature = SignSha256Digest(*key, digest, format);
      ASSERT_TRUE(signature.ok()) << signature.status();
      EXPECT_TRUE(
          VerifySha256Digest(key->public_key(), digest, *signature, format)
              .ok());
    }
    EXPECT_TRUE(token->trouble().ok()) << token->trouble();
  }
}

TEST_F(Pkcs11Test, WhatAuthoritiesSignVerifiesForEachKindOfTheirKeys) {
  const auto token = Open();
  struct Kind {
    KeyType type;
    int bits;
  };
  for (const Kind& kind :
       {Kind{KeyType::kRsa, 4096}, Kind{KeyType::kEcP256, 256},
        Kind{KeyType::kEcP384, 384}}) {
    const auto key =
        token->Generate(absl::StrCat("pkcs11:token=ca;object=key-", kind.bits),
                        kind.type, kind.bits);
    ASSERT_TRUE(key.ok()) << key.status();
    const auto signature = SignForCertificates(*key, "a certificate");
    ASSERT_TRUE(signature.ok()) << signature.status() << token->trouble();
    EXPECT_TRUE(
        VerifyStrongSignature(key->public_key(),
                              CertificateSignatureOid(key->public_key()),
                              "a certificate", *signature)
            .ok());
  }
}

TEST_F(Pkcs11Test, AKeyIsFoundAgainByAnotherProcessesUri) {
  const auto made =
      Open()->Generate("pkcs11:token=ca;object=root", KeyType::kEcP256);
  ASSERT_TRUE(made.ok()) << made.status();
  const auto found = Open()->Find("pkcs11:token=ca;object=root");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->public_key(), made->public_key());
  const std::string digest = Sha256("x");
  // The key keeps the library, though who opened it has let go.
  const auto signature = SignSha256Digest(*found, digest, EcFormat::kDer);
  ASSERT_TRUE(signature.ok()) << signature.status();
  EXPECT_TRUE(
      VerifySha256Digest(made->public_key(), digest, *signature, EcFormat::kDer)
          .ok());
}

TEST_F(Pkcs11Test, AKeyThatIsMadeCannotLeaveTheToken) {
  ASSERT_TRUE(Open()
                  ->Generate("pkcs11:token=ca;object=root", KeyType::kRsa, 2048)
                  .ok());
  // Another program's words for it.
  const std::string out = folder_ + "/objects";
  Shell(absl::StrCat(
      "pkcs11-tool --module ", kLibrary, " --token-label ca --login --pin ",
      kPin, " --list-objects --type privkey > ", out, " 2> /dev/null"));
  std::ifstream file(out);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_THAT(text, HasSubstr("root"));
  EXPECT_THAT(text, HasSubstr("never extractable"));
  EXPECT_THAT(text, HasSubstr("always sensitive"));
}

TEST_F(Pkcs11Test, AUriThatMeansNoSingleKeyIsRefusedWithItsReason) {
  MakeToken("second");
  const auto token = Open();
  ASSERT_TRUE(
      token->Generate("pkcs11:token=ca;object=a;id=%01", KeyType::kEcP256)
          .ok());
  ASSERT_TRUE(
      token->Generate("pkcs11:token=ca;object=a;id=%02", KeyType::kEcP256)
          .ok());
  struct Case {
    absl::string_view uri;
    absl::StatusCode code;
    absl::string_view says;
  };
  for (const Case& each : std::vector<Case>{
           {"pkcs11:token=ca;object=b", absl::StatusCode::kNotFound,
            "no private key"},
           {"pkcs11:token=ca;object=a", absl::StatusCode::kInvalidArgument,
            "more than one private key"},
           {"pkcs11:token=elsewhere;object=a", absl::StatusCode::kNotFound,
            "no token"},
           {"pkcs11:object=a", absl::StatusCode::kInvalidArgument,
            "token= or serial="},
           {"pkcs11:token=ca", absl::StatusCode::kInvalidArgument,
            "object= or id="},
           {"pkcs11:token=ca;object=a?pin-value=483920",
            absl::StatusCode::kInvalidArgument, "must not carry a PIN"},
           {"file:///key", absl::StatusCode::kInvalidArgument, "URI"},
       }) {
    const absl::Status status = token->Find(each.uri).status();
    EXPECT_EQ(status.code(), each.code) << each.uri << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(each.says));
    EXPECT_EQ(status.message().find(kPin), absl::string_view::npos);
  }
  EXPECT_TRUE(token->Find("pkcs11:token=ca;id=%02").ok());
}

TEST_F(Pkcs11Test, NoKeyIsMadeOverAnother) {
  const auto token = Open();
  const auto first =
      token->Generate("pkcs11:token=ca;object=root", KeyType::kEcP256);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(token->Generate("pkcs11:token=ca;object=root", KeyType::kEcP256)
                .status()
                .code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(token->Find("pkcs11:token=ca;object=root")->public_key(),
            first->public_key());
}

TEST_F(Pkcs11Test, AWrongPinAndALibraryThatIsNoneAreSaidAsSuch) {
  const absl::Status wrong =
      Open("000000")->Find("pkcs11:token=ca;object=root").status();
  EXPECT_EQ(wrong.code(), absl::StatusCode::kPermissionDenied) << wrong;
  EXPECT_EQ(wrong.message().find("000000"), absl::string_view::npos);
  const auto none =
      Pkcs11::Open("/usr/lib/softhsm/no-such.so", SecretBytes(kPin));
  EXPECT_EQ(none.status().code(), absl::StatusCode::kFailedPrecondition)
      << none.status();
}

TEST_F(Pkcs11Test, ATokenThatLostItsKeyMakesNoSignatureAndSaysWhy) {
  const auto token = Open();
  const auto key =
      token->Generate("pkcs11:token=ca;object=root", KeyType::kEcP256);
  ASSERT_TRUE(key.ok());
  const std::string digest = Sha256("x");
  ASSERT_TRUE(SignSha256Digest(*key, digest, EcFormat::kDer).ok());
  Shell(absl::StrCat(
      "pkcs11-tool --module ", kLibrary, " --token-label ca --login --pin ",
      kPin, " --delete-object --type privkey --label root > /dev/null"));
  EXPECT_FALSE(SignSha256Digest(*key, digest, EcFormat::kDer).ok());
  EXPECT_FALSE(token->trouble().ok());
  EXPECT_EQ(token->trouble().message().find(kPin), absl::string_view::npos);
}

TEST_F(Pkcs11Test, ATokenThatWasAwaySignsAgainOnceItIsBack) {
  const auto token = Open();
  const auto key =
      token->Generate("pkcs11:token=ca;object=root", KeyType::kEcP256);
  ASSERT_TRUE(key.ok());
  const std::string digest = Sha256("x");
  ASSERT_TRUE(SignSha256Digest(*key, digest, EcFormat::kDer).ok());
  Shell(absl::StrCat("mv ", folder_, "/tokens ", folder_, "/away"));
  const absl::Status away =
      SignSha256Digest(*key, digest, EcFormat::kDer).status();
  EXPECT_EQ(away.code(), absl::StatusCode::kUnavailable) << away;
  EXPECT_THAT(std::string(away.message()), HasSubstr("PKCS #11 token"));
  EXPECT_FALSE(token->trouble().ok());
  Shell(absl::StrCat("mv ", folder_, "/away ", folder_, "/tokens"));
  // The library begins anew once a second at most.
  absl::StatusOr<std::string> back = away;
  for (int i = 0; i < 100 && !back.ok(); ++i) {
    absl::SleepFor(absl::Milliseconds(100));
    back = SignSha256Digest(*key, digest, EcFormat::kDer);
  }
  EXPECT_TRUE(back.ok()) << back.status() << token->trouble();
  EXPECT_TRUE(token->trouble().ok());
}

TEST_F(Pkcs11Test, ManyThreadsSignAtOnce) {
  const auto token = Open();
  const auto key =
      token->Generate("pkcs11:token=ca;object=root", KeyType::kEcP256);
  ASSERT_TRUE(key.ok());
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&key, i] {
      for (int n = 0; n < 25; ++n) {
        const std::string digest = Sha256(absl::StrCat(i, " ", n));
        const auto signature = SignSha256Digest(*key, digest, EcFormat::kDer);
        ASSERT_TRUE(signature.ok()) << signature.status();
        ASSERT_TRUE(VerifySha256Digest(key->public_key(), digest, *signature,
                                       EcFormat::kDer)
                        .ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace crypto
}  // namespace otrp
