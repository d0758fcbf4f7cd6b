#include "services/gateway/handlers/ocsp_cache.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "libs/pki/ocsp.h"

namespace otrp {
namespace gateway {
namespace handlers {

std::string OcspCache::KeyOf(absl::string_view request_der) {
  const absl::StatusOr<pki::OcspRequest> request =
      pki::ParseOcspRequest(request_der);
  if (!request.ok() || request->id.hash.empty()) return "";
  const pki::CertId& id = request->id;
  return absl::StrCat(id.hash, " ", id.serial, " ", id.issuer_name_hash,
                      id.issuer_key_hash);
}

std::shared_ptr<const OcspAnswer> OcspCache::Find(const std::string& key) {
  const absl::Time now = clock_.Now();
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  if (now >= found->second->until) {
    Drop(found->second);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->answer;
}

void OcspCache::Keep(const std::string& key,
                     std::shared_ptr<const OcspAnswer> answer) {
  const absl::Time until = std::min(clock_.Now() + life_, answer->next_update);
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) Drop(found->second);
  entries_.push_front(Entry{key, std::move(answer), until});
  by_key_[key] = entries_.begin();
  octets_ += entries_.front().octets();
  while (octets_ > max_octets_) Drop(std::prev(entries_.end()));
}

void OcspCache::Drop(std::list<Entry>::iterator entry) {
  octets_ -= entry->octets();
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace handlers
}  // namespace gateway
}  // namespace otrp
