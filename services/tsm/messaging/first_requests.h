// The first message of a session: GetDeviceStateRequests signed ahead. What a
// device gets first doesn't depend on the device, so the signature (the dearest
// thing on the way) is made in the background; a burst of connects beyond the
// pool signs on the spot.
//
// Each request is handed out once: its tid is the session's. A request whose
// tid is of an earlier epoch, or that carries an identity or staples that have
// been renewed since, is thrown away, never handed out.
//
// Thread-safety: thread-safe.
// Errors: UNAVAILABLE where there is no usable identity; else the signer's.

#ifndef OTRP_SERVICES_TSM_MESSAGING_FIRST_REQUESTS_H_
#define OTRP_SERVICES_TSM_MESSAGING_FIRST_REQUESTS_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/crypto/keys.h"
#include "libs/protocol/dialect.h"
#include "libs/protocol/tid.h"
#include "services/tsm/identity/identity.h"
#include "services/tsm/messaging/secrets.h"

namespace otrp {
namespace tsm {

struct FirstRequest {
  std::string tid;
  std::string rid;
  std::string message;
};

class RequestPool {
 public:
  // (dialect, key type) -> how many to keep ready.
  using Key = std::pair<protocol::Dialect, crypto::KeyType>;
  // Makes one request. Thread-safe.
  using Signer = std::function<absl::StatusOr<FirstRequest>(
      protocol::Dialect dialect, const SigningIdentity& identity)>;

  // `identity` and `clock` must outlive the pool. `epoch`: requests are used
  // within one such span of time.
  RequestPool(const IdentitySource& identity, const Clock& clock,
              absl::Duration epoch, std::map<Key, size_t> sizes, Signer signer);

  // One from the pool, or made now.
  absl::StatusOr<FirstRequest> Take(protocol::Dialect dialect,
                                    crypto::KeyType type);

  // Fills the pool; for a background task. UNAVAILABLE without identity.
  absl::Status Refill();

  // Forgets what lies ready, since it was made with what is out of use now.
  void Clear();

  // For tests and metrics: what lies ready and is still usable.
  size_t ready(protocol::Dialect dialect, crypto::KeyType type) const;

 private:
  struct Ready {
    FirstRequest request;
    int64_t epoch;
    std::shared_ptr<const SigningIdentity> identity;
  };

  int64_t Epoch() const;

  const IdentitySource& identity_;
  const Clock& clock_;
  const absl::Duration epoch_;
  const std::map<Key, size_t> sizes_;
  const Signer signer_;
  mutable std::mutex mutex_;
  // Counts Clear(), so that what was being signed meanwhile isn't kept.
  int64_t cleared_ = 0;
  std::map<Key, std::deque<Ready>> ready_;
};

// A tid is good for its own epoch and two more, so what is signed ahead within
// one epoch leaves a device at least ten minutes.
inline constexpr absl::Duration kFirstRequestEpoch = protocol::kTidEpoch;

// All must outlive the signer.
RequestPool::Signer FirstRequestSigner(const SessionSecrets& secrets,
                                       const Clock& clock, Random& random);

// A GetDeviceStateRequest with these ids.
absl::StatusOr<std::string> SignGetDeviceState(protocol::Dialect dialect,
                                               const SigningIdentity& identity,
                                               const std::string& tid,
                                               const std::string& rid);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_MESSAGING_FIRST_REQUESTS_H_
