// Images as OP-TEE's dev kit makes them, and what somebody makes of them.

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/hash.h"
#include "libs/pki/certificate.h"
#include "libs/protocol/ta_check.h"
#include "libs/protocol/ta_image.h"
#include "libs/protocol/test_pki.h"
#include "tests/support/optee_images.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace protocol {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::MakeOpteeImage;
using ::otrp::testing::OpteeImageSpec;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kUnimplemented = absl::StatusCode::kUnimplemented;
constexpr char kUuid[] = "4F454A7F-002D-4157-884E-B0DD1A06A8AE";
// After the signed header and RSA's 256 octets.
constexpr size_t kBody = 20 + 32 + 256;

// Made once: RSA keys take their time.
const crypto::PrivateKey& Key(int number) {
  static const auto* const kKeys = [] {
    auto* keys = new std::vector<crypto::PrivateKey>;
    for (int i = 0; i < 3; ++i) {
      keys->push_back(
          crypto::PrivateKey::Generate(crypto::KeyType::kRsa).value());
    }
    return keys;
  }();
  return (*kKeys)[static_cast<size_t>(number)];
}

absl::StatusOr<UnverifiedTaImage> Parse(const std::string& image) {
  return UnverifiedTaImage::Parse(TaImageFormat::kOptee, image);
}

bool Taken(const std::string& image, const crypto::PrivateKey& key) {
  const absl::StatusOr<UnverifiedTaImage> parsed = Parse(image);
  return parsed.ok() && Verify(*parsed, key.public_key()).ok();
}

std::string Little(uint64_t value, int n) {
  std::string out;
  for (int i = 0; i < n; ++i) {
    out.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
  }
  return out;
}

// The image with other octets; where `redigest` is set, with a digest of its
// first header that fits them, which takes no key.
std::string With(std::string image, size_t at, const std::string& octets,
                 size_t redigest = 0) {
  image.replace(at, octets.size(), octets);
  if (redigest > 0) {
    image.replace(20, 32,
                  crypto::Sha256(absl::StrCat(image.substr(0, 20),
                                              image.substr(kBody, redigest))));
  }
  return image;
}

OpteeImageSpec BelowTwoSubkeys() {
  OpteeImageSpec spec;
  spec.uuid.clear();
  spec.subkeys = {{Key(1), "bank", 16, 1, ""}, {Key(2), "wallet", 8, 0, ""}};
  return spec;
}

TEST(OpteeTaImageTest, TheDevKitsDefaultsAreTaken) {
  const std::string image = MakeOpteeImage({}, Key(0));
  OTRP_ASSERT_OK_AND_ASSIGN(const UnverifiedTaImage parsed, Parse(image));
  EXPECT_EQ(parsed.taid(), kUuid);
  EXPECT_EQ(parsed.version(), "0");
  EXPECT_FALSE(parsed.encrypted());
  OTRP_ASSERT_OK_AND_ASSIGN(const VerifiedTaImage verified,
                            Verify(parsed, Key(0).public_key()));
  EXPECT_EQ(verified.binary(), "binary");
  EXPECT_FALSE(Taken(image, Key(1)));
  EXPECT_THAT(
      Verify(parsed, crypto::PrivateKey::Generate(crypto::KeyType::kEcP256)
                         .value()
                         .public_key()),
      StatusIs(kInvalid, HasSubstr("must be RSA")));
}

TEST(OpteeTaImageTest, BothPaddingsAreTakenAndNotForEachOther) {
  OpteeImageSpec spec;
  spec.alg = "pkcs1";
  std::string image = MakeOpteeImage(spec, Key(0));
  EXPECT_TRUE(Taken(image, Key(0)));
  // It says the other one.
  for (const auto& lie :
       {std::make_pair(image, Little(0x70414930, 4)),
        std::make_pair(MakeOpteeImage({}, Key(0)), Little(0x70004830, 4))}) {
    const std::string forged =
        With(lie.first, 12, lie.second, lie.first.size() - kBody);
    EXPECT_THAT(Parse(forged), IsOk());
    EXPECT_FALSE(Taken(forged, Key(0)));
  }
  // Another length of the salt is another form.
  spec.alg = "pss";
  spec.salt = 20;
  EXPECT_FALSE(Taken(MakeOpteeImage(spec, Key(0)), Key(0)));
}

TEST(OpteeTaImageTest, ALegacyImageHasNoNamesUnlessASubkeyGivesOne) {
  OpteeImageSpec spec;
  spec.kind = "legacy";
  OTRP_ASSERT_OK_AND_ASSIGN(UnverifiedTaImage parsed,
                            Parse(MakeOpteeImage(spec, Key(0))));
  EXPECT_EQ(parsed.taid(), "");
  EXPECT_EQ(parsed.version(), "");
  spec.subkeys = {{Key(1), "", 0, 0, kUuid}};
  OTRP_ASSERT_OK_AND_ASSIGN(parsed, Parse(MakeOpteeImage(spec, Key(0))));
  EXPECT_EQ(parsed.taid(), kUuid);
}

TEST(OpteeTaImageTest, EveryChangedOctetIsNoticed) {
  for (const OpteeImageSpec& spec : {OpteeImageSpec(), BelowTwoSubkeys()}) {
    const std::string image = MakeOpteeImage(spec, Key(0));
    ASSERT_TRUE(Taken(image, Key(0)));
    // A chain is long and its keys are dear to check: some octets of each part.
    const size_t step = spec.subkeys.empty() ? 1 : 7;
    for (size_t i = 0; i < image.size(); i += step) {
      std::string forged = image;
      forged[i] = static_cast<char>(forged[i] ^ 1);
      EXPECT_FALSE(Taken(forged, Key(0))) << "octet " << i;
    }
  }
}

TEST(OpteeTaImageTest, EveryCutIsNoticed) {
  OpteeImageSpec encrypted;
  encrypted.kind = "encrypted";
  for (const OpteeImageSpec& spec :
       {OpteeImageSpec(), encrypted, BelowTwoSubkeys()}) {
    const std::string image = MakeOpteeImage(spec, Key(0));
    const size_t step = spec.subkeys.empty() ? 1 : 7;
    for (size_t n = 1; n < image.size(); n += step) {
      EXPECT_FALSE(Parse(image.substr(0, n)).ok()) << n;
    }
    EXPECT_FALSE(Parse(image + "x").ok());
  }
}

TEST(OpteeTaImageTest, SaysWhatItCannotCheck) {
  const std::string image = MakeOpteeImage({}, Key(0));
  EXPECT_THAT(Parse(With(image, 12, Little(0x70006830, 4))),
              StatusIs(kUnimplemented, HasSubstr("signature algorithm")));
  EXPECT_THAT(Parse(With(image, 4, Little(7, 4))),
              StatusIs(kInvalid, HasSubstr("type is unknown")));
  EXPECT_THAT(Parse(With(image, 18, Little(128, 2))),
              StatusIs(kInvalid, HasSubstr("2048")));
  OpteeImageSpec spec;
  spec.kind = "encrypted";
  const std::string encrypted = MakeOpteeImage(spec, Key(0));
  // AES-CTR, which authenticates nothing.
  EXPECT_THAT(Parse(With(encrypted, kBody + 20, Little(0x10000210, 4))),
              StatusIs(kUnimplemented, HasSubstr("AES_GCM")));
  EXPECT_THAT(Parse(With(encrypted, kBody + 30, Little(4, 2))),
              StatusIs(kInvalid, HasSubstr("tag")));
}

// --- Encrypted ---------------------------------------------------------------

TEST(OpteeTaImageTest, AnEncryptedImageIsCheckedAsFarAsItsSignatureGoes) {
  OpteeImageSpec spec;
  spec.kind = "encrypted";
  spec.version = 3;
  const std::string image = MakeOpteeImage(spec, Key(0));
  OTRP_ASSERT_OK_AND_ASSIGN(const UnverifiedTaImage parsed, Parse(image));
  EXPECT_TRUE(parsed.encrypted());
  EXPECT_EQ(parsed.taid(), kUuid);
  EXPECT_EQ(parsed.version(), "3");
  OTRP_ASSERT_OK_AND_ASSIGN(const VerifiedTaImage verified,
                            Verify(parsed, Key(0).public_key()));
  EXPECT_EQ(verified.binary(), "") << "nobody here can read it";
  EXPECT_FALSE(Taken(image, Key(1)));
  // Digest and signature; only the device sees the rest.
  for (size_t i = 20; i < kBody; ++i) {
    std::string forged = image;
    forged[i] = static_cast<char>(forged[i] ^ 1);
    EXPECT_FALSE(Taken(forged, Key(0))) << "octet " << i;
  }
}

// --- Subkeys -----------------------------------------------------------------

TEST(OpteeSubkeyTest, AnImageBelowSubkeysIsTheirRootsAndEachSubkeys) {
  const std::string image = MakeOpteeImage(BelowTwoSubkeys(), Key(0));
  OTRP_ASSERT_OK_AND_ASSIGN(const UnverifiedTaImage parsed, Parse(image));
  ASSERT_THAT(parsed.subkeys(), SizeIs(2));
  EXPECT_EQ(parsed.subkeys()[0], "8AAAF200-2450-11E4-ABE2-0002A5D5C51B");
  EXPECT_NE(parsed.taid(), parsed.subkeys()[1]);
  // The one of an OEM that gave a subkey to the SP, too.
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Taken(image, Key(i))) << i;
  EXPECT_FALSE(Taken(
      image, crypto::PrivateKey::Generate(crypto::KeyType::kRsa).value()));
}

TEST(OpteeSubkeyTest, WhatTheSubkeyDidNotSignIsNotTaken) {
  // Its own key signs nothing: another image is put below it.
  const std::string chain = MakeOpteeImage(BelowTwoSubkeys(), Key(0));
  OTRP_ASSERT_OK_AND_ASSIGN(const UnverifiedTaImage parsed, Parse(chain));
  OpteeImageSpec other;
  other.uuid = parsed.taid();
  const std::string foreign = MakeOpteeImage(
      other, crypto::PrivateKey::Generate(crypto::KeyType::kRsa).value());
  const std::string forged =
      absl::StrCat(chain.substr(0, chain.size() - foreign.size()), foreign);
  EXPECT_THAT(Parse(forged), IsOk());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(Taken(forged, Key(i))) << i;
}

TEST(OpteeSubkeyTest, AnApplicationOutsideOfTheSubkeysNamesIsRefused) {
  OpteeImageSpec spec = BelowTwoSubkeys();
  spec.uuid = kUuid;
  EXPECT_THAT(Parse(MakeOpteeImage(spec, Key(0))),
              StatusIs(kInvalid, HasSubstr("below a subkey")));
  spec = BelowTwoSubkeys();
  spec.subkeys[1].uuid = kUuid;
  EXPECT_THAT(Parse(MakeOpteeImage(spec, Key(0))),
              StatusIs(kInvalid, HasSubstr("below a subkey")));
}

TEST(OpteeSubkeyTest, ASubkeyStandsNoDeeperThanTheOneAboveAllows) {
  OpteeImageSpec spec = BelowTwoSubkeys();
  spec.subkeys[1].max_depth = 1;
  EXPECT_THAT(Parse(MakeOpteeImage(spec, Key(0))),
              StatusIs(kInvalid, HasSubstr("deeper")));
}

TEST(OpteeSubkeyTest, ManySubkeysAreRefusedBeforeTheirKeysAreLookedAt) {
  OpteeImageSpec spec;
  spec.uuid.clear();
  for (int i = 0; i < 9; ++i) {
    spec.subkeys.push_back({Key(1), "", 0, 100 - i, ""});
  }
  EXPECT_THAT(Parse(MakeOpteeImage(spec, Key(0))),
              StatusIs(kInvalid, HasSubstr("more than 8 subkeys")));
  spec.subkeys.pop_back();
  EXPECT_TRUE(Taken(MakeOpteeImage(spec, Key(0)), Key(0)));
}

// Anybody can make a digest that fits; sizes are checked all the same.
TEST(OpteeSubkeyTest, SizesThatLieAreRefused) {
  const std::string image = MakeOpteeImage(BelowTwoSubkeys(), Key(0));
  // 36 octets, two attributes, a modulus with a zero in front, an exponent.
  const size_t subkey = 36 + 24 + 257 + 3;
  const size_t attributes = kBody + 36;
  ASSERT_THAT(Parse(With(image, kBody + 20, Little(1, 4), subkey)), IsOk());
  const struct {
    size_t at;
    uint64_t value;
    const char* what;
  } lies[] = {
      {8, 35, "size can't be right"},
      {8, 4097, "size can't be right"},
      {8, 0xffffffff, "size can't be right"},
      {kBody + 16, 257, "too long"},
      {kBody + 16, 0xffffffff, "too long"},
      {kBody + 32, 9, "too many attributes"},
      {kBody + 32, 0xffffffff, "too many attributes"},
      {kBody + 32, 1, "lacks an RSA"},
      {attributes, 1, "lacks an RSA"},
      {attributes + 4, subkey - 256, "outside of it"},
      {attributes + 4, 0xffffffff, "outside of it"},
      {attributes + 8, 0xffffffff, "outside of it"},
      {attributes + 8, 0, "can't be used"},
      {attributes + 8, 129, "can't be used"},
  };
  for (const auto& lie : lies) {
    EXPECT_THAT(Parse(With(image, lie.at, Little(lie.value, 4), subkey)),
                StatusIs(kInvalid, HasSubstr(lie.what)))
        << lie.at << " " << lie.value;
  }
}

// --- What is asked before it is shipped --------------------------------------

TEST(TaCheckTest, VersionZeroIsNoVersionAndAnyOtherMustBeTheUploads) {
  OpteeImageSpec spec;
  for (const int64_t version : {0, 2}) {
    spec.version = version;
    OTRP_ASSERT_OK_AND_ASSIGN(const UnverifiedTaImage parsed,
                              Parse(MakeOpteeImage(spec, Key(0))));
    OTRP_ASSERT_OK_AND_ASSIGN(const VerifiedTaImage image,
                              Verify(parsed, Key(0).public_key()));
    constexpr auto kOptee = TaImageFormat::kOptee;
    EXPECT_THAT(CheckTaNames(image, kOptee, kUuid, "2.1.0"), IsOk());
    EXPECT_EQ(CheckTaNames(image, kOptee, kUuid, "20").ok(), version == 0);
    EXPECT_EQ(CheckTaNames(image, kOptee, kUuid, "1.2").ok(), version == 0);
    EXPECT_THAT(CheckTaNames(image, kOptee,
                             "8aaaf200-2450-11e4-abe2-0002a5d5c51b", "2"),
                StatusIs(kInvalid, HasSubstr("is signed for UUID")));
  }
}

TEST(TaCheckTest, OneOfTheSpsCertificatesMustHaveSigned) {
  const test::Hierarchy sp = test::NewHierarchy("SP");
  std::vector<std::string> certificates;
  for (int i = 0; i < 2; ++i) {
    certificates.push_back(
        test::NewLeaf(sp, pki::Role::kSp, Key(i).public_key()).der());
  }
  const auto signer_of = [&](const crypto::PrivateKey& key) {
    const auto parsed =
        ParseForCheck(TaImageFormat::kOptee, MakeOpteeImage({}, key));
    return CheckTaSignature(*parsed, certificates);
  };
  OTRP_ASSERT_OK_AND_ASSIGN(const SignedTaImage second, signer_of(Key(1)));
  EXPECT_EQ(second.signer, 1u);
  EXPECT_THAT(signer_of(Key(2)), StatusIs(kInvalid, HasSubstr("isn't by")));
  EXPECT_THAT(ParseForCheck(TaImageFormat::kJws, MakeOpteeImage({}, Key(0))),
              StatusIs(kInvalid, HasSubstr("isn't of format \"jws\"")));
}

TEST(TaCheckTest, AJwsImageNamesItsSigner) {
  const test::Hierarchy sp = test::NewHierarchy("SP");
  const std::string certificate =
      test::NewLeaf(sp, pki::Role::kSp, Key(0).public_key()).der();
  const std::string other =
      test::NewLeaf(sp, pki::Role::kSp, Key(1).public_key()).der();
  OTRP_ASSERT_OK_AND_ASSIGN(
      const std::string image,
      BuildJwsTaImage("binary", "wallet", "1.0.0", Key(0), {certificate}));
  OTRP_ASSERT_OK_AND_ASSIGN(const UnverifiedTaImage parsed,
                            ParseForCheck(TaImageFormat::kJws, image));
  EXPECT_THAT(CheckTaSignature(parsed, {other}),
              StatusIs(kInvalid, HasSubstr("its x5c is no valid")));
  OTRP_ASSERT_OK_AND_ASSIGN(const SignedTaImage checked,
                            CheckTaSignature(parsed, {other, certificate}));
  EXPECT_EQ(checked.signer, 1u);
  EXPECT_THAT(CheckTaNames(checked.image, TaImageFormat::kJws, "wallet", "1.0"),
              StatusIs(kInvalid, HasSubstr("is signed as version")));
}

}  // namespace
}  // namespace protocol
}  // namespace otrp
