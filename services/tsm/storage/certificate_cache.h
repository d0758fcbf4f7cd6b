// SP certificates by fingerprint, in memory. A fingerprint names one
// certificate for ever, so entries never become wrong; when the cache is full
// it is emptied (it fills again within a few messages).
//
// Thread-safety: thread-safe. Errors: the loader's; failures aren't kept.

#ifndef OTRP_SERVICES_TSM_STORAGE_CERTIFICATE_CACHE_H_
#define OTRP_SERVICES_TSM_STORAGE_CERTIFICATE_CACHE_H_

#include <functional>
#include <mutex>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace tsm {

class CertificateCache {
 public:
  using Loader = std::function<absl::StatusOr<std::string>(absl::string_view)>;

  CertificateCache(size_t max_entries, Loader loader)
      : max_entries_(max_entries), loader_(std::move(loader)) {}

  // DER of the certificate with this fingerprint (lower-case hex).
  absl::StatusOr<std::string> Get(const std::string& fingerprint) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      auto found = entries_.find(fingerprint);
      if (found != entries_.end()) return found->second;
    }
    absl::StatusOr<std::string> der = loader_(fingerprint);
    if (!der.ok()) return der;
    std::lock_guard<std::mutex> lock(mutex_);
    if (entries_.size() >= max_entries_) entries_.clear();
    entries_[fingerprint] = *der;
    return der;
  }

 private:
  const size_t max_entries_;
  const Loader loader_;
  std::mutex mutex_;
  absl::flat_hash_map<std::string, std::string> entries_;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_STORAGE_CERTIFICATE_CACHE_H_
