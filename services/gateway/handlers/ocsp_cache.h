// OCSP responses that were given out lately. What many ask about at once (the
// certificate of a TSM, of a popular service provider) is answered from here,
// without a call of the CA and without a statement in its database.
//
// Only responses about certificates that were issued are kept, so a stranger
// can't fill it with made-up serials; what is used least goes first. A
// revocation is seen when the kept one's life is over: kOcspCacheLife.
//
// Thread-safety: thread-safe.
// Errors: none.

#ifndef OTRP_SERVICES_GATEWAY_HANDLERS_OCSP_CACHE_H_
#define OTRP_SERVICES_GATEWAY_HANDLERS_OCSP_CACHE_H_

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"

namespace otrp {
namespace gateway {
namespace handlers {

struct OcspAnswer {
  std::string der;
  absl::Time this_update;
  absl::Time next_update;
  // Of HTTP, with its quotes.
  std::string tag;
};

class OcspCache {
 public:
  // `clock` must outlive it.
  OcspCache(size_t max_octets, absl::Duration life, const Clock& clock)
      : max_octets_(max_octets), life_(life), clock_(clock) {}

  // What a request asks about, as a key; empty for what isn't one that can be
  // kept. Says nothing of the request being right.
  static std::string KeyOf(absl::string_view request_der);

  // Null: none, or none that is young enough.
  std::shared_ptr<const OcspAnswer> Find(const std::string& key);
  void Keep(const std::string& key, std::shared_ptr<const OcspAnswer> answer);

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const OcspAnswer> answer;
    absl::Time until;
    size_t octets() const { return 2 * key.size() + answer->der.size() + 256; }
  };
  void Drop(std::list<Entry>::iterator entry);

  const size_t max_octets_;
  const absl::Duration life_;
  const Clock& clock_;
  std::mutex mutex_;
  size_t octets_ = 0;
  // The last used first.
  std::list<Entry> entries_;
  std::map<std::string, std::list<Entry>::iterator> by_key_;
};

}  // namespace handlers
}  // namespace gateway
}  // namespace otrp

#endif  // OTRP_SERVICES_GATEWAY_HANDLERS_OCSP_CACHE_H_
