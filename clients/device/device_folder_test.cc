// A device's folder from the outside: init, provision, show and contact as an
// operator calls them, and what they say about a folder that isn't right.

#include "clients/device/device_folder.h"

#include <sys/stat.h>

#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/device/commands.h"
#include "clients/device/provisioning.h"
#include "clients/device/strict.h"
#include "clients/device/testing/test_pki.h"
#include "clients/device/testing/test_tsm.h"
#include "clients/device/testing/world.h"
#include "clients/device/transport.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/base/files.h"
#include "libs/crypto/random.h"
#include "libs/json/json.h"

namespace otrp::device {
namespace {

using json::Value;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// A TSM at the other end of the wire: a function from message to message.
class FunctionTransport : public Transport {
 public:
  using Function =
      std::function<absl::StatusOr<TransportReply>(absl::string_view)>;
  explicit FunctionTransport(Function function)
      : function_(std::move(function)) {}
  absl::StatusOr<TransportReply> Post(absl::string_view body) override {
    return function_(body);
  }

 private:
  Function function_;
};

class DeviceFolderTest : public ::testing::Test {
 protected:
  DeviceFolderTest()
      : top_(absl::StrCat(
            ::testing::TempDir(), "/folder-",
            ::testing::UnitTest::GetInstance()->current_test_info()->name())),
        dir_(top_ + "/device"),
        clock_(absl::FromUnixSeconds(1767268800)),
        tsm_root_(TestTsm::MakeRoot(crypto::KeyType::kEcP256, clock_)) {
    EXPECT_TRUE(MakeFolder(top_).ok());
    Write("roots.pem", CertificatesToPem({tsm_root_.der}));
  }

  std::string Write(const std::string& name, const std::string& text) const {
    const std::string path = absl::StrCat(top_, "/", name);
    EXPECT_TRUE(WriteFileAtomically(path, text, 0600).ok());
    return path;
  }
  std::string In(const std::string& name) const { return dir_ + "/" + name; }
  std::string Read(const std::string& name) const {
    return ReadWholeFile(In(name)).value_or("");
  }
  std::string Roots() const { return top_ + "/roots.pem"; }

  // Exit code; what was said is in out_ and err_.
  int Run(const std::vector<std::string>& words) {
    std::ostringstream out;
    std::ostringstream err;
    const int code = RunCommand(
        words, CommandEnv{clock_, crypto::SystemRandom(), out, err,
                          [&](HttpTransportOptions options) {
                            url_ = options.url;
                            hint_ = options.hint;
                            return absl::StatusOr<std::unique_ptr<Transport>>(
                                std::make_unique<FunctionTransport>(tsm_));
                          }});
    out_ = out.str();
    err_ = err.str();
    return code;
  }
  int Init(const std::vector<std::string>& more = {"--self-issued"}) {
    std::vector<std::string> words = {"init", "--dir", dir_, "--alg", "ec"};
    words.insert(words.end(), more.begin(), more.end());
    return Run(words);
  }
  int Provision(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"provision", "--dir", dir_, "--tsm-roots",
                                      Roots()};
    words.insert(words.end(), more.begin(), more.end());
    return Run(words);
  }
  int Show() { return Run({"show", "--dir", dir_, "-o", "json"}); }

  absl::StatusOr<OpenDevice> Open() {
    return OpenDeviceFolder(dir_, clock_, crypto::SystemRandom());
  }

  const std::string top_;
  const std::string dir_;
  FakeClock clock_;
  TestCa tsm_root_;
  FunctionTransport::Function tsm_ = [](absl::string_view) {
    return TransportReply{204, "", "", absl::nullopt};
  };
  std::string url_;
  std::string hint_;
  std::string out_;
  std::string err_;
};

TEST_F(DeviceFolderTest, InitKeepsSecretsToTheOwner) {
  ASSERT_EQ(Init({}), kExitOk) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr(In("tee.csr")), HasSubstr("provision")));
  for (const char* name : {"tee.key", "tfw.key", "storage.key"}) {
    struct stat info;
    ASSERT_EQ(::stat(In(name).c_str(), &info), 0) << name;
    EXPECT_EQ(info.st_mode & 0777, 0600u) << name;
  }
  struct stat info;
  ASSERT_EQ(::stat(dir_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  EXPECT_EQ(Read("storage.key").size(), 32u);
  EXPECT_NE(Read("tee.key"), Read("tfw.key"));
  EXPECT_THAT(Read("tee.csr"), HasSubstr("BEGIN CERTIFICATE REQUEST"));
}

TEST_F(DeviceFolderTest, InitDoesntReplaceADevice) {
  ASSERT_EQ(Init(), kExitOk);
  const std::string key = Read("tee.key");
  EXPECT_EQ(Init(), kExitFailed);
  EXPECT_THAT(err_, AllOf(HasSubstr(dir_), HasSubstr("already"),
                          HasSubstr("another --dir")));
  EXPECT_EQ(Read("tee.key"), key);
}

// device.json is the last file: without it init may begin again.
TEST_F(DeviceFolderTest, AnInterruptedInitCanBeRepeated) {
  ASSERT_EQ(Init(), kExitOk);
  RemoveFile(In("device.json"));
  EXPECT_EQ(Show(), kExitFailed);
  EXPECT_THAT(err_, HasSubstr("otrp-device init --dir " + dir_));
  ASSERT_EQ(Init(), kExitOk) << err_;
  ASSERT_EQ(Provision(), kExitOk) << err_;
}

TEST_F(DeviceFolderTest, EachStepNamesTheNext) {
  EXPECT_EQ(Show(), kExitFailed);
  EXPECT_THAT(err_, HasSubstr("otrp-device init --dir " + dir_));
  EXPECT_EQ(Provision(), kExitFailed);
  EXPECT_THAT(err_, HasSubstr("otrp-device init --dir " + dir_));
  ASSERT_EQ(Init(), kExitOk);
  EXPECT_EQ(Show(), kExitFailed);
  EXPECT_THAT(err_, HasSubstr("otrp-device provision --dir " + dir_));
  ASSERT_EQ(Provision(), kExitOk) << err_;
  EXPECT_THAT(out_, HasSubstr("otrp-device contact --dir " + dir_));
  EXPECT_EQ(Show(), kExitOk) << err_;
}

TEST_F(DeviceFolderTest, ProvisionTakesCertificatesForItsOwnKeysOnly) {
  ASSERT_EQ(Init({}), kExitOk);
  EXPECT_EQ(Provision(), kExitUsage);
  EXPECT_THAT(err_, AllOf(HasSubstr("--tee-cert"), HasSubstr(In("tee.csr"))));

  const auto chain_for = [&](const std::string& key_file, DeviceRole role) {
    const auto key = crypto::PrivateKey::FromPem(Read(key_file));
    EXPECT_TRUE(key.ok()) << key.status();
    return CertificatesToPem(
        *SelfIssuedChain(*key, role, clock_, crypto::SystemRandom()));
  };
  const std::string tee =
      Write("tee.pem", chain_for("tee.key", DeviceRole::kTee));
  const std::string tfw =
      Write("tfw.pem", chain_for("tfw.key", DeviceRole::kTfw));
  // Mixed up.
  EXPECT_EQ(Provision({"--tee-cert", tfw, "--tfw-cert", tee}), kExitUsage);
  EXPECT_THAT(err_, AllOf(HasSubstr(tfw), HasSubstr("another key")));
  EXPECT_FALSE(FileExists(In("tee.pem")));
  EXPECT_FALSE(FileExists(In("tsm-roots.pem")));
  EXPECT_EQ(Provision({"--tee-cert", tee, "--tfw-cert", tfw}), kExitOk) << err_;
  EXPECT_EQ(Read("tee.pem"), ReadWholeFile(tee).value());
}

TEST_F(DeviceFolderTest, ProvisionKeepsWhatItHadWhenTheNewIsBad) {
  ASSERT_EQ(Init(), kExitOk);
  ASSERT_EQ(Provision(), kExitOk);
  const std::string roots = Read("tsm-roots.pem");
  Write("roots.pem", "no PEM at all");
  EXPECT_EQ(Provision(), kExitUsage);
  EXPECT_THAT(err_, AllOf(HasSubstr(Roots()), HasSubstr("PEM")));
  EXPECT_EQ(Read("tsm-roots.pem"), roots);
  RemoveFile(Roots());
  EXPECT_EQ(Provision(), kExitFailed);
  EXPECT_THAT(err_, HasSubstr(Roots()));
  EXPECT_EQ(Show(), kExitOk) << err_;
}

TEST_F(DeviceFolderTest, TwoProcessesDontShareADevice) {
  ASSERT_EQ(Init(), kExitOk);
  ASSERT_EQ(Provision(), kExitOk);
  {
    const auto held = Open();
    ASSERT_TRUE(held.ok()) << held.status();
    EXPECT_EQ(Show(), kExitFailed);
    EXPECT_THAT(err_, HasSubstr("another process works with " + dir_));
    EXPECT_EQ(Provision(), kExitFailed);
  }
  EXPECT_EQ(Show(), kExitOk) << err_;
}

// Each file that is damaged is named, and nothing is made anew in its place.
TEST_F(DeviceFolderTest, ADamagedFileIsNamed) {
  ASSERT_EQ(Init(), kExitOk);
  ASSERT_EQ(Provision(), kExitOk);
  for (const char* name : {"device.json", "tee.key", "tfw.key", "tee.pem",
                           "tfw.pem", "tsm-roots.pem", "state.json"}) {
    SCOPED_TRACE(name);
    const std::string good = Read(name);
    Write(std::string("device/") + name, "damaged");
    EXPECT_NE(Show(), kExitOk);
    EXPECT_THAT(err_, HasSubstr(In(name)));
    EXPECT_EQ(Read(name), "damaged");
    if (good.empty()) {
      RemoveFile(In(name));
    } else {
      Write(std::string("device/") + name, good);
    }
  }
  EXPECT_EQ(Show(), kExitOk) << err_;
  Write("device/storage.key", "short");
  EXPECT_NE(Show(), kExitOk);
  EXPECT_THAT(err_, HasSubstr("storage key"));
}

TEST_F(DeviceFolderTest, SettingsAreKept) {
  ASSERT_EQ(Init({"--self-issued", "--dialect", "pei03", "--tee-name", "T",
                  "--tee-ver", "2.7", "--sigalgs", "ES256"}),
            kExitOk)
      << err_;
  ASSERT_EQ(Provision(), kExitOk);
  const auto device = Open();
  ASSERT_TRUE(device.ok()) << device.status();
  EXPECT_EQ(device->settings.key_type, crypto::KeyType::kEcP256);
  EXPECT_EQ(device->settings.dialect, Dialect::kPei03);
  EXPECT_EQ(device->tee->dialect(), Dialect::kPei03);
  EXPECT_EQ(device->tee->name(), "T");
  EXPECT_EQ(device->settings.tee_version, "2.7");
  ASSERT_THAT(device->settings.sigalgs, SizeIs(1));
  EXPECT_EQ(device->settings.sigalgs[0], jose::SigAlg::kES256);
}

TEST_F(DeviceFolderTest, UsageErrorsNameTheFlagAndWhatItTakes) {
  const std::string dir = "--dir=" + dir_;
  const struct {
    std::vector<std::string> words;
    std::vector<std::string> said;
  } kRows[] = {
      {{}, {"a command is missing", "usage:"}},
      {{"inti"},
       {"unknown command \"inti\"", "did you mean \"init\"?",
        "otrp-device help"}},
      {{"init", dir}, {"--alg rsa|ec is missing", "usage:"}},
      {{"init", dir, "--alg", "dsa"}, {"--alg dsa", "rsa", "ec"}},
      {{"init", dir, "--alg", "ec", "--dialect", "x"}, {"ietf03", "pei03"}},
      {{"init", dir, "--alg", "ec", "--sigalgs", "HS256"},
       {"--sigalgs", "HS256", "RS256", "ES256"}},
      {{"init", dir, "--alg", "ec", "--alg", "ec"}, {"--alg is given twice"}},
      {{"init", dir, "--alg"}, {"--alg needs a value"}},
      {{"init", dir, "--alg="}, {"--alg needs a value"}},
      {{"init", dir, "--alg", "ec", "--self-issued=no"},
       {"--self-issued takes no value"}},
      {{"init", dir, "--alg", "ec", "--color", "red"},
       {"unknown flag --color", "--tee-name"}},
      {{"show", "it", dir}, {"\"it\" is one word too many", "--dir"}},
      {{"show", dir, "-o", "yaml"}, {"-o yaml", "json or text"}},
      {{"contact", dir, "--url", "ftp://x"},
       {"--url ftp://x", "http:// or https://"}},
      {{"contact", dir, "--url", "https://x", "--ca-file", "no/such"},
       {"--ca-file no/such"}},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(Run(row.words), kExitUsage) << err_;
    for (const std::string& part : row.said) {
      EXPECT_THAT(err_, HasSubstr(part));
    }
    EXPECT_EQ(out_, "");
    EXPECT_FALSE(FileExists(dir_)) << err_;
  }
}

// ---- With a TSM at the other end.

class ContactTest : public DeviceFolderTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(Init(), kExitOk);
    ASSERT_EQ(Provision(), kExitOk);
    TestTsm::Options options;
    options.key_type = crypto::KeyType::kEcP256;
    test_tsm_ = std::make_unique<TestTsm>(options, tsm_root_, clock_,
                                          crypto::SystemRandom());
  }

  int Contact() {
    return Run({"contact", "--dir", dir_, "--url", "http://tsm.example/otrp",
                "-o", "json"});
  }

  static TransportReply Message(const std::string& body) {
    return TransportReply{200, "application/otrp+json", body, absl::nullopt};
  }

  // The one TEE's entry of the array.
  static std::string Only(absl::string_view device_state) {
    const Value root = *json::Parse(device_state, json::kStrangers);
    const auto& entries = root.Find("GetDeviceStateResponse")->items();
    EXPECT_THAT(entries, SizeIs(1));
    return entries[0].Serialize();
  }

  // GetDeviceState, CreateSD, the end.
  void ServeCreateSd(const TestSp& sp) {
    tsm_ = [this,
            sp](absl::string_view body) -> absl::StatusOr<TransportReply> {
      if (body.empty()) {
        return Message(test_tsm_->Seal(test_tsm_->DeviceState()));
      }
      if (body.find("GetDeviceStateResponse") != absl::string_view::npos) {
        ExpectPass(test_tsm_->Open(Only(body)));
        return Message(test_tsm_->Seal(
            test_tsm_->Command("CreateSD", {{"spid", Text(sp.spid)},
                                            {"sdname", Text("sd-1")},
                                            {"spcert", sp.Cert()},
                                            {"did", Text(test_tsm_->did())}})));
      }
      last_ = test_tsm_->Open(std::string(body));
      return TransportReply{204, "", "", absl::nullopt};
    };
  }

  std::unique_ptr<TestTsm> test_tsm_;
  Answer last_;
};

TEST_F(ContactTest, ASessionChangesWhatTheFolderHolds) {
  const TestSp sp = MakeTestSp("sp.example", 1, clock_.Now());
  ServeCreateSd(sp);
  ASSERT_EQ(Contact(), kExitOk) << err_ << out_;
  ExpectPass(last_);
  EXPECT_EQ(url_, "http://tsm.example/otrp");
  const Value report = *json::Parse(out_, json::kStrangers);
  EXPECT_TRUE(*report.GetBool("ended"));
  EXPECT_TRUE(*report.GetBool("passed"));
  ASSERT_THAT(report.Find("messages")->items(), SizeIs(2));
  EXPECT_EQ(TextOf(report.Find("messages")->items()[0], "request"),
            "GetDeviceStateRequest");
  EXPECT_EQ(TextOf(report.Find("messages")->items()[1], "request"),
            "CreateSDRequest");

  ASSERT_EQ(Show(), kExitOk) << err_;
  const Value shown = *json::Parse(out_, json::kStrangers);
  EXPECT_EQ(TextOf(shown, "did"), TextOf(report, "did"));
  ASSERT_THAT(shown.Find("security_domains")->items(), SizeIs(1));
  const Value& sd = shown.Find("security_domains")->items()[0];
  EXPECT_EQ(TextOf(sd, "sdname"), "sd-1");
  EXPECT_EQ(TextOf(sd, "spid"), "sp.example");
  EXPECT_EQ(TextOf(sd, "owner"), "https://tsm.example/otrp");
  EXPECT_THAT(sd.Find("spcert_sha256")->items(), SizeIs(1));
  EXPECT_THAT(sd.Find("tas")->items(), SizeIs(0));
  ASSERT_THAT(shown.Find("aiks")->items(), SizeIs(1));
  EXPECT_EQ(TextOf(shown.Find("aiks")->items()[0], "type"), "ECC");
  // No private key gets out.
  EXPECT_EQ(out_.find("PRIVATE"), std::string::npos);
}

TEST_F(ContactTest, ARefusalIsReportedAndFails) {
  ServeCreateSd(MakeTestSp("sp.example", 1, clock_.Now()));
  ASSERT_EQ(Contact(), kExitOk);
  EXPECT_EQ(Contact(), kExitFailed);
  ExpectFail(last_, "ERR_SD_ALREADY_EXISTS");
  const Value report = *json::Parse(out_, json::kStrangers);
  EXPECT_TRUE(*report.GetBool("ended"));
  EXPECT_FALSE(*report.GetBool("passed"));
  const Value& message = report.Find("messages")->items()[1];
  EXPECT_EQ(TextOf(message, "status"), "fail");
  EXPECT_EQ(TextOf(message, "error_code"), "ERR_SD_ALREADY_EXISTS");
  EXPECT_NE(TextOf(message, "error_message"), "");
}

TEST_F(ContactTest, WhatATsmSaysDoesNotSteerTheTerminal) {
  tsm_ = [](absl::string_view) {
    return TransportReply{200, "text/\xe2\x80\xae\x1b[2J", "x", absl::nullopt};
  };
  EXPECT_EQ(Contact(), kExitFailed);
  for (const std::string& said : {out_, err_}) {
    EXPECT_THAT(said, HasSubstr("text/\\u202e"));
    EXPECT_EQ(said.find("\xe2\x80\xae"), std::string::npos) << said;
    EXPECT_EQ(said.find('\x1b'), std::string::npos) << said;
  }
}

TEST_F(ContactTest, AnEcDeviceBeginsWithEs256FromItsSecondSessionOn) {
  tsm_ = [this](absl::string_view body) -> absl::StatusOr<TransportReply> {
    if (body.empty()) return Message(test_tsm_->Seal(test_tsm_->DeviceState()));
    return TransportReply{204, "", "", absl::nullopt};
  };
  ASSERT_EQ(Contact(), kExitOk) << err_;
  EXPECT_EQ(hint_, "");
  EXPECT_EQ(
      TextOf(
          (*json::Parse(out_, json::kStrangers)).Find("messages")->items()[0],
          "sigalg"),
      "ES256");
  ASSERT_EQ(Contact(), kExitOk) << err_;
  EXPECT_EQ(hint_, "es256");
  // What isn't readable is learnt again.
  ASSERT_TRUE(WriteFileAtomically(In("agent.json"), "junk", 0644).ok());
  ASSERT_EQ(Contact(), kExitOk) << err_;
  EXPECT_EQ(hint_, "");
  ASSERT_EQ(Contact(), kExitOk) << err_;
  EXPECT_EQ(hint_, "es256");
}

TEST_F(ContactTest, ATsmThatSaysNothingIsNoted) {
  EXPECT_EQ(Contact(), kExitOk) << err_;
  EXPECT_THAT(TextOf(*json::Parse(out_, json::kStrangers), "note"),
              HasSubstr("without a"));
}

// A script mustn't take it for a device that has all it should have.
TEST_F(ContactTest, ADeviceThatTheTsmDoesntBelieveEndsWithACodeOfItsOwn) {
  tsm_ = [this](absl::string_view body) -> absl::StatusOr<TransportReply> {
    if (body.empty()) return Message(test_tsm_->Seal(test_tsm_->DeviceState()));
    return TransportReply{204, "", "", absl::nullopt, /*refused=*/true};
  };
  EXPECT_EQ(Contact(), kExitRefused) << err_;
  const Value report = *json::Parse(out_, json::kStrangers);
  EXPECT_TRUE(*report.GetBool("refused"));
  EXPECT_FALSE(*report.GetBool("passed"));
  EXPECT_THAT(TextOf(report, "note"), HasSubstr("refused the device"));
}

TEST_F(ContactTest, AReportIsJudgedAsTheContactWouldHaveBeen) {
  const std::string path = top_ + "/report.json";
  const auto judged = [&] {
    EXPECT_EQ(Run({"contact", "--dir", dir_, "--url", "http://tsm.example/otrp",
                   "--report", path}),
              kExitOk)
        << err_;
    return Run({"judge", "--report", path});
  };
  EXPECT_EQ(judged(), kExitOk);
  tsm_ = [this](absl::string_view body) -> absl::StatusOr<TransportReply> {
    if (body.empty()) return Message(test_tsm_->Seal(test_tsm_->DeviceState()));
    return TransportReply{204, "", "", absl::nullopt, /*refused=*/true};
  };
  EXPECT_EQ(judged(), kExitRefused);
  EXPECT_THAT(out_, HasSubstr("refused the device"));
  tsm_ = [](absl::string_view) {
    return TransportReply{200, "text/html", "x", absl::nullopt};
  };
  EXPECT_EQ(judged(), kExitFailed);
  // Nothing that could pass for a good one.
  EXPECT_EQ(Run({"judge", "--report", Write("other.json", "{}")}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("--report"));
  EXPECT_NE(Run({"judge", "--report", top_ + "/none"}), kExitOk);
}

TEST_F(ContactTest, WhatIsNoOtrpEndsTheSession) {
  const struct {
    TransportReply reply;
    const char* said;
  } kRows[] = {
      {{404, "text/html", "<html>", absl::nullopt}, "404"},
      {{200, "text/html", "<html>", absl::nullopt}, "text/html"},
      {{302, "", "", absl::nullopt}, "302"},
  };
  for (const auto& row : kRows) {
    tsm_ = [&](absl::string_view) { return row.reply; };
    EXPECT_EQ(Contact(), kExitFailed);
    EXPECT_THAT(err_, HasSubstr(row.said));
    const Value report = *json::Parse(out_, json::kStrangers);
    EXPECT_FALSE(*report.GetBool("ended"));
    EXPECT_THAT(TextOf(report, "error"), HasSubstr(row.said));
  }
}

}  // namespace
}  // namespace otrp::device
