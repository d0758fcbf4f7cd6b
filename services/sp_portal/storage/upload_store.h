// Uploads under way (otrp.portal.v1.Uploads). Their octets are blobs that no
// version refers to yet; PortalStore::AddVersion makes a version of one.
//
// Thread-safety: thread-safe.
// Errors: the named ones of errors.h; those of libs/store/pool.h and of
// BlobStore.

#ifndef OTRP_SERVICES_SP_PORTAL_STORAGE_UPLOAD_STORE_H_
#define OTRP_SERVICES_SP_PORTAL_STORAGE_UPLOAD_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"
#include "services/sp_portal/domain/model.h"
#include "services/sp_portal/storage/blob_store.h"

namespace otrp {
namespace portal {

class UploadStore {
 public:
  // Both must outlive the store.
  UploadStore(store::Pool& pool, BlobStore& blobs)
      : pool_(pool), blobs_(blobs) {}

  struct Created {
    Upload upload;
    // False: it was under way already.
    bool made = false;
  };
  // `wanted`: without id, blob_id and received, which the store sets.
  // RESOURCE_EXHAUSTED.
  absl::StatusOr<Created> Create(const Upload& wanted,
                                 const store::AuditEvent& audit);
  // NOT_FOUND. `id` in lower case.
  absl::StatusOr<Upload> Get(const std::string& id);
  // By id, those after `after`.
  absl::StatusOr<std::vector<Upload>> List(const Visible& visible,
                                           const std::string& after, int limit);
  // Takes the next octets, or the same ones again; how many are there now.
  // FAILED_PRECONDITION, INVALID_ARGUMENT.
  absl::StatusOr<int64_t> Write(const std::string& id, int64_t offset,
                                absl::string_view data, absl::Time expires_at);
  // NOT_FOUND where it isn't open.
  absl::Status Abort(const std::string& id, absl::Time now,
                     const store::AuditEvent& audit);
  // Removes up to `limit` whose time is over; how many it were.
  absl::StatusOr<int64_t> RemoveExpired(absl::Time now, int limit);

 private:
  store::Pool& pool_;
  BlobStore& blobs_;
};

namespace steps {

// The upload's blob becomes its version's. ABORTED where it isn't open any
// more.
absl::Status FinishUpload(store::Tx& tx, const std::string& id);

}  // namespace steps
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_STORAGE_UPLOAD_STORE_H_
