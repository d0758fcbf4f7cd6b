// How a TEE behaves where the drafts leave a choice.
//
// Thread-safety: a value.

#ifndef CLIENTS_DEVICE_TEE_OPTIONS_H_
#define CLIENTS_DEVICE_TEE_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/device/dialect.h"
#include "libs/base/limits.h"
#include "libs/crypto/keys.h"
#include "libs/jose/jws.h"

namespace otrp::device {

// Beyond these: ERR_TEE_RESOURCE_FULL.
struct TeeLimits {
  size_t security_domains = 64;
  size_t trusted_applications = 256;
  // Those of deleted ones are among them: forgetting one would open a way back
  // to older versions.
  size_t remembered_versions = 1024;
  // Images and personalization data together.
  int64_t storage_bytes = int64_t{64} << 20;
};

struct TeeOptions {
  Dialect dialect = Dialect::kIetf03;
  std::string name = "OTrP Software TEE";
  std::string version = "1.0";
  // What the TEE verifies; it signs by its own key's algorithm.
  std::vector<jose::SigAlg> sigalgs = {jose::SigAlg::kRS256,
                                       jose::SigAlg::kES256};
  // True: don't remember the TSM's certificate, ask for it in each request.
  bool signerreq = false;
  TeeLimits limits;
  // Makes AIKs; by default new keys of the TEE key's type (RSA in a dialect
  // whose TA keys are bare RSA ciphertexts). A load generator puts a pool here.
  std::function<absl::StatusOr<crypto::PrivateKey>()> make_aik;
};

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_TEE_OPTIONS_H_
