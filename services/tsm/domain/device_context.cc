#include "services/tsm/domain/device_context.h"

#include <utility>

#include "libs/base/status_macros.h"

namespace otrp {
namespace tsm {

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
