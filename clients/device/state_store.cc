#include "clients/device/state_store.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/files.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/aead.h"
#include "libs/crypto/hash.h"

namespace otrp::device {

absl::StatusOr<TeeState> MemoryStore::Load() { return state_; }

absl::Status MemoryStore::Save(const TeeState& state, const Blobs& fresh) {
  state_ = state;
  if (!keep_blobs_) return absl::OkStatus();
  for (const auto& blob : fresh) blobs_.insert(blob);
  const std::set<std::string> wanted = state.BlobNames();
  for (auto it = blobs_.begin(); it != blobs_.end();) {
    it = wanted.count(it->first) != 0 ? std::next(it) : blobs_.erase(it);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> MemoryStore::ReadBlob(absl::string_view name) {
  const auto it = blobs_.find(std::string(name));
  if (it == blobs_.end()) return absl::NotFoundError("no such blob");
  return it->second;
}

absl::StatusOr<std::unique_ptr<FolderStore>> FolderStore::Create(
    Options options) {
  if (options.storage_key.size() != 32) {
    return absl::InvalidArgumentError("a storage key has 32 octets");
  }
  if (options.random == nullptr) {
    return absl::InvalidArgumentError("a folder store needs randomness");
  }
  OTRP_RETURN_IF_ERROR(MakeFolder(absl::StrCat(options.directory, "/ta")));
  return std::unique_ptr<FolderStore>(new FolderStore(std::move(options)));
}

std::string FolderStore::StatePath() const {
  return absl::StrCat(options_.directory, "/state.json");
}

std::string FolderStore::BlobPath(absl::string_view name) const {
  return absl::StrCat(options_.directory, "/ta/", name);
}

absl::StatusOr<TeeState> FolderStore::Load() {
  absl::StatusOr<std::string> read = ReadWholeFile(StatePath());
  if (absl::IsNotFound(read.status())) {
    RemoveStrayFiles(TeeState());
    return TeeState();
  }
  OTRP_RETURN_IF_ERROR(read.status());
  const SecretBytes text = SecretBytes::Take(*std::move(read));
  absl::StatusOr<TeeState> state = ParseState(text.view());
  if (!state.ok()) {
    return absl::DataLossError(absl::StrCat(
        StatePath(), " can't be read: ", state.status().message()));
  }
  RemoveStrayFiles(*state);
  return state;
}

void FolderStore::RemoveStrayFiles(const TeeState& state) const {
  RemoveFile(absl::StrCat(StatePath(), ".tmp"));
  const std::set<std::string> wanted = state.BlobNames();
  const std::string folder = absl::StrCat(options_.directory, "/ta");
  for (const std::string& name : ListFolder(folder)) {
    if (wanted.count(name) == 0) RemoveFile(BlobPath(name));
  }
}

absl::Status FolderStore::Save(const TeeState& state, const Blobs& fresh) {
  for (const auto& blob : fresh) {
    // The name is authenticated, so that no blob can stand in for another.
    OTRP_ASSIGN_OR_RETURN(
        const std::string sealed,
        crypto::AesGcmSeal(options_.storage_key.view(), blob.second, blob.first,
                           *options_.random));
    OTRP_RETURN_IF_ERROR(WriteFileAtomically(BlobPath(blob.first), sealed, 0600,
                                             options_.before_rename));
  }
  const SecretBytes text = SerializeState(state);
  OTRP_RETURN_IF_ERROR(WriteFileAtomically(StatePath(), text.view(), 0600,
                                           options_.before_rename));
  RemoveStrayFiles(state);
  return absl::OkStatus();
}

absl::StatusOr<std::string> FolderStore::ReadBlob(absl::string_view name) {
  OTRP_ASSIGN_OR_RETURN(const std::string sealed,
                        ReadWholeFile(BlobPath(name)));
  absl::StatusOr<SecretBytes> blob =
      crypto::AesGcmOpen(options_.storage_key.view(), sealed, name);
  if (!blob.ok() || HexEncode(crypto::Sha256(blob->view())) != name) {
    return absl::DataLossError(
        absl::StrCat(BlobPath(name), " isn't what the TEE stored"));
  }
  return std::string(blob->view());
}

}  // namespace otrp::device
