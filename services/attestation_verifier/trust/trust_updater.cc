#include "services/attestation_verifier/trust/trust_updater.h"

#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/telemetry/log.h"
#include "services/attestation_verifier/errors.h"

namespace otrp {
namespace verifier {

absl::Status TrustUpdater::PullTrust() {
  std::lock_guard<std::mutex> lock(mutex_);
  absl::StatusOr<TrustCopy> pulled = ca_.PullTrust();
  if (!pulled.ok()) {
    if (!holder_.has_trust()) {
      absl::StatusOr<absl::optional<TrustCopy>> stored = store_.LoadTrust();
      if (stored.ok() && stored->has_value()) {
        OTRP_LOG(WARNING, "the CA is away: using the stored trust anchors",
                 {{"anchors", std::to_string((*stored)->anchors.size())},
                  {"version", std::to_string((*stored)->version)}});
        holder_.SetTrust(**std::move(stored));
      }
    }
    return pulled.status();
  }
  if (holder_.SetTrust(*pulled)) {
    unsaved_ = true;
    OTRP_LOG(INFO, "trust anchors and CRLs changed",
             {{"version", std::to_string(pulled->version)},
              {"anchors", std::to_string(pulled->anchors.size())},
              {"crls", std::to_string(pulled->crls.size())}});
  }
  if (!unsaved_) return absl::OkStatus();
  OTRP_RETURN_IF_ERROR(store_.SaveTrust(*pulled, clock_.Now()));
  unsaved_ = false;
  return absl::OkStatus();
}

absl::Status TrustUpdater::PullPolicy() {
  OTRP_ASSIGN_OR_RETURN(VersionedPolicy policy, store_.LoadPolicy());
  holder_.SetPolicy(std::move(policy));
  // They may be large, and change seldom.
  OTRP_ASSIGN_OR_RETURN(const int64_t version, store_.RevocationVersion());
  if (version == holder_.revocation_version()) return absl::OkStatus();
  OTRP_ASSIGN_OR_RETURN(RevocationList list, store_.LoadRevocation());
  OTRP_LOG(INFO, "third parties' revocation data changed",
           {{"version", std::to_string(list.version)},
            {"data", std::to_string(list.data.size())}});
  holder_.SetRevocation(std::move(list));
  return absl::OkStatus();
}

absl::Status TrustUpdater::Ready() const {
  if (!holder_.has_trust()) return errors::NotLoadedYet("trust anchors are");
  if (!holder_.policy().has_value() ||
      !holder_.revocation_version().has_value()) {
    return errors::NotLoadedYet("the policy is");
  }
  return absl::OkStatus();
}

}  // namespace verifier
}  // namespace otrp
