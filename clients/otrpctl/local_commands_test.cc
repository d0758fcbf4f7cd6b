// Keys and images that otrpctl makes by itself, and the files they stand in.

#include <sys/stat.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/files.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/files.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/keys.h"
#include "libs/jose/jws.h"
#include "libs/pki/csr.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"

namespace otrp::ctl {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::TestTls;
using ::testing::AllOf;
using ::testing::HasSubstr;

class LocalCommandsTest : public ::testing::Test {
 protected:
  LocalCommandsTest()
      : folder_(absl::StrCat(
            ::testing::TempDir(), "/local-",
            ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    ::mkdir(folder_.c_str(), 0700);
  }

  std::string In(const std::string& name) const { return folder_ + "/" + name; }

  static absl::StatusOr<Result> Run(const std::vector<std::string>& words) {
    const auto call = cli::Parse(Program(), words);
    if (!call.ok()) return call.status();
    return RunCall(*call);
  }

  static std::string Mistake(const absl::Status& status) {
    EXPECT_EQ(ExitCode(status), 2) << status;
    return std::string(status.message());
  }

  std::string Write(const std::string& name, const std::string& bytes) const {
    std::ofstream(In(name), std::ios::binary) << bytes;
    return In(name);
  }

  const std::string folder_;
};

TEST_F(LocalCommandsTest, KeyNewMakesAKeyForItsOwnerAndARequest) {
  for (const char* alg : {"rsa", "ec"}) {
    const std::string key_file = In(absl::StrCat(alg, ".key"));
    const std::string csr_file = In(absl::StrCat(alg, ".csr"));
    ASSERT_THAT(Run({"key", "new", "--cn", "The Bank", "--alg", alg, "--key",
                     key_file, "--csr", csr_file}),
                IsOk());
    struct stat info;
    ASSERT_EQ(::stat(key_file.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
    OTRP_ASSERT_OK_AND_ASSIGN(const std::string pem, ReadWholeFile(key_file));
    OTRP_ASSERT_OK_AND_ASSIGN(const auto key, crypto::PrivateKey::FromPem(pem));
    EXPECT_EQ(key.type() == crypto::KeyType::kRsa, alg == std::string("rsa"));
    OTRP_ASSERT_OK_AND_ASSIGN(const std::string der,
                              ReadDer("csr", csr_file, "CERTIFICATE REQUEST"));
    OTRP_ASSERT_OK_AND_ASSIGN(const auto csr, pki::Csr::Parse(der));
    EXPECT_TRUE(csr.public_key() == key.public_key());
  }
}

// A key that was certified and is overwritten is lost for good.
TEST_F(LocalCommandsTest, KeyNewOverwritesNoKey) {
  Write("old.key", "precious");
  const auto result = Run({"key", "new", "--cn", "x", "--alg", "ec", "--key",
                           In("old.key"), "--csr", In("x.csr")});
  EXPECT_THAT(
      Mistake(result.status()),
      AllOf(HasSubstr("--key"), HasSubstr(In("old.key")), HasSubstr("exists")));
  EXPECT_EQ(*ReadWholeFile(In("old.key")), "precious");
  EXPECT_FALSE(FileExists(In("x.csr")));
}

TEST_F(LocalCommandsTest, KeyNewKnowsTwoAlgorithms) {
  EXPECT_THAT(Mistake(Run({"key", "new", "--cn", "x", "--alg", "dsa", "--key",
                           In("k"), "--csr", In("c")})
                          .status()),
              AllOf(HasSubstr("--alg dsa"), HasSubstr("rsa"), HasSubstr("ec")));
  EXPECT_FALSE(FileExists(In("k")));
}

class TaSignTest : public LocalCommandsTest {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(tls_, TestTls::Create());
    OTRP_ASSERT_OK_AND_ASSIGN(dir_, tls_->Issue("otrp://sp/bank"));
    Write("app.bin", std::string("\0code", 5));
  }

  absl::StatusOr<Result> Sign(const std::string& key, const std::string& cert,
                              const std::string& in) {
    return Run({"ta", "sign", "--key", key, "--cert", cert, "--taid", "ta-1",
                "--version", "1.2.3", "--in", in, "--out", In("app.jws")});
  }
  std::string Key() const { return dir_ + "/key.pem"; }
  std::string Cert() const { return dir_ + "/cert.pem"; }

  std::unique_ptr<TestTls> tls_;
  std::string dir_;
};

TEST_F(TaSignTest, AnImageIsSignedByTheKeyAndSaysWhatItIs) {
  const auto result = Sign(Key(), Cert(), In("app.bin"));
  ASSERT_THAT(result, IsOk());
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string image,
                            ReadWholeFile(In("app.jws")));
  EXPECT_EQ(*result->value.GetString("sha256"),
            absl::BytesToHexString(crypto::Sha256(image)));
  OTRP_ASSERT_OK_AND_ASSIGN(auto jws, jose::UnverifiedJws::ParseText(image));
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string pem, ReadWholeFile(Key()));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto key, crypto::PrivateKey::FromPem(pem));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto verified,
                            jose::Verify(std::move(jws), key.public_key()));
  EXPECT_EQ(verified.payload(), std::string("\0code", 5));
  EXPECT_EQ(*verified.protected_header().GetString("taid"), "ta-1");
  EXPECT_EQ(*verified.protected_header().GetString("taver"), "1.2.3");
}

// Each mistake names the flag and the file, and leaves no image behind.
TEST_F(TaSignTest, FilesThatCantBe) {
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string other,
                            tls_->Issue("otrp://sp/other"));
  const std::string text = Write("text", "no PEM at all");
  const std::string empty = Write("empty", "");
  const struct {
    std::string key, cert, in;
    std::vector<std::string> said;
  } kRows[] = {
      {In("none"), Cert(), In("app.bin"), {"--key", In("none")}},
      {text, Cert(), In("app.bin"), {"--key " + text, "private key"}},
      {Cert(), Cert(), In("app.bin"), {"--key " + Cert(), "private key"}},
      {other + "/key.pem",
       Cert(),
       In("app.bin"),
       {"--cert " + Cert(), "is not the certificate of --key"}},
      {Key(), In("none"), In("app.bin"), {"--cert", In("none")}},
      {Key(), Key(), In("app.bin"), {"--cert " + Key(), "BEGIN CERTIFICATE"}},
      {Key(), Cert(), In("none"), {"--in", In("none")}},
      {Key(), Cert(), empty, {"--in " + empty, "is empty"}},
      {Key(), Cert(), folder_, {"--in", folder_}},
  };
  for (const auto& row : kRows) {
    const std::string message =
        Mistake(Sign(row.key, row.cert, row.in).status());
    for (const std::string& part : row.said) {
      EXPECT_THAT(message, HasSubstr(part));
    }
    EXPECT_FALSE(FileExists(In("app.jws"))) << message;
  }
}

TEST_F(TaSignTest, AnOutputThatCantBeWrittenIsNamed) {
  const auto result = Run({"ta", "sign", "--key", Key(), "--cert", Cert(),
                           "--taid", "t", "--version", "1.0.0", "--in",
                           In("app.bin"), "--out", In("no/such/folder.jws")});
  EXPECT_THAT(Mistake(result.status()),
              AllOf(HasSubstr("--out"), HasSubstr("no/such/folder.jws")));
}

TEST_F(LocalCommandsTest, AnExistingFileIsReplacedWholeAndNothingElseIsLeft) {
  Write("out", "something longer than what comes");
  ASSERT_TRUE(WriteOutput("out", In("out"), "new").ok());
  EXPECT_EQ(*ReadWholeFile(In("out")), "new");
  EXPECT_FALSE(FileExists(In("out.new")));
  // A folder is in the way: the rename fails, its temporary file goes.
  ::mkdir(In("folder").c_str(), 0700);
  EXPECT_THAT(Mistake(WriteOutput("out", In("folder"), "new")),
              HasSubstr(In("folder")));
  EXPECT_FALSE(FileExists(In("folder.new")));
}

// Older tools write "NEW CERTIFICATE REQUEST"; DER goes as it is.
TEST_F(LocalCommandsTest, ARequestMayBePemOrDer) {
  const std::string pem =
      "-----BEGIN NEW CERTIFICATE REQUEST-----\nMAA=\n"
      "-----END NEW CERTIFICATE REQUEST-----\n";
  EXPECT_EQ(*ReadDer("csr", Write("pem", pem), "CERTIFICATE REQUEST"),
            std::string("0\0", 2));
  EXPECT_EQ(*ReadDer("csr", Write("der", "0\x01"), "CERTIFICATE REQUEST"),
            "0\x01");
  EXPECT_THAT(
      Mistake(ReadDer("cert", Write("req", pem), "CERTIFICATE").status()),
      HasSubstr("BEGIN CERTIFICATE"));
}

}  // namespace
}  // namespace otrp::ctl
