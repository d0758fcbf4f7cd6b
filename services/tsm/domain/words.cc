#include "services/tsm/domain/words.h"

#include "libs/base/hex.h"

namespace otrp {
namespace tsm {
namespace {

struct TargetWord {
  std::string operator()(const AllDevices&) const { return "all"; }
  std::string operator()(const OneDevice& device) const {
    return absl::StrCat("did:", HexEncode(device.did));
  }
  std::string operator()(const DeviceGroup& group) const {
    return absl::StrCat("group:", group.name);
  }
  std::string operator()(const DevicesThat& devices) const {
    return devices.meet.ToText();
  }
};

}  // namespace

std::string WordOfTarget(const Target& target) {
  return absl::visit(TargetWord(), target);
}

}  // namespace tsm
}  // namespace otrp
