#include "services/sp_portal/domain/model.h"

#include <utility>

#include "libs/base/hex.h"

namespace otrp {
namespace portal {
namespace {

constexpr char kAll[] = "all";
constexpr char kDid[] = "did";
constexpr char kGroup[] = "group";
constexpr char kDevices[] = "devices";

struct ToWords {
  TargetWords operator()(AllDevices) const { return {kAll, ""}; }
  TargetWords operator()(const OneDevice& device) const {
    return {kDid, HexEncode(device.did)};
  }
  TargetWords operator()(const DeviceGroup& group) const {
    return {kGroup, group.name};
  }
  TargetWords operator()(const DevicesThat& devices) const {
    return {kDevices, devices.meet.ToText()};
  }
};

// What has to hold of a device to be one of the target's; nothing for a target
// that isn't given by conditions.
struct ToConditions {
  using Conditions = absl::optional<service::DeviceConditions>;
  Conditions operator()(AllDevices) const {
    return service::DeviceConditions();
  }
  Conditions operator()(const OneDevice&) const { return absl::nullopt; }
  Conditions operator()(const DeviceGroup& group) const {
    return service::DeviceConditions::InGroup(group.name);
  }
  Conditions operator()(const DevicesThat& devices) const {
    return devices.meet;
  }
};

}  // namespace

absl::string_view ReasonWord(int reason) {
  switch (reason) {
    case 0: return "unspecified";
    case 1: return "keyCompromise";
    case 2: return "cACompromise";
    case 3: return "affiliationChanged";
    case 4: return "superseded";
    case 5: return "cessationOfOperation";
    case 9: return "privilegeWithdrawn";
    default: return "other";
  }
}

std::string WordOf(ReviewState state) {
  switch (state) {
    case ReviewState::kDraft: return "draft";
    case ReviewState::kSubmitted: return "submitted";
    case ReviewState::kApproved: return "approved";
    case ReviewState::kRejected: return "rejected";
  }
  return "";
}

std::string WordOf(EvidenceKind kind) {
  return kind == EvidenceKind::kSbom ? "sbom" : "provenance";
}

absl::optional<ReviewState> ReviewStateOf(absl::string_view word) {
  for (const ReviewState state :
       {ReviewState::kDraft, ReviewState::kSubmitted, ReviewState::kApproved,
        ReviewState::kRejected}) {
    if (WordOf(state) == word) return state;
  }
  return absl::nullopt;
}

bool Covers(const Target& granted, const Target& target) {
  if (granted == target || granted == Target(AllDevices())) return true;
  const auto wide = absl::visit(ToConditions(), granted);
  const auto narrow = absl::visit(ToConditions(), target);
  return wide.has_value() && narrow.has_value() && wide->Covers(*narrow);
}

TargetWords WordsOf(const Target& target) {
  return absl::visit(ToWords(), target);
}

absl::optional<Target> TargetOf(const TargetWords& words) {
  if (words.kind == kAll) return Target(AllDevices());
  if (words.kind == kGroup) return Target(DeviceGroup{words.target});
  if (words.kind == kDevices) {
    auto conditions = service::DeviceConditions::FromText(words.target);
    if (!conditions.has_value()) return absl::nullopt;
    return Target(DevicesThat{*std::move(conditions)});
  }
  if (words.kind != kDid) return absl::nullopt;
  absl::StatusOr<std::string> did = HexDecode(words.target);
  if (!did.ok()) return absl::nullopt;
  return Target(OneDevice{*std::move(did)});
}

}  // namespace portal
}  // namespace otrp
