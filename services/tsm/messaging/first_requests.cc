#include "services/tsm/messaging/first_requests.h"

#include "libs/base/status_macros.h"
#include "libs/protocol/requests.h"
#include "services/tsm/errors.h"
#include "services/tsm/messaging/own_keys.h"

namespace otrp {
namespace tsm {

RequestPool::RequestPool(const IdentitySource& identity, const Clock& clock,
                         absl::Duration epoch, std::map<Key, size_t> sizes,
                         Signer signer)
    : identity_(identity),
      clock_(clock),
      epoch_(epoch),
      sizes_(std::move(sizes)),
      signer_(std::move(signer)) {}

int64_t RequestPool::Epoch() const {
  return (clock_.Now() - absl::UnixEpoch()) / epoch_;
}

absl::StatusOr<FirstRequest> RequestPool::Take(protocol::Dialect dialect,
                                               crypto::KeyType type) {
  std::shared_ptr<const SigningIdentity> identity = identity_.Get(type);
  if (identity == nullptr) return errors::IdentityNotReady();
  const int64_t epoch = Epoch();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    auto found = ready_.find({dialect, type});
    while (found != ready_.end() && !found->second.empty()) {
      Ready ready = std::move(found->second.front());
      found->second.pop_front();
      if (ready.epoch == epoch && ready.identity == identity) {
        return std::move(ready.request);
      }
    }
  }
  return signer_(dialect, *identity);
}

absl::Status RequestPool::Refill() {
  for (const auto& entry : sizes_) {
    const Key& key = entry.first;
    std::shared_ptr<const SigningIdentity> identity = identity_.Get(key.second);
    if (identity == nullptr) return errors::IdentityNotReady();
    const int64_t epoch = Epoch();
    size_t missing = 0;
    int64_t cleared = 0;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      cleared = cleared_;
      std::deque<Ready>& queue = ready_[key];
      while (!queue.empty() && (queue.front().epoch != epoch ||
                                queue.front().identity != identity)) {
        queue.pop_front();
      }
      missing = entry.second > queue.size() ? entry.second - queue.size() : 0;
    }
    for (; missing > 0; --missing) {
      OTRP_ASSIGN_OR_RETURN(FirstRequest request,
                            signer_(key.first, *identity));
      std::lock_guard<std::mutex> lock(mutex_);
      if (cleared != cleared_) break;
      ready_[key].push_back({std::move(request), epoch, identity});
    }
  }
  return absl::OkStatus();
}

void RequestPool::Clear() {
  std::lock_guard<std::mutex> lock(mutex_);
  ready_.clear();
  ++cleared_;
}

size_t RequestPool::ready(protocol::Dialect dialect,
                          crypto::KeyType type) const {
  std::shared_ptr<const SigningIdentity> identity = identity_.Get(type);
  const int64_t epoch = Epoch();
  std::lock_guard<std::mutex> lock(mutex_);
  auto found = ready_.find({dialect, type});
  if (found == ready_.end()) return 0;
  size_t count = 0;
  for (const Ready& ready : found->second) {
    if (ready.epoch == epoch && ready.identity == identity) ++count;
  }
  return count;
}

absl::StatusOr<std::string> SignGetDeviceState(protocol::Dialect dialect,
                                               const SigningIdentity& identity,
                                               const std::string& tid,
                                               const std::string& rid) {
  protocol::GetDeviceStateParams params;
  params.dialect = dialect;
  params.tid = tid;
  params.rid = rid;
  params.ocsp_responses = identity.staples;
  params.supported_sigalgs = {"RS256", "ES256"};
  CountKeyOp("sign", identity.key_type);
  OTRP_ASSIGN_OR_RETURN(
      protocol::BuiltRequest built,
      protocol::BuildGetDeviceState(params, {identity.key, identity.chain}));
  return std::move(built.message);
}

RequestPool::Signer FirstRequestSigner(const SessionSecrets& secrets,
                                       const Clock& clock, Random& random) {
  return [&secrets, &clock, &random](
             protocol::Dialect dialect,
             const SigningIdentity& identity) -> absl::StatusOr<FirstRequest> {
    const std::shared_ptr<const SessionSecret> secret = secrets.Current();
    FirstRequest request;
    request.tid = protocol::NewTid(
        secret->bytes.view(), identity.key_type == crypto::KeyType::kEcP256,
        clock.Now(), random);
    request.rid = protocol::FirstRid(secret->bytes.view(), request.tid);
    OTRP_ASSIGN_OR_RETURN(
        request.message,
        SignGetDeviceState(dialect, identity, request.tid, request.rid));
    return request;
  };
}

}  // namespace tsm
}  // namespace otrp
