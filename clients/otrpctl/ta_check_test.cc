// otrpctl ta check: what the portal would say, without a portal.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/pem.h"
#include "libs/protocol/ta_image.h"
#include "libs/protocol/test_pki.h"
#include "tests/support/optee_images.h"
#include "tests/support/status_matchers.h"
#include "tests/support/subprocess.h"

namespace otrp::ctl {
namespace {

using ::otrp::testing::MakeOpteeImage;
using ::otrp::testing::OpteeImageSpec;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class TaCheckTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    key_ = new crypto::PrivateKey(
        crypto::PrivateKey::Generate(crypto::KeyType::kRsa).value());
    hierarchy_ =
        new protocol::test::Hierarchy(protocol::test::NewHierarchy("The Bank"));
  }

  TaCheckTest() : folder_(::otrp::testing::MakeTempDir().value()) {}
  ~TaCheckTest() override { ::otrp::testing::RemoveTree(folder_); }

  std::string Write(const std::string& name, const std::string& bytes) {
    const std::string path = absl::StrCat(folder_, "/", name);
    EXPECT_TRUE(::otrp::testing::WriteWholeFile(path, bytes).ok());
    return path;
  }

  static std::string Der(const crypto::PrivateKey& key,
                         absl::Duration life = absl::Hours(24)) {
    return protocol::test::NewLeaf(
               *hierarchy_, pki::Role::kSp, key.public_key(),
               absl::Now() - absl::Hours(48), absl::Now() + life)
        .der();
  }

  std::string Cert(const crypto::PrivateKey& key,
                   absl::Duration life = absl::Hours(24)) {
    return Write("sp.pem", crypto::PemEncode("CERTIFICATE", Der(key, life)));
  }

  absl::StatusOr<Result> Check(const std::string& image,
                               std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"ta", "check", Write("image", image)});
    const auto call = cli::Parse(Program(), flags);
    if (!call.ok()) return call.status();
    return RunCall(*call);
  }

  // The check ends with exit code 1 and these words.
  void ExpectRefused(const absl::StatusOr<Result>& result,
                     const std::string& why) {
    EXPECT_EQ(ExitCode(result.status()), 1) << result.status();
    EXPECT_THAT(
        std::string(result.status().message()),
        AllOf(HasSubstr(folder_), HasSubstr("would refuse"), HasSubstr(why)));
  }

  static std::string Text(const absl::StatusOr<Result>& result,
                          const std::string& member) {
    return std::string(result->value.GetString(member).value_or("absent"));
  }

  static crypto::PrivateKey* key_;
  static protocol::test::Hierarchy* hierarchy_;
  const std::string folder_;
};

crypto::PrivateKey* TaCheckTest::key_ = nullptr;
protocol::test::Hierarchy* TaCheckTest::hierarchy_ = nullptr;

TEST_F(TaCheckTest, AnOpteeImageOfTheSpIsGood) {
  const std::string image = MakeOpteeImage({}, *key_);
  const auto result = Check(
      image, {"--cert", Cert(*key_), "--taid",
              "4f454a7f-002d-4157-884e-b0dd1a06a8ae", "--version", "3.0.0"});
  OTRP_ASSERT_OK(result);
  EXPECT_EQ(Text(result, "format"), "optee");
  EXPECT_EQ(Text(result, "taid"), "4F454A7F-002D-4157-884E-B0DD1A06A8AE");
  EXPECT_EQ(Text(result, "version"), "0");
  EXPECT_EQ(Text(result, "signature"), "good");
  EXPECT_THAT(result->notes, IsEmpty());
}

TEST_F(TaCheckTest, WithoutACertificateNoSignatureIsCalledGood) {
  const auto result = Check(MakeOpteeImage({}, *key_), {});
  OTRP_ASSERT_OK(result);
  EXPECT_EQ(Text(result, "signature"), "not checked");
  EXPECT_THAT(result->notes, ElementsAre(HasSubstr("--cert")));
}

TEST_F(TaCheckTest, SubkeysAndEncryptionAreSaid) {
  OpteeImageSpec spec;
  spec.kind = "encrypted";
  spec.uuid.clear();
  const auto sub = crypto::PrivateKey::Generate(crypto::KeyType::kRsa).value();
  spec.subkeys = {{sub, "wallet", 16, 0, ""}};
  const auto result = Check(MakeOpteeImage(spec, *key_), {"--cert", Cert(sub)});
  OTRP_ASSERT_OK(result);
  EXPECT_EQ(Text(result, "signature"), "good");
  EXPECT_EQ(Text(result, "subkeys"), "8AAAF200-2450-11E4-ABE2-0002A5D5C51B");
  EXPECT_TRUE(*result->value.GetBool("encrypted"));
  EXPECT_THAT(result->notes, ElementsAre(HasSubstr("only a device")));
}

TEST_F(TaCheckTest, WhatThePortalWouldRefuseIsRefusedInItsWords) {
  const std::string image = MakeOpteeImage({}, *key_);
  const auto other =
      crypto::PrivateKey::Generate(crypto::KeyType::kRsa).value();
  ExpectRefused(Check(image, {"--cert", Cert(other)}),
                "image: its signature isn't by a valid certificate");
  ExpectRefused(Check(image, {"--cert", Cert(*key_, -absl::Hours(1))}),
                "certificate ended at");
  ExpectRefused(Check(image, {"--cert", Cert(*key_), "--taid", "wallet"}),
                "is signed for UUID");
  ExpectRefused(Check(image, {"--format", "jws"}), "isn't of format \"jws\"");
  ExpectRefused(Check(image + "x", {}), "its size isn't what the header says");
}

TEST_F(TaCheckTest, AJwsImageIsHeldAgainstItsOwnCertificateOrTheSps) {
  const std::string image =
      protocol::BuildJwsTaImage("code", "wallet", "1.0.0", *key_, {Der(*key_)})
          .value();
  const auto own = Check(image, {});
  OTRP_ASSERT_OK(own);
  EXPECT_EQ(Text(own, "signature"), "good");
  EXPECT_THAT(own->notes, ElementsAre(HasSubstr("--cert")));
  const auto other =
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
  ExpectRefused(Check(image, {"--cert", Cert(other)}),
                "its x5c is no valid certificate");
  ExpectRefused(Check(image, {"--version", "2.0.0"}),
                "is signed as version \"1.0.0\"");
}

TEST_F(TaCheckTest, MistakesOfTheCommandLineAreNamed) {
  const auto unknown = Check("HSTO", {"--format", "elf"});
  EXPECT_EQ(ExitCode(unknown.status()), 2);
  EXPECT_THAT(std::string(unknown.status().message()),
              HasSubstr("--format elf"));
  const auto call =
      cli::Parse(Program(), {"ta", "check", absl::StrCat(folder_, "/none")});
  OTRP_ASSERT_OK(call);
  const auto missing = RunCall(*call);
  EXPECT_EQ(ExitCode(missing.status()), 2);
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr("/none"));
}

}  // namespace
}  // namespace otrp::ctl
