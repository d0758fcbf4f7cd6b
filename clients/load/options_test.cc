#include "clients/load/options.h"

#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "clients/load/cache.h"
#include "clients/load/commands.h"
#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/base/files.h"
#include "libs/crypto/random.h"
#include "tests/support/status_matchers.h"

namespace otrp::load {
namespace {

// With ROOTS and ADDRESS put in.
constexpr char kTarget[] = R"({
  "url": "ADDRESS", "cache": "/cache", "tsm_roots": "ROOTS",
  "pools": [{"role": "install", "alg": "es256", "dialect": "pei03",
             "ta": "small", "devices": [0, 1, 2]},
            {"role": "heartbeat", "alg": "rs256", "dialect": "ietf03",
             "ta": "small", "devices": [0]}],
  "tas": {"small": {"spid": "bank", "taid": "t", "bytes": 1,
          "versions": [{"version": "1", "image_sha256": "a",
                        "pdata_sha256": ""}]}},
  "release": {"small": ["otrpctl", "{version}"]}, "withdraw": [["x"]]})";

class OptionsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = new std::string(
        absl::StrCat(::testing::TempDir(), "/options-", getpid()));
    PrepareOptions prepare;
    prepare.directory = *directory_;
    prepare.type = crypto::KeyType::kEcP256;
    const auto prepared = Prepare(prepare, RealClock(), crypto::SystemRandom());
    OTRP_ASSERT_OK(prepared);
    roots_ = new std::string(prepared->tee_root_file);
  }

  std::string Text(const std::string& address = "http://127.0.0.1:8080/") {
    return absl::StrReplaceAll(kTarget,
                               {{"ROOTS", *roots_}, {"ADDRESS", address}});
  }

  absl::StatusOr<RunOptions> Parse(const std::string& flags,
                                   const std::string& text) {
    const std::string path = *directory_ + "/target.json";
    OTRP_EXPECT_OK(WriteFileAtomically(path, text, 0600));
    std::vector<std::string> words = {"run", "--target", path};
    for (const absl::string_view word :
         absl::StrSplit(flags, ' ', absl::SkipEmpty())) {
      words.emplace_back(word);
    }
    const auto call = cli::Parse(Program(), words);
    if (!call.ok()) return call.status();
    return RunOptionsFrom(call->args);
  }
  absl::StatusOr<RunOptions> Parse(const std::string& flags) {
    return Parse(flags, Text());
  }

  static std::string* directory_;
  static std::string* roots_;
};

std::string* OptionsTest::directory_ = nullptr;
std::string* OptionsTest::roots_ = nullptr;

TEST_F(OptionsTest, WithoutFlagsItIsAClosedLoopOfFirstInstalls) {
  const auto options = Parse("");
  OTRP_ASSERT_OK(options);
  EXPECT_FALSE(options->open);
  EXPECT_EQ(options->mix.ToString(), "first-install=1");
  EXPECT_EQ(options->devices, 20);
  EXPECT_EQ(options->max_errors, 0);
  EXPECT_EQ(options->target.UrlFor(device::Dialect::kIetf03),
            "http://127.0.0.1:8080/otrp");
  EXPECT_EQ(options->target.UrlFor(device::Dialect::kPei03),
            "http://127.0.0.1:8080/otrp/pei03");
}

TEST_F(OptionsTest, ARateOrARampMakesAnOpenLoop) {
  const auto rate = Parse("--rate 2.5 --arrivals constant");
  OTRP_ASSERT_OK(rate);
  EXPECT_TRUE(rate->open);
  EXPECT_EQ(rate->rate, 2.5);
  EXPECT_EQ(rate->spacing, Spacing::kConstant);
  // After its end the ramp goes on with its last rate.
  const auto ramp = Parse("--ramp 0:50:30s");
  OTRP_ASSERT_OK(ramp);
  EXPECT_TRUE(ramp->open);
  EXPECT_EQ(ramp->rate, 50);
}

TEST_F(OptionsTest, MetricsHaveNames) {
  const auto options =
      Parse("--metrics tsm=http://127.0.0.1:1/metrics,http://127.0.0.1:2/m");
  OTRP_ASSERT_OK(options);
  ASSERT_EQ(options->metrics.size(), 2u);
  EXPECT_EQ(options->metrics[0].first, "tsm");
  EXPECT_EQ(options->metrics[1].second, "http://127.0.0.1:2/m");
}

TEST_F(OptionsTest, ThresholdsAreOfWhatIsMeasured) {
  const auto several = Parse(
      "--mix first-install,heartbeat --threshold heartbeat.p99<200ms "
      "--threshold errors<=1%,open.p50<1s");
  OTRP_ASSERT_OK(several);
  ASSERT_EQ(several->thresholds.size(), 3u);
  EXPECT_EQ(several->thresholds[2].metric, "p50");
  // What isn't in the mix would be missed for ever.
  const absl::Status missing =
      Parse("--mix first-install --threshold heartbeat.p99<1s").status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(missing.message().find("--threshold: "), 0u) << missing;
}

TEST_F(OptionsTest, ALongRunHasFewerPoints) {
  EXPECT_EQ(Parse("--duration 10m")->Interval(), absl::Seconds(1));
  EXPECT_EQ(Parse("--duration 2h")->Interval(), absl::Seconds(12));
}

TEST_F(OptionsTest, RefusesWhatMakesNoSense) {
  for (const char* flags : {"--rate 0",
                            "--rate -1",
                            "--rate nan",
                            "--rate x",
                            "--ramp 1:2",
                            "--arrivals even --rate 1",
                            "--arrivals constant",
                            "--think 1s --rate 1",
                            "--expected-interval 1s --ramp 1:1:1s",
                            "--duration 1",
                            "--duration 10ms",
                            "--duration -1s",
                            "--duration inf",
                            "--warmup x",
                            "--devices 0",
                            "--devices 5000",
                            "--devices 2 --processes 3",
                            "--processes 65",
                            "--mix lunch",
                            "--max-errors -1",
                            "--metrics http://192.0.2.1/metrics",
                            "--metrics tsm",
                            "--threshold heartbeat.p99",
                            "--mix update",
                            "--mix heartbeat --processes 2"}) {
    EXPECT_EQ(Parse(flags).status().code(), absl::StatusCode::kInvalidArgument)
        << flags;
  }
}

TEST_F(OptionsTest, AnotherMachineOnlyByItsOperator) {
  const std::string elsewhere = Text("https://192.0.2.1");
  EXPECT_FALSE(Parse("", elsewhere).ok());
  OTRP_EXPECT_OK(Parse("--i-operate-this-server", elsewhere));
}

// The member that is wrong is named by its path.
TEST_F(OptionsTest, RefusesATargetThatIsNone) {
  const struct {
    std::string from, to, said;
  } kRows[] = {
      {"\"url\"", "\"uri\"", "url: must be a string"},
      {"\"role\": \"install\"", "\"role\": \"lunch\"", "pools[0].role: "},
      {"\"alg\": \"rs256\"", "\"alg\": \"es512\"", "pools[1].alg: "},
      {"pei03", "pei04", "pools[0].dialect: "},
      {"\"ta\": \"small\"", "\"ta\": \"large\"", "pools[0].ta: "},
      {"[0, 1, 2]", "[0, -1]", "pools[0].devices: "},
      {"\"versions\": [", "\"versions\": [], \"v\": [", "tas.small.versions: "},
      {"\"image_sha256\"", "\"image\"", "tas.small.versions[0].image_sha256: "},
      {"[[\"x\"]]", "[[\"x\"]", ""},
  };
  for (const auto& row : kRows) {
    std::string text = Text();
    const size_t at = text.find(row.from);
    ASSERT_NE(at, std::string::npos) << row.from;
    text.replace(at, row.from.size(), row.to);
    const absl::Status status = Parse("", text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << row.to;
    EXPECT_EQ(status.message().find("--target: " + row.said), 0u) << status;
  }
}

}  // namespace
}  // namespace otrp::load
