// Images and personalization data, sealed (blob_seal.h). Versions refer to them
// (PortalStore::AddVersion).
//
// Each upload is written whole, also where somebody else has pushed the same
// image before; then all versions refer to one of the two and the other is
// removed later. So neither answers nor times tell what others have.
//
// Thread-safety: thread-safe.
// Errors: those of libs/store/pool.h; DATA_LOSS for what doesn't open or isn't
// what was stored; FAILED_PRECONDITION for a key-encryption key that isn't this
// database's.

#ifndef OTRP_SERVICES_SP_PORTAL_STORAGE_BLOB_STORE_H_
#define OTRP_SERVICES_SP_PORTAL_STORAGE_BLOB_STORE_H_

#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/base/random.h"
#include "libs/base/secret.h"
#include "libs/store/pool.h"
#include "services/sp_portal/domain/model.h"
#include "services/sp_portal/storage/blob_seal.h"

namespace otrp {
namespace portal {

class BlobStore {
 public:
  // `kek`: 32 octets. The others must outlive the store.
  BlobStore(store::Pool& pool, SecretBytes kek, Random& random)
      : pool_(pool), seal_(std::move(kek), random) {}

  // OK where the key-encryption key is the one that this database began with.
  absl::Status CheckKek();

  // After CheckKek(); `seal()` as it is for those who write in parts.
  absl::StatusOr<SealedBlob> Seal(absl::string_view octets);
  const BlobSeal& seal() const { return seal_; }

  // BlobSeal's, sealed after CheckKek().
  absl::StatusOr<std::string> SealValue(absl::string_view place,
                                        absl::string_view octets);
  absl::StatusOr<SecretBytes> OpenValue(absl::string_view place,
                                        absl::string_view sealed) const {
    return seal_.OpenValue(place, sealed);
  }

  // The octets of a blob, which may be others than were to come.
  absl::StatusOr<std::string> ReadUnchecked(const std::string& id);
  // DATA_LOSS unless `sha256` is theirs.
  absl::StatusOr<std::string> Read(const std::string& id,
                                   absl::string_view sha256);
  // What a version has. NOT_FOUND.
  absl::StatusOr<Image> GetImage(const std::string& spid,
                                 const std::string& taid,
                                 const std::string& version);

  // Moves up to `limit` images that aren't sealed yet, each in a transaction;
  // how many it were.
  absl::StatusOr<int> MoveUnsealed(int limit, absl::Time now);
  // Removes up to `limit` blobs that nothing refers to; how many it were.
  absl::StatusOr<int64_t> RemoveIdle(int limit);

 private:
  absl::Status MoveOne(store::Tx& tx, absl::Time now, bool* moved);

  store::Pool& pool_;
  const BlobSeal seal_;
  std::atomic<bool> kek_is_right_{false};
};

namespace steps {

// Puts it into the database; nothing refers to it yet.
absl::Status WriteBlob(store::Tx& tx, const SealedBlob& blob, absl::Time now);

// The blob that is to be referred to for octets of this digest: `id`, or the
// one that is there. The other of the two is idle from `now` on.
absl::StatusOr<std::string> ShareBlob(store::Tx& tx, const std::string& id,
                                      absl::string_view sha256, absl::Time now);

// `id` as it is, never shared; and the opposite.
absl::Status KeepBlob(store::Tx& tx, const std::string& id);
absl::Status DropBlob(store::Tx& tx, const std::string& id, absl::Time now);

// Removes a version's octets from before they were sealed, if there are any.
absl::Status DropUnsealed(store::Tx& tx, const std::string& spid,
                          const std::string& taid, const std::string& version);

}  // namespace steps
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_STORAGE_BLOB_STORE_H_
