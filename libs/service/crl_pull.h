// Pulls the CRLs of the CA's authorities of one role, in the background, again
// and again.
//
//   CrlPull pull(CrlsOf(ca_channel), common::v1::ROLE_SP, "signers",
//                RealClock());
//   tasks.Add("signers' revocations", kPeriod, kRetry, [&] {
//     return pull.Run([&](const pki::Crl& crl) { return Learn(crl); });
//   });
//
// A list goes on only with its authority's signature, whatever the connection
// says. What is on it counts for ever: the reasons that the CA has are final
// (there is no hold), so that takers add and never remove, and a list that is
// older than one seen here, or that has ended, takes nothing back.
//
// otrp_revocations_current_timestamp_seconds says since when a role's lists
// haven't been known to be current.
//
// Thread-safety: one thread runs it; freshness() is thread-safe.
// Errors of Run(): the source's and the taker's; INVALID_ARGUMENT and
// FAILED_PRECONDITION of pki::Crl; DATA_LOSS for a list older than one before.

#ifndef OTRP_LIBS_SERVICE_CRL_PULL_H_
#define OTRP_LIBS_SERVICE_CRL_PULL_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "libs/base/clock.h"
#include "libs/pki/crl.h"
#include "otrp/ca/v1/ca.pb.h"
#include "otrp/common/v1/common.pb.h"

namespace otrp {
namespace service {

// Two RPCs of the CA; the CA itself answers them out of its own store.
struct CrlSource {
  std::function<absl::StatusOr<ca::v1::ListAuthoritiesResponse>(
      const ca::v1::ListAuthoritiesRequest&)>
      list_authorities;
  std::function<absl::StatusOr<ca::v1::GetCrlResponse>(
      const ca::v1::GetCrlRequest&)>
      get_crl;
};

CrlSource CrlsOf(std::shared_ptr<grpc::Channel> ca);

class CrlPull {
 public:
  // `role`: whose authorities. `of`: the metric's label, a constant. `clock`
  // must outlive it.
  CrlPull(CrlSource source, common::v1::Role role, std::string of,
          const Clock& clock);

  // `take` gets each list that isn't the last one that it took, and every list
  // once in a while: what came to be known here after a list was taken may be
  // on it. A list that `take` failed for comes again. Goes on to the others
  // after a failure; the first one is returned.
  absl::Status Run(absl::FunctionRef<absl::Status(const pki::Crl&)> take);

  // When all lists were known to be current last; when this was made, where
  // they never were.
  absl::Time freshness() const {
    return absl::FromUnixMillis(fresh_ms_.load(std::memory_order_relaxed));
  }

 private:
  struct Known {
    int64_t number = 0;
    absl::Time next_update = absl::InfinitePast();
  };
  absl::Status RunOne(const ca::v1::Authority& authority, bool again,
                      absl::FunctionRef<absl::Status(const pki::Crl&)> take);
  void SetFresh(absl::Time at);

  const CrlSource source_;
  const common::v1::Role role_;
  const std::string of_;
  const Clock& clock_;
  // By the authority's name.
  std::map<std::string, Known> known_;
  absl::Time again_at_ = absl::InfinitePast();
  std::atomic<int64_t> fresh_ms_{0};
};

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_CRL_PULL_H_
