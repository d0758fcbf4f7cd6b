#include "services/tsm/storage/image_cache.h"

namespace otrp {
namespace tsm {

absl::StatusOr<std::shared_ptr<const ReleaseImage>> ImageCache::Get(
    int64_t release_id) {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    auto found = by_id_.find(release_id);
    if (found != by_id_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return found->second->image;
    }
    if (loading_.insert(release_id).second) break;
    loaded_.wait(lock);
  }
  lock.unlock();
  absl::StatusOr<ReleaseImage> image = loader_(release_id);
  lock.lock();
  loading_.erase(release_id);
  loaded_.notify_all();
  if (!image.ok()) return image.status();
  auto shared = std::make_shared<const ReleaseImage>(*std::move(image));
  Insert(release_id, shared);
  return shared;
}

void ImageCache::Insert(int64_t id, std::shared_ptr<const ReleaseImage> image) {
  const size_t size = image->bytes();
  if (size > max_bytes_) return;
  while (bytes_ + size > max_bytes_) {
    bytes_ -= entries_.back().image->bytes();
    by_id_.erase(entries_.back().id);
    entries_.pop_back();
  }
  entries_.push_front({id, std::move(image)});
  by_id_[id] = entries_.begin();
  bytes_ += size;
}

size_t ImageCache::bytes() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return bytes_;
}

}  // namespace tsm
}  // namespace otrp
