// How much each of many may still do: a token bucket for every key.
//
// Thread-safety: thread-safe. Errors: none.
// Source: draft-ietf-httpapi-ratelimit-headers (the fields that it can fill).

#ifndef OTRP_SERVICES_API_DOMAIN_TOKEN_BUCKETS_H_
#define OTRP_SERVICES_API_DOMAIN_TOKEN_BUCKETS_H_

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace otrp {
namespace api {

class TokenBuckets {
 public:
  struct Rule {
    double per_second = 0;
    // At once, from rest.
    double burst = 0;
    // Keys that are remembered. Beyond, all further ones share one bucket.
    size_t max_keys = 0;
  };

  // What is left after a try to take one.
  struct Left {
    bool taken = false;
    int tokens = 0;
    // Until there is one again where none was taken, else until all are there.
    absl::Duration until;
  };

  explicit TokenBuckets(const Rule& rule) : rule_(rule) {}

  const Rule& rule() const { return rule_; }

  Left Take(absl::string_view key, absl::Time now);
  // For what turned out not to count.
  void GiveBack(absl::string_view key, absl::Time now);

 private:
  struct Bucket {
    double tokens = 0;
    absl::Time filled;
  };

  Bucket& Find(absl::string_view key, absl::Time now);
  void Fill(Bucket* bucket, absl::Time now) const;
  void ForgetTheFull(absl::Time now);

  const Rule rule_;
  std::mutex mutex_;
  std::map<std::string, Bucket, std::less<>> buckets_;
  Bucket shared_{0, absl::InfinitePast()};
  absl::Time swept_ = absl::InfinitePast();
};

}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_DOMAIN_TOKEN_BUCKETS_H_
