// A device in a folder, as otrp-device keeps it:
//
//   device.json                  what init was told
//   tee.key, tfw.key             PEM, readable by the owner only
//   storage.key                  seals what is in ta/
//   tee.csr, tfw.csr             for the OEM's CA
//   tee.pem, tfw.pem             certificates, leaf first
//   tsm-roots.pem                the TSMs that the TEE obeys
//   state.json, ta/              the TEE's state (state_store.h)
//   agent.json                   what the agent has learnt of the TEE
//   lock                         held while a process works here
//
// Thread-safety: one process and one thread at a time, by the lock.
// Errors: FAILED_PRECONDITION, INVALID_ARGUMENT or NOT_FOUND, each saying what
// to do.

#ifndef CLIENTS_DEVICE_DEVICE_FOLDER_H_
#define CLIENTS_DEVICE_DEVICE_FOLDER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/device/dialect.h"
#include "clients/device/tee.h"
#include "libs/base/clock.h"
#include "libs/base/files.h"
#include "libs/base/random.h"
#include "libs/crypto/keys.h"
#include "libs/jose/jws.h"

namespace otrp::device {

struct DeviceSettings {
  crypto::KeyType key_type = crypto::KeyType::kRsa;
  Dialect dialect = Dialect::kIetf03;
  std::string tee_name = "OTrP Software TEE";
  std::string tee_version = "1.0";
  std::vector<jose::SigAlg> sigalgs = {jose::SigAlg::kRS256,
                                       jose::SigAlg::kES256};
  bool self_issued = false;
};

// Makes the folder with keys and requests; refuses one that has a device.
absl::Status InitDevice(const std::string& directory,
                        const DeviceSettings& settings, const Clock& clock,
                        Random& random);

struct ProvisionFiles {
  // Paths of PEM files. The certificates may be left out where the folder has
  // them: a device that issued its own, or that only gets new roots.
  std::string tee_cert;
  std::string tfw_cert;
  std::string tsm_roots;
};

absl::Status ProvisionDevice(const std::string& directory,
                             const ProvisionFiles& files);

// A folder that is in use by this process.
struct OpenDevice {
  FolderLock lock;
  DeviceSettings settings;
  std::unique_ptr<Tee> tee;
  // What the agent has learnt that sessions had better begin with ("ES256");
  // empty: nothing.
  std::string sigalg;
};

// FAILED_PRECONDITION unless it is provisioned.
absl::StatusOr<OpenDevice> OpenDeviceFolder(const std::string& directory,
                                            const Clock& clock, Random& random);

// For later sessions. The caller holds the folder (OpenDevice).
absl::Status RememberSigAlg(const std::string& directory,
                            const std::string& sigalg);

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_DEVICE_FOLDER_H_
