#include "libs/crypto/aead.h"

#include <string>

#include "gtest/gtest.h"
#include "libs/base/fake_random.h"
#include "libs/base/hex.h"

namespace otrp {
namespace crypto {
namespace {

std::string Unhex(absl::string_view hex) { return *HexDecode(hex); }

std::string Flip(std::string bytes, size_t at) {
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  return bytes;
}

// RFC 7518 appendix B has one plaintext, AAD and IV for all.
const char kPlaintext[] =
    "A cipher system must not be required to be secret, and it must be able to "
    "fall into the hands of the enemy without inconvenience";
const char kAad[] = "The second principle of Auguste Kerckhoffs";
const char kIv[] = "1af38c2dc2b96ffdd86694092341bc04";
const char kKey[] =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f";

TEST(AesCbcHmacTest, MatchesRfc7518AppendixB) {
  const struct {
    ContentEnc enc;
    const char* begin;
    const char* tag;
  } cases[] = {
      {ContentEnc::kA128CbcHs256, "c80edfa32ddf39d5ef00c0b468834279",
       "652c3fa36b0a7c5b3219fab3a30bc1c4"},
      {ContentEnc::kA256CbcHs512, "4affaaadb78c31c5da4b1b590d10ffbd",
       "4dd3b4c088a7f45c216839645b2012bf2e6269a8c56a816dbc1b267761955bc5"},
  };
  for (const auto& c : cases) {
    const std::string key = Unhex(kKey).substr(0, CekSize(c.enc));
    const auto sealed =
        AesCbcHmacSeal(c.enc, key, Unhex(kIv), kAad, kPlaintext);
    ASSERT_TRUE(sealed.ok()) << sealed.status();
    EXPECT_EQ(HexEncode(sealed->ciphertext.substr(0, 16)), c.begin);
    EXPECT_EQ(HexEncode(sealed->tag), c.tag);
    const auto opened = AesCbcHmacOpen(c.enc, key, Unhex(kIv), kAad,
                                       sealed->ciphertext, sealed->tag);
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(*opened, kPlaintext);
  }
}

TEST(AesCbcHmacTest, RefusesWhateverWasChangedWithOneMessage) {
  for (ContentEnc enc :
       {ContentEnc::kA128CbcHs256, ContentEnc::kA256CbcHs512}) {
    const std::string key = Unhex(kKey).substr(0, CekSize(enc));
    const std::string iv = Unhex(kIv);
    const CbcHmacSealed s = *AesCbcHmacSeal(enc, key, iv, kAad, kPlaintext);
    const auto open = [&](absl::string_view k, absl::string_view i,
                          absl::string_view a, absl::string_view c,
                          absl::string_view t) {
      return AesCbcHmacOpen(enc, k, i, a, c, t).status();
    };
    ASSERT_TRUE(open(key, iv, kAad, s.ciphertext, s.tag).ok());
    const absl::Status failures[] = {
        open(Flip(key, 0), iv, kAad, s.ciphertext, s.tag),
        open(key, Flip(iv, 15), kAad, s.ciphertext, s.tag),
        open(key, iv, "other", s.ciphertext, s.tag),
        open(key, iv, kAad, Flip(s.ciphertext, 3), s.tag),
        open(key, iv, kAad, s.ciphertext.substr(16), s.tag),
        open(key, iv, kAad, "", s.tag),
        open(key, iv, kAad, s.ciphertext, Flip(s.tag, s.tag.size() - 1)),
        open(key, iv, kAad, s.ciphertext, s.tag.substr(1)),
        open(key, iv, kAad, s.ciphertext, ""),
    };
    for (const absl::Status& failure : failures) {
      EXPECT_EQ(failure.code(), absl::StatusCode::kInvalidArgument);
      EXPECT_EQ(failure.message(), "the octets don't decrypt");
    }
    // The AES half of the key isn't covered by the tag: the padding tells,
    // or the plaintext is another one.
    const auto garbled = AesCbcHmacOpen(enc, Flip(key, key.size() - 1), iv,
                                        kAad, s.ciphertext, s.tag);
    EXPECT_TRUE(!garbled.ok() || *garbled != kPlaintext);
  }
}

TEST(AesCbcHmacTest, RefusesKeysAndVectorsOfAnotherLength) {
  const std::string iv(16, 'i');
  for (size_t size : {0, 16, 31, 33, 48, 64}) {
    EXPECT_FALSE(AesCbcHmacSeal(ContentEnc::kA128CbcHs256,
                                std::string(size, 'k'), iv, "", "x")
                     .ok())
        << size;
  }
  for (size_t size : {0, 12, 15, 17, 32}) {
    EXPECT_FALSE(AesCbcHmacSeal(ContentEnc::kA128CbcHs256, std::string(32, 'k'),
                                std::string(size, 'i'), "", "x")
                     .ok())
        << size;
  }
}

TEST(AesGcmTest, OpensWhatItSealedForTheSamePlaceOnly) {
  FakeRandom random(1);
  const std::string key(32, 'k');
  for (size_t size : {0, 1, 16, 1000}) {
    const std::string plaintext(size, 'p');
    const auto sealed = AesGcmSeal(key, plaintext, "row 1", random);
    ASSERT_TRUE(sealed.ok()) << sealed.status();
    EXPECT_EQ(sealed->size(), 12 + size + 16);
    const auto opened = AesGcmOpen(key, *sealed, "row 1");
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(opened->view(), plaintext);
    EXPECT_FALSE(AesGcmOpen(key, *sealed, "row 2").ok());
    EXPECT_FALSE(AesGcmOpen(std::string(32, 'x'), *sealed, "row 1").ok());
    for (size_t at : {size_t{0}, size_t{12}, sealed->size() - 1}) {
      EXPECT_FALSE(AesGcmOpen(key, Flip(*sealed, at), "row 1").ok()) << at;
    }
    EXPECT_FALSE(AesGcmOpen(key, sealed->substr(0, 27), "row 1").ok());
  }
}

TEST(AesGcmTest, TakesANewNonceEachTime) {
  FakeRandom random(1);
  const std::string key(32, 'k');
  EXPECT_NE(*AesGcmSeal(key, "same", "", random),
            *AesGcmSeal(key, "same", "", random));
}

TEST(AesGcmTest, TakesKeysOf256BitsOnly) {
  FakeRandom random(1);
  for (size_t size : {0, 16, 24, 31, 33}) {
    const std::string key(size, 'k');
    EXPECT_FALSE(AesGcmSeal(key, "x", "", random).ok()) << size;
    EXPECT_FALSE(AesGcmOpen(key, std::string(40, 'x'), "").ok()) << size;
  }
}

TEST(AesCbcTest, MatchesSp80038aAndAddsAPaddingBlock) {
  // F.2.5, CBC-AES256, first block.
  const auto ciphertext = AesCbcEncrypt(
      Unhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"),
      Unhex("000102030405060708090a0b0c0d0e0f"),
      Unhex("6bc1bee22e409f96e93d7e117393172a"));
  ASSERT_TRUE(ciphertext.ok()) << ciphertext.status();
  EXPECT_EQ(ciphertext->size(), 32u);
  EXPECT_EQ(HexEncode(ciphertext->substr(0, 16)),
            "f58c4c04d6e5f1ba779eabfb5f7bfbd6");
}

TEST(AesCbcTest, DecryptsWhatItEncrypted) {
  const std::string key(32, 'k');
  const std::string iv(16, 'i');
  for (size_t size : {0, 1, 15, 16, 17, 100000}) {
    const std::string plaintext(size, 'p');
    const auto ciphertext = AesCbcEncrypt(key, iv, plaintext);
    ASSERT_TRUE(ciphertext.ok());
    EXPECT_EQ(ciphertext->size(), (size / 16 + 1) * 16);
    const auto back = AesCbcDecrypt(key, iv, *ciphertext);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, plaintext);
  }
}

TEST(AesCbcTest, RefusesWrongLengthsAndPadding) {
  const std::string key(32, 'k');
  const std::string iv(16, 'i');
  const std::string ciphertext = *AesCbcEncrypt(key, iv, "hello");
  EXPECT_FALSE(AesCbcDecrypt(key, iv, "").ok());
  EXPECT_FALSE(AesCbcDecrypt(key, iv, ciphertext.substr(1)).ok());
  EXPECT_FALSE(AesCbcDecrypt(key, iv.substr(1), ciphertext).ok());
  EXPECT_FALSE(AesCbcDecrypt(key.substr(1), iv, ciphertext).ok());
  // Turns the padding's last octet 11 into 11 ^ 1.
  EXPECT_FALSE(AesCbcDecrypt(key, Flip(iv, 15), ciphertext).ok());
}

TEST(AesKeyWrapTest, MatchesRfc3394) {
  const struct {
    const char* kek;
    const char* key;
    const char* wrapped;
  } cases[] = {
      {"000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff",
       "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"},
      {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
       "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f",
       "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9"
       "b7a02dd21"},
  };
  for (const auto& c : cases) {
    const auto wrapped = AesKeyWrap(Unhex(c.kek), Unhex(c.key));
    ASSERT_TRUE(wrapped.ok()) << wrapped.status();
    EXPECT_EQ(HexEncode(*wrapped), c.wrapped);
    const auto key = AesKeyUnwrap(Unhex(c.kek), *wrapped);
    ASSERT_TRUE(key.ok()) << key.status();
    EXPECT_EQ(HexEncode(key->view()), c.key);
    for (size_t at = 0; at < wrapped->size(); ++at) {
      EXPECT_FALSE(AesKeyUnwrap(Unhex(c.kek), Flip(*wrapped, at)).ok()) << at;
    }
  }
}

TEST(AesKeyWrapTest, RefusesLengthsThatCannotBe) {
  const std::string kek(16, 'k');
  for (size_t size : {0, 8, 15, 17, 20}) {
    EXPECT_FALSE(AesKeyWrap(kek, std::string(size, 'x')).ok()) << size;
  }
  for (size_t size : {0, 8, 16, 23, 25}) {
    EXPECT_FALSE(AesKeyUnwrap(kek, std::string(size, 'x')).ok()) << size;
  }
  EXPECT_FALSE(AesKeyWrap("short", std::string(16, 'x')).ok());
  EXPECT_FALSE(AesKeyUnwrap("short", std::string(24, 'x')).ok());
}

}  // namespace
}  // namespace crypto
}  // namespace otrp
