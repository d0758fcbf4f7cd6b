// The trusted application inside InstallTA and UpdateTA: decrypted with the
// SP's AIK, then checked to be signed by one of the SD's SP certificates.
//
// Images are of the format "jws" (docs/ta-image.md): a flattened JWS whose
// protected header has taid and taver and whose payload is the binary.
//
// Thread-safety: functions without state.
// Errors: ERR_REQUEST_INVALID for a wrong structure,
// ERR_UNSUPPORTED_CRYPTO_ALG, ERR_TA_INVALID for all that is wrong with what is
// inside. Source: draft-ietf-teep-opentrustprotocol-03, "TA Protection", "TA
// Trust Check at TEE"; docs/wire.md section 3.

#ifndef CLIENTS_DEVICE_TA_PAYLOAD_H_
#define CLIENTS_DEVICE_TA_PAYLOAD_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "clients/device/state.h"
#include "libs/base/random.h"
#include "libs/crypto/keys.h"
#include "libs/json/json.h"

namespace otrp::device {

enum class TaOperation { kInstall, kUpdate };

struct TaPayload {
  absl::optional<std::string> image;
  absl::optional<std::string> pdata;
};

// Members and algorithm of `encrypted_ta`.
absl::Status CheckEncryptedTa(const json::Value& encrypted_ta,
                              TaOperation operation);

absl::StatusOr<TaPayload> DecryptTa(const json::Value& encrypted_ta,
                                    TaOperation operation,
                                    const crypto::PrivateKey& aik,
                                    Random& random);

struct VerifiedImage {
  std::string version;
  std::string binary_sha256;
};

// `spcerts`: DER; the signer must be one of them.
absl::StatusOr<VerifiedImage> VerifyImage(
    absl::string_view image, absl::string_view taid,
    const std::vector<std::string>& spcerts);

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_TA_PAYLOAD_H_
