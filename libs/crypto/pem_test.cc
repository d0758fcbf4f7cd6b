#include "libs/crypto/pem.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace otrp {
namespace crypto {
namespace {

TEST(PemTest, ReadsWhatItWrites) {
  for (size_t size : {1, 47, 48, 49, 96, 1000}) {
    const std::string der(size, '\xa5');
    const auto blocks = PemDecode(PemEncode("THING", der));
    ASSERT_TRUE(blocks.ok()) << size << ": " << blocks.status();
    ASSERT_EQ(blocks->size(), 1u);
    EXPECT_EQ((*blocks)[0].label, "THING");
    EXPECT_EQ((*blocks)[0].der, der);
  }
}

TEST(PemTest, WritesLinesOf64Characters) {
  EXPECT_EQ(PemEncode("X", std::string(49, '\0')),
            absl::StrCat("-----BEGIN X-----\n", std::string(64, 'A'),
                         "\nAA==\n-----END X-----\n"));
}

TEST(PemTest, SkipsTextOutsideOfTheBlocksAndKeepsTheirOrder) {
  const auto blocks = PemDecode(
      "subject: CN=x\r\n-----BEGIN A-----\r\nAQ==\r\n-----END A-----\r\n"
      "more text\n-----BEGIN B-----\nAg==\n-----END B-----");
  ASSERT_TRUE(blocks.ok()) << blocks.status();
  ASSERT_EQ(blocks->size(), 2u);
  EXPECT_EQ((*blocks)[0].label, "A");
  EXPECT_EQ((*blocks)[0].der, "\x01");
  EXPECT_EQ((*blocks)[1].label, "B");
  EXPECT_EQ((*blocks)[1].der, "\x02");
}

TEST(PemTest, GivesAnEmptyListForATextWithoutBlocks) {
  for (absl::string_view text : {"", "hello\n", "---BEGIN A---\n"}) {
    const auto blocks = PemDecode(text);
    ASSERT_TRUE(blocks.ok());
    EXPECT_TRUE(blocks->empty());
  }
}

TEST(PemTest, RefusesBrokenBlocks) {
  const struct {
    const char* what;
    const char* text;
  } cases[] = {
      {"no end", "-----BEGIN A-----\nAQ==\n"},
      {"another end", "-----BEGIN A-----\nAQ==\n-----END B-----\n"},
      {"an end alone", "-----END A-----\n"},
      {"begin within a block",
       "-----BEGIN A-----\n-----BEGIN A-----\nAQ==\n-----END A-----\n"},
      {"no label", "-----BEGIN -----\nAQ==\n-----END -----\n"},
      {"nothing inside", "-----BEGIN A-----\n-----END A-----\n"},
      {"headers",
       "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nAQ==\n"
       "-----END A-----\n"},
      {"no base64", "-----BEGIN A-----\nA*==\n-----END A-----\n"},
      {"unpadded", "-----BEGIN A-----\nAQ\n-----END A-----\n"},
      {"base64url", "-----BEGIN A-----\n-_-_\n-----END A-----\n"},
  };
  for (const auto& c : cases) {
    EXPECT_FALSE(PemDecode(c.text).ok()) << c.what;
  }
}

TEST(PemTest, NamesTheBlockThatIsBroken) {
  const auto blocks = PemDecode(
      "-----BEGIN A-----\nAQ==\n-----END A-----\n-----BEGIN B-----\n!\n"
      "-----END B-----\n");
  ASSERT_FALSE(blocks.ok());
  EXPECT_TRUE(absl::StrContains(blocks.status().message(), "block 2"))
      << blocks.status();
}

}  // namespace
}  // namespace crypto
}  // namespace otrp
