// Images of OP-TEE for tests, made by optee_image.py: another implementation
// than ours.
//
// Thread-safety: thread-safe. Failures end the process.

#ifndef OTRP_TESTS_SUPPORT_OPTEE_IMAGES_H_
#define OTRP_TESTS_SUPPORT_OPTEE_IMAGES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "libs/crypto/keys.h"

namespace otrp {
namespace testing {

struct OpteeSubkey {
  crypto::PrivateKey key;
  // Of what stands below; empty where its UUID is the subkey's.
  std::string name;
  int64_t name_size = 0;
  int64_t max_depth = 0;
  // Empty: what the one above demands.
  std::string uuid;
};

// As OP-TEE's dev kit makes them, where nothing else is said.
struct OpteeImageSpec {
  // "legacy", "bootstrap", "encrypted".
  std::string kind = "bootstrap";
  // "pss", "pkcs1".
  std::string alg = "pss";
  int64_t salt = 32;
  // Empty: what the subkey above demands, or some UUID.
  std::string uuid = "4F454A7F-002D-4157-884E-B0DD1A06A8AE";
  int64_t version = 0;
  std::string binary = "binary";
  std::vector<OpteeSubkey> subkeys;
};

// Signed by `key`, or by it and the subkeys below.
std::string MakeOpteeImage(const OpteeImageSpec& spec,
                           const crypto::PrivateKey& key);

}  // namespace testing
}  // namespace otrp

#endif  // OTRP_TESTS_SUPPORT_OPTEE_IMAGES_H_
