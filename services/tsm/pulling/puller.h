// Asks a service provider's endpoint for one device's TA, once: a signed
// request over HTTPS, an answer that the SP has signed for this very request.
// What comes of it goes into the store as it is; nobody here can read it.
//
// URLs are the service providers' own choice, so that they are kept to the
// public Internet unless the operator allows others; no redirects, limits of
// size and time.
//
// Thread-safety: thread-safe.
// Errors: as PullOutcome; the texts never quote what came.

#ifndef OTRP_SERVICES_TSM_PULLING_PULLER_H_
#define OTRP_SERVICES_TSM_PULLING_PULLER_H_

#include <mutex>
#include <string>
#include <utility>

#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "services/tsm/identity/identity.h"
#include "services/tsm/pulling/pull_queue.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {

class Puller {
 public:
  struct Options {
    // The id in our certificates.
    std::string tsm_id;
    // Endpoints may have private and loopback addresses.
    bool allow_private = false;
  };

  // All must outlive the puller.
  Puller(Options options, TsmStore& store, const IdentitySource& identity,
         const Clock& clock, Random& random)
      : options_(std::move(options)),
        store_(store),
        identity_(identity),
        clock_(clock),
        random_(random) {}

  PullOutcome Pull(const PullWish& wish);

 private:
  absl::Status Ask(const PullWish& wish, const PullTarget& target,
                   bool* endpoint_failed);

  const Options options_;
  TsmStore& store_;
  const IdentitySource& identity_;
  const Clock& clock_;
  Random& random_;
  // Held while a large answer is checked.
  std::mutex large_;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_PULLING_PULLER_H_
