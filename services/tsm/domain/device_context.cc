#include "services/tsm/domain/device_context.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "services/tsm/domain/resolve.h"

namespace otrp {
namespace tsm {

void DeviceContext::Decide() {
  DeviceFacts facts;
  for (const std::string& group : groups) {
    facts.marks.insert(absl::StrCat("group:", group));
  }
  for (const std::string& label : labels) {
    facts.marks.insert(absl::StrCat("label:", label));
  }
  facts.marks.insert(absl::StrCat("vendor:", device.tee_vendor));
  facts.tier = device.tier;
  desired = Resolve(facts, offers);
}

void DeviceContext::SetState(std::string octets, std::string hash,
                             protocol::Dsi parsed) {
  if (state.has_value()) claimed = std::move(state->claimed);
  state = TeeState{std::move(octets), std::move(hash), true, {}};
  dsi = std::move(parsed);
}

absl::StatusOr<const crypto::PublicKey*> TeeKeyOf(DeviceContext& context) {
  if (!context.tee_key.has_value()) {
    OTRP_ASSIGN_OR_RETURN(context.tee_key,
                          crypto::PublicKey::FromSpki(context.device.tee_spki));
  }
  return &*context.tee_key;
}

absl::StatusOr<const protocol::Dsi*> DsiOf(DeviceContext& context) {
  if (!context.dsi.has_value()) {
    OTRP_ASSIGN_OR_RETURN(context.dsi, protocol::ParseDsi(context.state->dsi));
  }
  return &*context.dsi;
}

}  // namespace tsm
}  // namespace otrp
