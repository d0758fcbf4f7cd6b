// What the cryptography of a transaction costs at least: BoringSSL's own
// operations that the messages force the services to do, leg by leg
// (docs/architecture.md, "What one transaction costs"). For ./otrp bench suite,
// which runs it beside the load: a short burst now and then, so that it meets
// the machine as the services meet it and takes little of it away.
//
//   formula TA_BYTES < a pipe that is closed when the load is over
//
// Prints one JSON object: microseconds of CPU time, medians.

#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "libs/crypto/bare.h"
#include "libs/json/json.h"

namespace otrp {
namespace {

using crypto::bare::Keys;
using crypto::bare::Operations;

// Octets that are hashed or encrypted, as messages have them, about. They cost
// microseconds where a private operation costs a thousand.
constexpr size_t kRequest = 7000;
constexpr size_t kState = 6000;
constexpr size_t kResponse = 8000;
constexpr size_t kContent = 400;
constexpr size_t kTid = 36;
// Base64 twice makes 16 octets of 9.
constexpr size_t kTwice = 16;
constexpr size_t kOnce = 9;

// Between bursts: 5 to 10 % of one core.
constexpr int kPauseMs = 60;

double CpuMicroseconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e6 * static_cast<double>(now.tv_sec) +
         1e-3 * static_cast<double>(now.tv_nsec);
}

// The legs by the message that the services get.
//
// A session of a device whose agent knows that its TEE has an EC key begins at
// /otrp/es256: then the TSM's own operations are EC's, too (docs/wire.md
// section 7).
class Legs {
 public:
  Legs(Keys tee, size_t ta)
      : ta_(ta),
        own_(tee, ta * kTwice / kOnce + kRequest),
        tee_(tee, ta * kTwice / kOnce + kRequest) {}

  void Measure() {
    // The request that opens a session is signed, ahead or not.
    Take("open", [this] { own_.Sign(kRequest); });
    // The content's key, the content, the TEE's signature, the firmware's.
    // Certificates that were seen before are not verified again (c = 0).
    Take("GetDeviceStateResponse", [this] {
      own_.Unwrap();
      tee_.Open(kState);
      tee_.Verify(kResponse);
      tee_.Verify(kTid);
    });
    Take("CreateSDRequest", [this] {
      tee_.Wrap();
      tee_.Seal(kContent);
      own_.Sign(kRequest);
    });
    // Its content comes under the key of the request's.
    Take("response", [this] {
      tee_.Verify(kResponse);
      tee_.Open(kState);
    });
    // The application and its key to the SP's key in the TEE; the content,
    // and its key to the TEE; a signature over all.
    Take("InstallTARequest", [this] {
      tee_.EncryptCbc(ta_);
      tee_.Wrap();
      tee_.Seal(kContent);
      tee_.Wrap();
      own_.Sign(ta_ * kTwice / kOnce + kRequest);
    });
  }

  json::Value ToJson() const {
    std::map<std::string, double> us;
    for (const auto& [name, values] : times_) us[name] = Median(values);
    const double state = us["GetDeviceStateResponse"];
    const double create = state + us["CreateSDRequest"];
    const double install = us["response"] + us["InstallTARequest"];
    json::Value legs = json::Value::Object();
    Set("open", us["open"], &legs);
    Set("GetDeviceStateResponse", create, &legs);
    Set("CreateSDResponse", install, &legs);
    Set("InstallTAResponse", us["response"], &legs);
    json::Value out = json::Value::Object();
    out.Set("legs", std::move(legs));
    Set("first-install", us["open"] + create + install + us["response"], &out);
    Set("heartbeat", us["open"] + state, &out);
    out.Set("samples", json::Value::Integer(
                           static_cast<int64_t>(times_.at("open").size())));
    return out;
  }

 private:
  template <typename Work>
  void Take(const char* name, Work work) {
    const double start = CpuMicroseconds();
    work();
    times_[name].push_back(CpuMicroseconds() - start);
  }

  static double Median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  }

  static void Set(const char* name, double us, json::Value* object) {
    object->Set(name, json::Value::Integer(static_cast<int64_t>(us + 0.5)));
  }

  const size_t ta_;
  Operations own_;
  Operations tee_;
  std::map<std::string, std::vector<double>> times_;
};

// True once whoever started us has closed our standard input.
bool Over() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return poll(&input, 1, kPauseMs) > 0;
}

int Main(int argc, char** argv) {
  const long ta = argc == 2 ? std::atol(argv[1]) : 0;
  if (ta <= 0) {
    std::fprintf(stderr, "usage: formula TA_BYTES\n");
    return 2;
  }
  Legs rsa(Keys::kRsa2048, static_cast<size_t>(ta));
  Legs ec(Keys::kP256, static_cast<size_t>(ta));
  do {
    rsa.Measure();
    ec.Measure();
  } while (!Over());
  json::Value out = json::Value::Object();
  out.Set("rs256", rsa.ToJson());
  out.Set("es256", ec.ToJson());
  std::printf("%s\n", out.Serialize().c_str());
  return 0;
}

}  // namespace
}  // namespace otrp

int main(int argc, char** argv) { return otrp::Main(argc, argv); }
