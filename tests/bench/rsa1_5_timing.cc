// Does the time of a failed decryption tell whether an RSA1_5 padding was
// right? Anybody can ask that question as often as he likes, before any
// signature is checked (Bleichenbacher; RFC 7516 11.5).
//
// Two classes of messages, both refused: the padding and the key's length are
// right and the tag is wrong; the padding is wrong. They are decrypted in a
// random order, and Welch's t is over their times, once over all and once over
// the lower 90% of each class, where interruptions don't drown a difference.
// |t| above 4.5 is what the literature takes for a leak.
//
//   rsa1_5_timing [CALLS]     of both classes together, 200000 by default

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "libs/base/base64.h"
#include "libs/crypto/kem.h"
#include "libs/crypto/random.h"
#include "libs/jose/jwe.h"
#include "libs/json/json.h"
#include "libs/protocol/test_tee.h"

namespace otrp {
namespace {

using protocol::test::RsaKey;

// A JWE whose encrypted_key is `wrapped`.
jose::UnverifiedJwe WithKey(const std::string& wrapped) {
  json::Value jwe = jose::EncryptFlattened("plaintext", RsaKey().public_key(),
                                           {}, crypto::SystemRandom())
                        .value();
  jwe.Set("encrypted_key", json::Value::String(Base64UrlEncode(wrapped)));
  return jose::UnverifiedJwe::Parse(jwe).value();
}

// A key of the right length that isn't the content's.
jose::UnverifiedJwe RightPadding() {
  return WithKey(crypto::RsaPkcs1Encrypt(RsaKey().public_key(),
                                         crypto::SystemRandom().Bytes(32),
                                         crypto::SystemRandom())
                     .value());
}

// A random number below the modulus: its padding is right once in 2^16 or so.
jose::UnverifiedJwe WrongPadding() {
  std::string wrapped = crypto::SystemRandom().Bytes(256);
  wrapped[0] = static_cast<char>(wrapped[0] & 0x3f);
  return WithKey(wrapped);
}

double WelchT(const std::vector<double>& a, const std::vector<double>& b) {
  const auto moments = [](const std::vector<double>& v) {
    double mean = 0;
    for (double x : v) mean += x;
    mean /= static_cast<double>(v.size());
    double variance = 0;
    for (double x : v) variance += (x - mean) * (x - mean);
    variance /= static_cast<double>(v.size() - 1);
    return std::make_pair(mean, variance / static_cast<double>(v.size()));
  };
  const auto [mean_a, error_a] = moments(a);
  const auto [mean_b, error_b] = moments(b);
  return (mean_a - mean_b) / std::sqrt(error_a + error_b);
}

std::vector<double> Lower90(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  v.resize(v.size() * 9 / 10);
  return v;
}

int Run(int calls) {
  constexpr int kMessages = 200;
  std::vector<jose::UnverifiedJwe> classes[2];
  for (int i = 0; i < kMessages; ++i) {
    classes[0].push_back(RightPadding());
    classes[1].push_back(WrongPadding());
  }
  std::mt19937 random(42);
  std::vector<double> times[2];
  std::string errors[2];
  for (int i = 0; i < calls; ++i) {
    const int which = static_cast<int>(random() & 1);
    const jose::UnverifiedJwe& jwe = classes[which][random() % kMessages];
    const auto start = std::chrono::steady_clock::now();
    const auto plaintext = jose::Decrypt(jwe, RsaKey());
    const auto end = std::chrono::steady_clock::now();
    if (plaintext.ok()) return 1;
    errors[which] = plaintext.status().ToString();
    times[which].push_back(
        std::chrono::duration<double, std::micro>(end - start).count());
  }
  if (errors[0] != errors[1]) {
    std::printf("the errors differ: \"%s\" and \"%s\"\n", errors[0].c_str(),
                errors[1].c_str());
    return 1;
  }
  std::printf("error of both classes: %s\n", errors[0].c_str());
  std::printf("right padding %zu calls, wrong padding %zu calls\n",
              times[0].size(), times[1].size());
  std::printf("Welch's t: %.2f over all, %.2f over the lower 90%%\n",
              WelchT(times[0], times[1]),
              WelchT(Lower90(times[0]), Lower90(times[1])));
  return 0;
}

}  // namespace
}  // namespace otrp

int main(int argc, char** argv) {
  const int calls = argc > 1 ? std::atoi(argv[1]) : 200'000;
  if (calls < 1000) {
    std::fprintf(stderr, "rsa1_5_timing [CALLS], at least 1000\n");
    return 2;
  }
  return otrp::Run(calls);
}
