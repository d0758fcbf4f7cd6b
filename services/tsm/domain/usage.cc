#include "services/tsm/domain/usage.h"

#include "libs/protocol/taid.h"

namespace otrp {
namespace tsm {
namespace {

using protocol::MessageKind;

constexpr char kInstall[] = "ta-install";
constexpr char kUpdate[] = "ta-update";
constexpr char kDelete[] = "ta-delete";
constexpr char kDomain[] = "domain-create";

const char* KindOf(MessageKind kind) {
  switch (kind) {
    case MessageKind::kInstallTa: return kInstall;
    case MessageKind::kUpdateTa: return kUpdate;
    case MessageKind::kDeleteTa: return kDelete;
    case MessageKind::kCreateSd: return kDomain;
    case MessageKind::kGetDeviceState:
    case MessageKind::kUpdateSd:
    case MessageKind::kDeleteSd: break;
  }
  return nullptr;
}

}  // namespace

std::vector<std::string> UsageKinds() {
  return {kInstall, kUpdate, kDelete, kDomain};
}

absl::optional<Usage> UsageOf(const PlannedRequest& request,
                              const std::string& tee_vendor,
                              const std::string& tsm_id) {
  const char* kind = KindOf(request.kind);
  if (kind == nullptr) return absl::nullopt;
  return Usage{kind, request.spid, protocol::TaidKey(request.taid), tee_vendor,
               tsm_id};
}

}  // namespace tsm
}  // namespace otrp
