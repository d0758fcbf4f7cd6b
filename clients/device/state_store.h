// Where a TEE's state lives: in memory, or in a folder that a kill at any
// moment leaves either before or after a change.
//
// FolderStore writes state.json.tmp, fsyncs it, renames it over state.json and
// fsyncs the folder. Blobs (images, personalization data) are named by their
// SHA-256, sealed with AES-256-GCM under the folder's storage key, written
// before the state that refers to them and removed after the one that doesn't.
//
// Thread-safety: a store belongs to one Tee and is used by one thread at a
// time.
// Errors: UNAVAILABLE when the disk refuses; DATA_LOSS for a state or a blob
// that can't be read back.

#ifndef CLIENTS_DEVICE_STATE_STORE_H_
#define CLIENTS_DEVICE_STATE_STORE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/device/state.h"
#include "libs/base/random.h"
#include "libs/base/secret.h"

namespace otrp::device {

// Lower-case hex SHA-256 to octets.
using Blobs = std::map<std::string, std::string>;

class StateStore {
 public:
  virtual ~StateStore() = default;

  virtual absl::StatusOr<TeeState> Load() = 0;
  // All of it or nothing. `fresh` are blobs that `state` refers to and the
  // store doesn't have yet.
  virtual absl::Status Save(const TeeState& state, const Blobs& fresh) = 0;
  virtual absl::StatusOr<std::string> ReadBlob(absl::string_view name) = 0;
};

// For tests and load: forgets everything with the process.
class MemoryStore : public StateStore {
 public:
  // Without blobs a device costs some kilobytes, whatever is installed.
  explicit MemoryStore(bool keep_blobs = true) : keep_blobs_(keep_blobs) {}

  absl::StatusOr<TeeState> Load() override;
  absl::Status Save(const TeeState& state, const Blobs& fresh) override;
  absl::StatusOr<std::string> ReadBlob(absl::string_view name) override;

 private:
  const bool keep_blobs_;
  TeeState state_;
  Blobs blobs_;
};

class FolderStore : public StateStore {
 public:
  struct Options {
    std::string directory;
    // 32 octets.
    SecretBytes storage_key;
    Random* random = nullptr;
    // Called with the file's name when a temporary file is complete and not
    // yet renamed: where a test pulls the plug.
    std::function<void(absl::string_view)> before_rename;
  };

  // The folder must exist.
  static absl::StatusOr<std::unique_ptr<FolderStore>> Create(Options options);

  // An empty state where there is no file yet. Removes what a kill left
  // behind: temporary files and blobs that nothing refers to.
  absl::StatusOr<TeeState> Load() override;
  absl::Status Save(const TeeState& state, const Blobs& fresh) override;
  absl::StatusOr<std::string> ReadBlob(absl::string_view name) override;

 private:
  explicit FolderStore(Options options) : options_(std::move(options)) {}

  std::string StatePath() const;
  std::string BlobPath(absl::string_view name) const;
  void RemoveStrayFiles(const TeeState& state) const;

  Options options_;
};

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_STATE_STORE_H_
