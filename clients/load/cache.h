// The simulated devices' keys and certificates, made once and kept: an RSA key
// takes a tenth of a second, which a measurement shouldn't wait for.
//
//   DIR/rs256/oem.json        keys and certificates of the OEM's CAs
//   DIR/rs256/tee-root.pem    what a server has to trust, and tfw-root.pem
//   DIR/rs256/shared.json     keys for firmware and AIKs
//   DIR/rs256/000000.json     a device: its TEE's key, its certificates
//   DIR/es256/                the same with P-256
//
// Each device has a TEE key and certificates of its own. Keys of the firmware
// and AIKs are shared by several devices, which costs a server the same: it
// never sees two devices' together.
//
// Files with keys are readable by their owner only. What is there already is
// kept, so a cache can grow, and a preparation that was cut off goes on.
//
// Thread-safety: functions without state; a folder's writers wait for each
// other.
// Errors: FAILED_PRECONDITION or NOT_FOUND, saying what to do.

#ifndef CLIENTS_LOAD_CACHE_H_
#define CLIENTS_LOAD_CACHE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/device/tee_identity.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/crypto/keys.h"

namespace otrp::load {

// "rs256" or "es256".
absl::string_view AlgName(crypto::KeyType type);
absl::StatusOr<crypto::KeyType> AlgFromName(absl::string_view name);

struct PrepareOptions {
  std::string directory;
  crypto::KeyType type = crypto::KeyType::kRsa;
  int devices = 0;
  // 0: as many as there are processors.
  int threads = 0;
  // Called with how many are there, from any thread.
  std::function<void(int)> progress;
};

struct Prepared {
  int made = 0;
  // Of the first `devices`, lower-case hex.
  std::vector<std::string> dids;
  std::string tee_root_file;
  std::string tfw_root_file;
};

absl::StatusOr<Prepared> Prepare(const PrepareOptions& options,
                                 const Clock& clock, Random& random);

// Reads a prepared cache.
class Cache {
 public:
  static absl::StatusOr<Cache> Open(const std::string& directory,
                                    crypto::KeyType type);

  absl::StatusOr<device::TeeIdentity> Identity(
      int number, std::vector<std::string> tsm_roots) const;
  // One of the shared keys, for a device's AIKs.
  const crypto::PrivateKey& Aik(int number) const;

 private:
  Cache() = default;

  std::string directory_;
  std::vector<crypto::PrivateKey> shared_;
  // DER above the leaf: issuing CA, root.
  std::vector<std::string> tee_above_;
  std::vector<std::string> tfw_above_;
};

}  // namespace otrp::load

#endif  // CLIENTS_LOAD_CACHE_H_
