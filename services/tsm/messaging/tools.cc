#include "services/tsm/messaging/tools.h"

#include <map>
#include <utility>

#include "services/tsm/limits.h"

namespace otrp {
namespace tsm {
namespace {

using protocol::Dialect;

std::map<RequestPool::Key, size_t> PoolSizes() {
  return {{{Dialect::kIetf03, crypto::KeyType::kRsa}, kPoolSize},
          {{Dialect::kPei03, crypto::KeyType::kRsa}, kPoolSize},
          {{Dialect::kIetf03, crypto::KeyType::kEcP256}, kEcPoolSize},
          {{Dialect::kPei03, crypto::KeyType::kEcP256}, kEcPoolSize}};
}

}  // namespace

Tools::Tools(Messenger::Options options, const Messenger::Collaborators& others)
    : store(others.store),
      identity(others.identity),
      verifier(others.verifier),
      clock(others.clock),
      random(others.random),
      pulls(others.pulls),
      sealer(others.sealer),
      brake(others.brake),
      tsm_id(std::move(options.tsm_id)),
      secrets(std::move(options.session_secrets)),
      first_requests(identity, clock, kFirstRequestEpoch, PoolSizes(),
                     FirstRequestSigner(secrets, clock, random)),
      images(kImageCacheBytes,
             [this](int64_t id) { return store.LoadReleaseImage(id); }),
      certificates(kCertificateCacheEntries,
                   [this](absl::string_view fingerprint) {
                     return store.LoadSpCertificate(fingerprint);
                   }),
      refusals(store, clock, options.max_refusal_audits_per_second) {}

}  // namespace tsm
}  // namespace otrp
