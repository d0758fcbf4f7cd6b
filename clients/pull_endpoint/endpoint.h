// A service provider's side of pull mode (docs/pull-mode.md): checks a request
// of the TSM, encrypts the TA and the device's own data to the device's key,
// and signs the answer. Images and data are files of a folder:
//
//   DIR/TAID/VERSION/image       as the TEE is to get it, signed
//   DIR/TAID/VERSION/DID.data    that device's data; may be missing
//
// Thread-safety: thread-safe.
// Errors: are HTTP answers: 400 what can't be read, 401 what isn't the TSM's
// or was asked before, 404 what it doesn't have, 503 too much at once.

#ifndef CLIENTS_PULL_ENDPOINT_ENDPOINT_H_
#define CLIENTS_PULL_ENDPOINT_ENDPOINT_H_

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/crypto/keys.h"
#include "libs/http/message.h"
#include "libs/pki/verify.h"
#include "libs/protocol/pull.h"

namespace otrp::pull_endpoint {

class Endpoint {
 public:
  struct Options {
    // As the portal has it: requests for another one are refused.
    std::string url;
    // The TSM's id, and the roots that its certificate is under.
    std::string tsm_id;
    pki::TrustAnchors tsm_roots;
    // Of the certificate that the portal knows.
    crypto::PrivateKey key;
    std::string dir;
    // Nonces that are remembered: 5 minutes of requests either way of now.
    size_t max_nonces = 1000000;
  };

  // Clock and random must outlive it.
  Endpoint(Options options, const Clock& clock, Random& random)
      : options_(std::move(options)), clock_(clock), random_(random) {}

  http::Response Answer(const http::Request& request);

 private:
  // UNAUTHENTICATED where it was asked before.
  absl::Status Remember(const protocol::PullRequest& request, absl::Time now);
  absl::StatusOr<std::string> Give(const http::Request& request);

  const Options options_;
  const Clock& clock_;
  Random& random_;

  std::mutex mutex_;
  // Nonces, and until when they could come again.
  std::map<std::string, absl::Time> seen_;
  std::multimap<absl::Time, std::string> by_time_;
};

}  // namespace otrp::pull_endpoint

#endif  // CLIENTS_PULL_ENDPOINT_ENDPOINT_H_
