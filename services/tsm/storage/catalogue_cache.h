// The newest catalogue (domain/catalogue.h), kept in memory.
//
// Who judges a device says which version it has to reach: the row of the
// device tells, in the statement that reads it. So no device is judged by a
// catalogue that lacks a change which was committed before its rows were read.
// What has changed is read then, by its numbers; many who ask at once wait for
// one reading. Refresh() does so ahead of time.
//
// Reading takes no lock while the catalogue is new enough: it is swapped as a
// whole.
//
// Thread-safety: thread-safe.
// Errors: those of libs/store/pool.h; RESOURCE_EXHAUSTED beyond
// kMaxCatalogueBytes. Then the last one stays, for those who need no newer one.

#ifndef OTRP_SERVICES_TSM_STORAGE_CATALOGUE_CACHE_H_
#define OTRP_SERVICES_TSM_STORAGE_CATALOGUE_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/store/pool.h"
#include "services/tsm/domain/catalogue.h"
#include "services/tsm/limits.h"

namespace otrp {
namespace tsm {

class CatalogueCache {
 public:
  // `pool` must outlive the cache. `max_bytes`: other than the limit in tests.
  explicit CatalogueCache(store::Pool& pool,
                          size_t max_bytes = kMaxCatalogueBytes)
      : pool_(pool), max_bytes_(max_bytes) {}

  // One that reaches up to `rules_version` or further.
  absl::StatusOr<std::shared_ptr<const Catalogue>> AtLeast(
      int64_t rules_version);

  // Reads what has changed. A database that has gone back, restored from a
  // backup, is read anew from its beginning. Sets the metrics of version and
  // size.
  absl::Status Refresh();

  // The statement that reads what has come since a version ($1); for the test
  // of its plan.
  static const char kChangesSql[];

  // Since it was last found to be the newest; infinite before the first time.
  absl::Duration Age() const;

 private:
  absl::Status Read(int64_t since);

  store::Pool& pool_;
  const size_t max_bytes_;
  // Read and replaced by std::atomic_load() and std::atomic_store().
  std::shared_ptr<const Catalogue> current_ =
      std::make_shared<const Catalogue>();
  // One reading at a time.
  std::mutex reading_;
  mutable std::mutex age_mutex_;
  absl::Time newest_at_ = absl::InfinitePast();
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_STORAGE_CATALOGUE_CACHE_H_
