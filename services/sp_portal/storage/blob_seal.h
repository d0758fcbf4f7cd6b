// The seal of images and personalization data in the database: AES-256-GCM,
// a key a blob, which the service's key-encryption key seals. So that octets
// can't be moved to another row, a key is bound to its blob's id and a chunk
// to its offset.
//
// Thread-safety: thread-safe. Errors: DATA_LOSS for what doesn't open.

#ifndef OTRP_SERVICES_SP_PORTAL_STORAGE_BLOB_SEAL_H_
#define OTRP_SERVICES_SP_PORTAL_STORAGE_BLOB_SEAL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/random.h"
#include "libs/base/secret.h"

namespace otrp {
namespace portal {

// Octets in clear of a chunk, at most: a row that PostgreSQL and we move about
// without effort.
inline constexpr size_t kBlobChunkBytes = size_t{1} << 20;

struct SealedChunk {
  // Offset and number of the octets in clear.
  int64_t at = 0;
  int64_t bytes = 0;
  std::string sealed;
};

struct SealedBlob {
  // UUID in lower case.
  std::string id;
  std::string sealed_key;
  // In order; none where they are in the database already.
  std::vector<SealedChunk> chunks;
};

class BlobSeal {
 public:
  // `kek`: 32 octets. `random` must outlive it.
  BlobSeal(SecretBytes kek, Random& random);

  // Sealed under a new id and key.
  absl::StatusOr<SealedBlob> Seal(absl::string_view octets) const;

  // In parts: the blob without chunks, its key, and one chunk.
  absl::StatusOr<SealedBlob> NewBlob() const;
  absl::StatusOr<SecretBytes> OpenKey(const std::string& id,
                                      absl::string_view sealed_key) const;
  absl::StatusOr<SealedChunk> SealChunk(const SecretBytes& key, int64_t at,
                                        absl::string_view octets) const;
  static absl::StatusOr<SecretBytes> OpenChunk(const SecretBytes& key,
                                               const SealedChunk& chunk);

  // Short secrets of other rows; `place` is the row's, and no other one's.
  absl::StatusOr<std::string> SealValue(absl::string_view place,
                                        absl::string_view octets) const;
  absl::StatusOr<SecretBytes> OpenValue(absl::string_view place,
                                        absl::string_view sealed) const;

  // A sealed text that tells this key-encryption key from others.
  absl::StatusOr<std::string> SealMark() const;
  bool OpensMark(absl::string_view sealed) const;

 private:
  const SecretBytes kek_;
  Random& random_;
};

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_STORAGE_BLOB_SEAL_H_
