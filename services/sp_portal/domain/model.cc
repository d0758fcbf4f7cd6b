#include "services/sp_portal/domain/model.h"

#include "libs/base/hex.h"

namespace otrp {
namespace portal {
namespace {

constexpr char kAll[] = "all";
constexpr char kDid[] = "did";
constexpr char kGroup[] = "group";

struct ToWords {
  TargetWords operator()(AllDevices) const { return {kAll, ""}; }
  TargetWords operator()(const OneDevice& device) const {
    return {kDid, HexEncode(device.did)};
  }
  TargetWords operator()(const DeviceGroup& group) const {
    return {kGroup, group.name};
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

TargetWords WordsOf(const Target& target) {
  return absl::visit(ToWords(), target);
}

absl::optional<Target> TargetOf(const TargetWords& words) {
  if (words.kind == kAll) return Target(AllDevices());
  if (words.kind == kGroup) return Target(DeviceGroup{words.target});
  if (words.kind != kDid) return absl::nullopt;
  absl::StatusOr<std::string> did = HexDecode(words.target);
  if (!did.ok()) return absl::nullopt;
  return Target(OneDevice{*std::move(did)});
}

}  // namespace portal
}  // namespace otrp
