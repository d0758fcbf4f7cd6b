// What a run is aimed at: the server, the TAs that were registered there, and
// which of the cache's devices were given to which of them. Whoever set it up
// (deploy/suite/load.py) wrote it as JSON:
//
//   {"url": "http://127.0.0.1:8080", "ca_file": "", "cache": "DIR",
//    "tsm_roots": "roots.pem",
//    "pools": [{"role": "install", "alg": "rs256", "dialect": "ietf03",
//               "ta": "install-64", "devices": [0, 1, 2]}],
//    "tas": {"install-64": {"spid": "..", "taid": "..", "bytes": 65536,
//            "versions": [{"version": "1.0.0", "image_sha256": "<hex>",
//                          "pdata_sha256": ""}]}},
//    "release": {"update-64": ["otrpctl", .., "{version}"]},
//    "withdraw": [["otrpctl", ..]]}
//
// `release` has, for each TA of the role update, the command that makes a
// version the current one; `withdraw` runs once the devices of that role have
// their TA.
//
// Thread-safety: a value.
// Errors: INVALID_ARGUMENT, naming the member.

#ifndef CLIENTS_LOAD_TARGET_H_
#define CLIENTS_LOAD_TARGET_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/device/dialect.h"
#include "clients/load/mix.h"
#include "libs/crypto/keys.h"

namespace otrp::load {

struct TaVersion {
  std::string version;
  std::string image_sha256;
  std::string pdata_sha256;
};

struct TargetTa {
  std::string name;
  std::string taid;
  // In the order in which they are released; the first one is current.
  std::vector<TaVersion> versions;
  // Empty: none but the first version.
  std::vector<std::string> release;
};

struct Pool {
  Role role = Role::kInstall;
  crypto::KeyType alg = crypto::KeyType::kRsa;
  device::Dialect dialect = device::Dialect::kIetf03;
  // Index into Target::tas.
  size_t ta = 0;
  // Numbers in the cache.
  std::vector<int> devices;
};

struct Target {
  std::string url;
  std::string ca_file;
  std::string cache;
  // DER.
  std::vector<std::string> tsm_roots;
  std::vector<Pool> pools;
  std::vector<TargetTa> tas;
  std::vector<std::vector<std::string>> withdraw;

  // For a device of that dialect.
  std::string UrlFor(device::Dialect dialect) const;
};

absl::StatusOr<Target> ParseTarget(absl::string_view text);
absl::StatusOr<Target> ReadTarget(const std::string& path);

}  // namespace otrp::load

#endif  // CLIENTS_LOAD_TARGET_H_
