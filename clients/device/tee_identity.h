// What is burned into a device: its keys, their certificates, and the roots of
// the TSMs that it obeys.
//
// Thread-safety: a value.

#ifndef CLIENTS_DEVICE_TEE_IDENTITY_H_
#define CLIENTS_DEVICE_TEE_IDENTITY_H_

#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "libs/crypto/keys.h"

namespace otrp::device {

// Certificates are DER, leaf first.
struct KeyAndChain {
  crypto::PrivateKey key;
  std::vector<std::string> chain;
};

struct TeeIdentity {
  KeyAndChain tee;
  // The trusted firmware; absent where the platform has none.
  absl::optional<KeyAndChain> tfw;
  // DER of root certificates.
  std::vector<std::string> tsm_roots;
};

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_TEE_IDENTITY_H_
