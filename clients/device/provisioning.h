// Making devices: keys, certificate requests, and the certificates of an OEM
// that nobody knows.
//
// What is made here lives in memory; device_folder.h puts it into a folder.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT with what to do.

#ifndef CLIENTS_DEVICE_PROVISIONING_H_
#define CLIENTS_DEVICE_PROVISIONING_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/device/tee_identity.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/crypto/keys.h"

namespace otrp::device {

struct DeviceKeys {
  crypto::PrivateKey tee;
  crypto::PrivateKey tfw;
};

// RSA-2048 or EC P-256.
absl::StatusOr<DeviceKeys> MakeDeviceKeys(crypto::KeyType type);

// PEM "CERTIFICATE REQUEST".
absl::StatusOr<std::string> MakeCsrPem(const crypto::PrivateKey& key,
                                       absl::string_view common_name);

enum class DeviceRole { kTee, kTfw };

// A certificate for `key` by a root of its own, made for the purpose and
// forgotten: DER of leaf and root.
absl::StatusOr<std::vector<std::string>> SelfIssuedChain(
    const crypto::PrivateKey& key, DeviceRole role, const Clock& clock,
    Random& random);

// A whole device of a foreign OEM. `tsm_roots`: DER.
absl::StatusOr<TeeIdentity> MakeSelfIssuedIdentity(
    crypto::KeyType type, std::vector<std::string> tsm_roots,
    const Clock& clock, Random& random);

// DER of all certificates of a PEM text, in their order. `what` names the
// source in errors.
absl::StatusOr<std::vector<std::string>> CertificatesFromPem(
    absl::string_view what, absl::string_view pem);
std::string CertificatesToPem(const std::vector<std::string>& chain);

// The first certificate must be for the key.
absl::Status CheckChainIsForKey(absl::string_view what,
                                const std::vector<std::string>& chain,
                                const crypto::PrivateKey& key);

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_PROVISIONING_H_
