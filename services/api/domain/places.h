// How much of something that lasts may be open, in all and of each key.
//
// Thread-safety: thread-safe.

#ifndef OTRP_SERVICES_API_DOMAIN_PLACES_H_
#define OTRP_SERVICES_API_DOMAIN_PLACES_H_

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"

namespace otrp {
namespace api {

class Places {
 public:
  struct Rule {
    int in_all = 0;
    int of_one = 0;
  };

  // Somebody's place.
  class Place {
   public:
    Place(Places* places, std::string key);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    // Another may have it from now on; at the end at the latest.
    void Leave();

   private:
    Places* const places_;
    std::string key_;
    bool left_ = false;
  };

  explicit Places(const Rule& rule) : rule_(rule) {}
  // Waits for the end of all that were given, as long as a call may take.
  ~Places();
  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;

  // RESOURCE_EXHAUSTED where `key` has all that one may have, UNAVAILABLE where
  // none is left at all.
  absl::StatusOr<std::unique_ptr<Place>> Take(const std::string& key);
  int taken() const;

 private:
  const Rule rule_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Places in use; keys without one have no row.
  std::map<std::string, int> of_one_;
  int in_all_ = 0;
  // Places that haven't ended, left or not.
  int alive_ = 0;
};

}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_DOMAIN_PLACES_H_
