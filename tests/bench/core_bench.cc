// What the core costs beside the cryptography that it can't do without.
//
// Benchmarks of google-benchmark for each primitive and message, then a table
// of ratios: a message against BoringSSL's own operations that its format
// forces (libs/crypto/bare.h), measured in turns in one run, since a machine's
// speed changes from minute to minute but hardly between two neighbours. The
// bare operations read and write no JSON and no base64.

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libs/attest/appraise.h"
#include "libs/base/base64.h"
#include "libs/crypto/aead.h"
#include "libs/crypto/bare.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/random.h"
#include "libs/crypto/sign.h"
#include "libs/json/json.h"
#include "libs/protocol/device_state.h"
#include "libs/protocol/message.h"
#include "libs/protocol/requests.h"
#include "libs/protocol/responses.h"
#include "libs/protocol/test_pki.h"
#include "libs/protocol/test_tee.h"

namespace otrp {
namespace {

using namespace protocol;  // NOLINT: what is measured
using crypto::bare::Operations;

constexpr size_t kTaBytes = 64 << 10;
// Of an InstallTARequest, about.
constexpr size_t kContentBytes = 200;

Random& Rng() { return crypto::SystemRandom(); }
const std::string& Secret() {
  static const auto* const secret = new std::string(32, 's');
  return *secret;
}

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  std::fprintf(stderr, "%s\n", value.status().ToString().c_str());
  std::abort();
}

const crypto::PrivateKey& KeyOf(bool rsa) {
  return rsa ? test::RsaKey() : test::EcKey();
}

crypto::bare::Keys BareKeys(bool rsa) {
  return rsa ? crypto::bare::Keys::kRsa2048 : crypto::bare::Keys::kP256;
}

// InstallTARequest of a 64 KiB application.
struct Install {
  explicit Install(bool rsa_keys) : rsa(rsa_keys) {
    context.tid = test::kTid;
    context.rid = test::kRid;
    message = Ours();
    // The signed octets: what has to be hashed, whatever one does.
    signed_bytes = message.size();
  }
  std::string Ours() {
    return Must(BuildInstallTa(context, {KeyOf(rsa), {}}, params, Rng()))
        .message;
  }
  // The application, and its key to the SP's key; the content, and its key to
  // the TEE; a signature over all.
  void Bare() {
    bare.EncryptCbc(image.size());
    bare.Wrap();
    bare.Seal(kContentBytes);
    bare.Wrap();
    bare.Sign(signed_bytes);
  }

  const bool rsa;
  const std::string image = std::string(kTaBytes, 'x');
  RequestContext context{Dialect::kIetf03,
                         "",
                         "",
                         "TEE",
                         KeyOf(rsa).public_key(),
                         std::string(32, 'h'),
                         true,
                         "https://tsm.example/otrp",
                         Secret()};
  TaParams params{
      "bank", "sd-1", "", "ta-1", image, "", KeyOf(rsa).public_key()};
  std::string message;
  size_t signed_bytes = 0;
  Operations bare{BareKeys(rsa), 4 * kTaBytes};
};

// GetDeviceStateResponse of an empty TEE, from octets to verified state.
struct DeviceState {
  explicit DeviceState(bool rsa_keys) : rsa(rsa_keys) {
    const auto market = test::NewHierarchy("bench");
    const auto leaf =
        test::NewLeaf(market, pki::Role::kTee, KeyOf(rsa).public_key());
    json::Value dsi = json::Value::Object();
    dsi.Set("tfwdata", test::FirmwareData(leaf, KeyOf(rsa), test::kTid));
    dsi.Set("tee", test::TeeData(leaf, {market.ca}));
    json::Value outer = json::Value::Object();
    outer.Set("dsi", std::move(dsi));
    plaintext = outer.Serialize();
    json::Value tbs = test::Tbs();
    tbs.Set("signerreq", json::Value::Bool(false));
    tbs.Set("edsi", test::Encrypted(plaintext, KeyOf(rsa).public_key()));
    message = test::DeviceStateResponse(tbs, KeyOf(rsa));
    signed_bytes = Must(Incoming::Parse(message))
                       .device_states()[0]
                       .signing_input()
                       .size();
  }
  void Ours() {
    auto incoming = Must(Incoming::Parse(message));
    auto messages = std::move(incoming).TakeDeviceStates();
    auto state = Must(UnverifiedDeviceState::Open(
        std::move(messages[0]), {&test::RsaKey(), &test::EcKey()}));
    benchmark::DoNotOptimize(
        Must(VerifyDeviceState(std::move(state), KeyOf(rsa).public_key())));
  }
  void Bare() {
    bare.Unwrap();
    bare.Open(plaintext.size());
    bare.Verify(signed_bytes);
    bare.Hash(plaintext.size());
  }

  const bool rsa;
  std::string plaintext;
  std::string message;
  size_t signed_bytes = 0;
  Operations bare{BareKeys(rsa), kTaBytes};
};

// Evidence of a device whose chains are known, from the DSI to the verdict.
struct Appraised {
  explicit Appraised(bool rsa_keys) : rsa(rsa_keys) {
    const auto market = test::NewHierarchy("bench");
    const auto leaf =
        test::NewLeaf(market, pki::Role::kTee, KeyOf(rsa).public_key());
    const auto firmware =
        test::NewLeaf(market, pki::Role::kTfw, KeyOf(rsa).public_key());
    tee_der = leaf.der();
    firmware_der = firmware.der();
    json::Value inner = json::Value::Object();
    inner.Set("tfwdata", test::FirmwareData(firmware, KeyOf(rsa), test::kTid));
    inner.Set("tee", test::TeeData(leaf, {market.ca}));
    json::Value outer = json::Value::Object();
    outer.Set("dsi", std::move(inner));
    dsi = outer.Serialize();
    signing_input = std::string(DeviceState(rsa).signed_bytes, 's');
    signature = Must(crypto::SignSha256(KeyOf(rsa), signing_input,
                                        crypto::EcFormat::kP1363));
    attest::TrustInputs inputs;
    inputs.tee_roots = {{market.root.der()}};
    inputs.tfw_roots = {{market.root.der()}};
    // Of both authorities, so that all is known of the chains.
    const absl::Duration day = absl::Hours(24);
    inputs.crls = {test::NewCrl(market, {}),
                   test::NewCrl(market, {}, test::Now() - day,
                                test::Now() + day, /*by_root=*/true)};
    trust = attest::Trust::Create(inputs);
  }
  void Ours() {
    attest::Evidence evidence;
    evidence.tid = test::kTid;
    evidence.signing_input = signing_input;
    evidence.alg = rsa ? "RS256" : "ES256";
    evidence.signature = signature;
    evidence.dsi = dsi;
    const attest::Appraisal appraisal =
        attest::Appraise(evidence, *trust, {}, {}, test::Now());
    if (appraisal.verdict != attest::Verdict::kAccepted) std::abort();
  }
  // What the two keys, which are known, have signed, and the device's id.
  void Bare() {
    bare.Verify(signing_input.size());
    bare.Verify(sizeof(test::kTid) - 1);
    bare.Hash(tee_der.size());
  }

  const bool rsa;
  std::string tee_der;
  std::string firmware_der;
  std::string dsi;
  std::string signing_input;
  std::string signature;
  std::shared_ptr<const attest::Trust> trust;
  Operations bare{BareKeys(rsa), kTaBytes};
};

// --- Benchmarks.

void BM_Sign(benchmark::State& state) {
  const std::string digest(32, 'd');
  for (auto _ : state) {
    benchmark::DoNotOptimize(crypto::SignSha256Digest(
        KeyOf(state.range(0) != 0), digest, crypto::EcFormat::kP1363));
  }
}
BENCHMARK(BM_Sign)->ArgName("rsa")->Arg(1)->Arg(0);

void BM_Verify(benchmark::State& state) {
  const bool rsa = state.range(0) != 0;
  const std::string digest(32, 'd');
  const std::string signature = Must(
      crypto::SignSha256Digest(KeyOf(rsa), digest, crypto::EcFormat::kP1363));
  for (auto _ : state) {
    benchmark::DoNotOptimize(crypto::VerifySha256Digest(
        KeyOf(rsa).public_key(), digest, signature, crypto::EcFormat::kP1363));
  }
}
BENCHMARK(BM_Verify)->ArgName("rsa")->Arg(1)->Arg(0);

void BM_Wrap(benchmark::State& state) {
  Operations bare(BareKeys(state.range(0) != 0), 0);
  for (auto _ : state) bare.Wrap();
}
BENCHMARK(BM_Wrap)->ArgName("rsa")->Arg(1)->Arg(0);

void BM_Unwrap(benchmark::State& state) {
  Operations bare(BareKeys(state.range(0) != 0), 0);
  for (auto _ : state) bare.Unwrap();
}
BENCHMARK(BM_Unwrap)->ArgName("rsa")->Arg(1)->Arg(0);

void BM_AesCbc(benchmark::State& state) {
  const std::string key(32, 'k');
  const std::string iv(16, 'i');
  const std::string text(static_cast<size_t>(state.range(0)), 'x');
  for (auto _ : state) {
    benchmark::DoNotOptimize(crypto::AesCbcEncrypt(key, iv, text));
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_AesCbc)->Arg(kTaBytes);

void BM_Sha256(benchmark::State& state) {
  const std::string text(static_cast<size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(crypto::Sha256(text));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Sha256)->Arg(kTaBytes);

// Octets of the binary form a second.
void BM_Base64Encode(benchmark::State& state) {
  const std::string octets = Rng().Bytes(kTaBytes);
  for (auto _ : state) benchmark::DoNotOptimize(Base64Encode(octets));
  state.SetBytesProcessed(state.iterations() * kTaBytes);
}
BENCHMARK(BM_Base64Encode);

void BM_Base64Decode(benchmark::State& state) {
  const std::string text = Base64Encode(Rng().Bytes(kTaBytes));
  for (auto _ : state) benchmark::DoNotOptimize(Base64Decode(text));
  state.SetBytesProcessed(state.iterations() * kTaBytes);
}
BENCHMARK(BM_Base64Decode);

void BM_Base64UrlDecode(benchmark::State& state) {
  const std::string text = Base64UrlEncode(Rng().Bytes(kTaBytes));
  for (auto _ : state) benchmark::DoNotOptimize(Base64UrlDecode(text));
  state.SetBytesProcessed(state.iterations() * kTaBytes);
}
BENCHMARK(BM_Base64UrlDecode);

void BM_JsonWrite(benchmark::State& state) {
  json::Value value = json::Value::Object();
  value.Set("ciphertadata",
            json::Value::String(Base64Encode(Rng().Bytes(kTaBytes))));
  const size_t size = value.Serialize().size();
  for (auto _ : state) benchmark::DoNotOptimize(value.Serialize());
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(size));
}
BENCHMARK(BM_JsonWrite);

void BM_JsonParse(benchmark::State& state) {
  const std::string text = DeviceState(true).message;
  for (auto _ : state)
    benchmark::DoNotOptimize(json::Parse(text, json::kStrangers));
  state.SetBytesProcessed(state.iterations() *
                          static_cast<int64_t>(text.size()));
}
BENCHMARK(BM_JsonParse);

void BM_BuildInstallTa(benchmark::State& state) {
  Install install(state.range(0) != 0);
  for (auto _ : state) benchmark::DoNotOptimize(install.Ours());
}
BENCHMARK(BM_BuildInstallTa)->ArgName("rsa")->Arg(1)->Arg(0);

void BM_ReadDeviceState(benchmark::State& state) {
  DeviceState message(state.range(0) != 0);
  for (auto _ : state) message.Ours();
}
BENCHMARK(BM_ReadDeviceState)->ArgName("rsa")->Arg(1)->Arg(0);

void BM_ReadCertificate(benchmark::State& state) {
  const auto market = test::NewHierarchy("bench");
  const std::string der = test::NewLeaf(market, pki::Role::kTee,
                                        KeyOf(state.range(0) != 0).public_key())
                              .der();
  for (auto _ : state) {
    benchmark::DoNotOptimize(pki::Certificate::FromDer(der));
  }
}
BENCHMARK(BM_ReadCertificate)->ArgName("rsa")->Arg(1)->Arg(0);

void BM_ReadDsi(benchmark::State& state) {
  const DeviceState message(state.range(0) != 0);
  for (auto _ : state) {
    benchmark::DoNotOptimize(ParseDsi(message.plaintext));
  }
}
BENCHMARK(BM_ReadDsi)->ArgName("rsa")->Arg(1)->Arg(0);

void BM_ReadEnvelope(benchmark::State& state) {
  const DeviceState message(state.range(0) != 0);
  for (auto _ : state) {
    benchmark::DoNotOptimize(Incoming::Parse(message.message));
  }
}
BENCHMARK(BM_ReadEnvelope)->ArgName("rsa")->Arg(1)->Arg(0);

// --- Ratios.

// CPU time of this thread: others may be busy.
double CpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) +
         static_cast<double>(now.tv_nsec) * 1e-9;
}

double Seconds(const std::function<void()>& work, int times) {
  const double start = CpuSeconds();
  for (int i = 0; i < times; ++i) work();
  return (CpuSeconds() - start) / times;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void PrintRatio(const char* name, const std::function<void()>& ours,
                const std::function<void()>& bare) {
  constexpr int kRounds = 41;
  constexpr int kTimes = 20;
  std::vector<double> our_times;
  std::vector<double> bare_times;
  std::vector<double> ratios;
  Seconds(ours, kTimes);
  Seconds(bare, kTimes);
  for (int i = 0; i < kRounds; ++i) {
    our_times.push_back(Seconds(ours, kTimes));
    bare_times.push_back(Seconds(bare, kTimes));
    ratios.push_back(our_times.back() / bare_times.back());
  }
  std::printf("%-34s %9.1f us %9.1f us %8.3f\n", name, 1e6 * Median(our_times),
              1e6 * Median(bare_times), Median(ratios));
}

void PrintRatios() {
  std::printf("\n%-34s %12s %12s %8s\n", "message", "ours", "bare crypto",
              "ratio");
  for (bool rsa : {true, false}) {
    Install install(rsa);
    PrintRatio(
        rsa ? "InstallTARequest 64 KiB, RSA" : "InstallTARequest 64 KiB, EC",
        [&] { install.Ours(); }, [&] { install.Bare(); });
    DeviceState state(rsa);
    PrintRatio(
        rsa ? "GetDeviceStateResponse, RSA" : "GetDeviceStateResponse, EC",
        [&] { state.Ours(); }, [&] { state.Bare(); });
    Appraised appraised(rsa);
    PrintRatio(
        rsa ? "Appraisal, known chains, RSA" : "Appraisal, known chains, EC",
        [&] { appraised.Ours(); }, [&] { appraised.Bare(); });
  }
}

}  // namespace
}  // namespace otrp

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  otrp::PrintRatios();
  return 0;
}
