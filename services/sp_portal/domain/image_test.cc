#include "services/sp_portal/domain/image.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/keys.h"
#include "libs/pki/certificate.h"
#include "libs/protocol/test_pki.h"
#include "tests/support/optee_images.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {
namespace {

using ::otrp::testing::MakeOpteeImage;
using ::otrp::testing::OpteeImageSpec;
using ::otrp::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kUuid[] = "4f454a7f-002d-4157-884e-b0dd1a06a8ae";

class ImageTest : public ::testing::Test {
 protected:
  ImageTest() {
    const auto hierarchy = protocol::test::NewHierarchy("SP");
    for (int i = 0; i < 2; ++i) {
      keys_.push_back(
          crypto::PrivateKey::Generate(crypto::KeyType::kRsa).value());
      SpCertificate certificate;
      certificate.der = protocol::test::NewLeaf(hierarchy, pki::Role::kSp,
                                                keys_[i].public_key())
                            .der();
      certificate.fingerprint = crypto::Sha256(certificate.der);
      certificates_.push_back(certificate);
    }
  }

  absl::StatusOr<std::string> Check(const std::string& image,
                                    const std::string& version) {
    return CheckImageSignature(protocol::TaImageFormat::kOptee, image, kUuid,
                               version, certificates_);
  }

  std::vector<crypto::PrivateKey> keys_;
  std::vector<SpCertificate> certificates_;
};

TEST_F(ImageTest, WhatTheDevKitMakesIsItsSignersInAnyVersion) {
  const std::string image = MakeOpteeImage({}, keys_[1]);
  for (const char* version : {"0", "1.0.0", "7.2"}) {
    OTRP_ASSERT_OK_AND_ASSIGN(const std::string signer, Check(image, version));
    EXPECT_EQ(signer, certificates_[1].fingerprint);
  }
}

TEST_F(ImageTest, AnSpWithASubkeyOfItsOemSignsWithIt) {
  OpteeImageSpec spec;
  spec.uuid.clear();
  spec.subkeys = {{keys_[0], "", 0, 0, kUuid}};
  const auto oem = crypto::PrivateKey::Generate(crypto::KeyType::kRsa).value();
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string signer,
                            Check(MakeOpteeImage(spec, oem), "1"));
  EXPECT_EQ(signer, certificates_[0].fingerprint);
  // The OEM's key signs nothing for this SP.
  EXPECT_THAT(Check(MakeOpteeImage({}, oem), "1"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(StartsWith("image: "), HasSubstr("isn't by"))));
}

}  // namespace
}  // namespace portal
}  // namespace otrp
