// TA images by release, in memory: bounded, least recently used goes first.
// Of several callers that miss the same release at once, one reads the
// database and the others wait for it.
//
// Releases never change, so entries never become wrong.
//
// Thread-safety: thread-safe. Errors: the loader's; failures aren't kept.

#ifndef OTRP_SERVICES_TSM_STORAGE_IMAGE_CACHE_H_
#define OTRP_SERVICES_TSM_STORAGE_IMAGE_CACHE_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "services/tsm/domain/model.h"

namespace otrp {
namespace tsm {

class ImageCache {
 public:
  using Loader = std::function<absl::StatusOr<ReleaseImage>(int64_t)>;

  // An image larger than `max_bytes` is handed out but not kept.
  ImageCache(size_t max_bytes, Loader loader)
      : max_bytes_(max_bytes), loader_(std::move(loader)) {}

  absl::StatusOr<std::shared_ptr<const ReleaseImage>> Get(int64_t release_id);

  size_t bytes() const;

 private:
  struct Entry {
    int64_t id;
    std::shared_ptr<const ReleaseImage> image;
  };

  void Insert(int64_t id, std::shared_ptr<const ReleaseImage> image);

  const size_t max_bytes_;
  const Loader loader_;
  mutable std::mutex mutex_;
  std::condition_variable loaded_;
  std::set<int64_t> loading_;
  // Most recently used first.
  std::list<Entry> entries_;
  absl::flat_hash_map<int64_t, std::list<Entry>::iterator> by_id_;
  size_t bytes_ = 0;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_STORAGE_IMAGE_CACHE_H_
