#include "services/tsm/messaging/wishes.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/protocol/dsi.h"
#include "libs/protocol/taid.h"

namespace otrp {
namespace tsm {
namespace {

bool ShipsTa(const PlannedRequest& planned) {
  return planned.kind == protocol::MessageKind::kInstallTa ||
         planned.kind == protocol::MessageKind::kUpdateTa;
}

}  // namespace

absl::StatusOr<const DesiredTa*> WishOf(const PlannedRequest& planned,
                                        const DeviceContext& device) {
  const DesiredTa* wish = nullptr;
  for (const DesiredTa& ta : device.goals.desired) {
    if (ta.spid == planned.spid && protocol::SameTaid(ta.taid, planned.taid)) {
      wish = &ta;
    }
  }
  if (wish == nullptr) {
    return absl::InternalError("a TA was planned that nobody wants");
  }
  return wish;
}

absl::StatusOr<const crypto::PublicKey*> AikOf(DeviceContext& device,
                                               const std::string& spid) {
  OTRP_ASSIGN_OR_RETURN(const protocol::Dsi* dsi, DsiOf(device));
  const crypto::PublicKey* aik = dsi->FindAik(spid);
  if (aik != nullptr) return aik;
  const protocol::UnusableAik* unusable = dsi->FindUnusableAik(spid);
  return absl::FailedPreconditionError(
      unusable == nullptr
          ? absl::StrCat("the TEE reports no key (spaik) for SP ", spid)
          : absl::StrCat("the TEE's key (spaik) for SP ", spid,
                         " can't be used: ", unusable->reason));
}

absl::StatusOr<PullState> PullStateOf(Tools& tools, protocol::Dialect dialect,
                                      const PlannedRequest& planned,
                                      DeviceContext& device) {
  if (!ShipsTa(planned)) return PullState(NotPulled());
  OTRP_ASSIGN_OR_RETURN(const DesiredTa* wish, WishOf(planned, device));
  if (!wish->pull) return PullState(NotPulled());
  OTRP_ASSIGN_OR_RETURN(const crypto::PublicKey* aik,
                        AikOf(device, planned.spid));
  OTRP_ASSIGN_OR_RETURN(
      const absl::optional<std::string> kept,
      tools.store.LoadPulled(device.device.did, wish->release_id, dialect,
                             crypto::Sha256(aik->ToSpki()), tools.clock.Now()));
  if (!kept.has_value()) {
    return PullState(tools.pulls.Want({wish->spid, wish->taid, wish->release_id,
                                       device.device.did, dialect, *aik}));
  }
  Pulled pulled;
  pulled.release_id = wish->release_id;
  OTRP_ASSIGN_OR_RETURN(pulled.encrypted_ta, json::Parse(*kept, json::kOurs));
  return PullState(std::move(pulled));
}

}  // namespace tsm
}  // namespace otrp
