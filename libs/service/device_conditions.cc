#include "libs/service/device_conditions.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/field_error.h"
#include "libs/service/names.h"

namespace otrp {
namespace service {
namespace {

constexpr char kGroup[] = "group:";
constexpr char kLabel[] = "label:";
constexpr char kVendor[] = "vendor:";
constexpr char kTier[] = "tier:";

struct TierRow {
  AttestationTier tier;
  absl::string_view name;
};
constexpr TierRow kTiers[] = {
    {AttestationTier::kNone, "none"},
    {AttestationTier::kTeeAuthenticated, "tee-authenticated"},
    {AttestationTier::kFirmwareVerified, "firmware-verified"},
};

bool Includes(const std::set<std::string>& all,
              const std::set<std::string>& some) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

}  // namespace

std::string TierName(AttestationTier tier) {
  for (const TierRow& row : kTiers) {
    if (row.tier == tier) return std::string(row.name);
  }
  return "";
}

absl::optional<AttestationTier> TierOf(absl::string_view name) {
  for (const TierRow& row : kTiers) {
    if (row.name == name) return row.tier;
  }
  return absl::nullopt;
}

absl::Status CheckLabel(absl::string_view field, absl::string_view label) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(label, absl::MaxSplits('=', 1));
  if (absl::StrContains(label, '=') && CheckName(field, parts.first).ok() &&
      CheckName(field, parts.second).ok()) {
    return absl::OkStatus();
  }
  return rpc::FieldMust(field,
                        absl::StrCat("be key=value, each 1 to ", kMaxNameBytes,
                                     " letters, digits, '.', '-' or '_'"));
}

DeviceConditions DeviceConditions::InGroup(const std::string& group) {
  DeviceConditions conditions;
  conditions.group_ = group;
  return conditions;
}

absl::StatusOr<DeviceConditions> DeviceConditions::FromProto(
    const common::v1::DeviceConditions& proto, absl::string_view field) {
  const auto member = [&](absl::string_view name) {
    return absl::StrCat(field, ".", name);
  };
  DeviceConditions conditions;
  if (!proto.group().empty()) {
    OTRP_RETURN_IF_ERROR(CheckGroupName(member("group"), proto.group()));
    conditions.group_ = proto.group();
  }
  if (proto.labels_size() > kMaxLabelConditions) {
    return rpc::FieldMust(member("labels"),
                          absl::StrCat("be ", kMaxLabelConditions, " at most"));
  }
  for (int i = 0; i < proto.labels_size(); ++i) {
    OTRP_RETURN_IF_ERROR(CheckLabel(absl::StrCat(member("labels"), "[", i, "]"),
                                    proto.labels(i)));
    conditions.labels_.insert(proto.labels(i));
  }
  if (!proto.tee_vendor().empty()) {
    OTRP_RETURN_IF_ERROR(CheckName(member("tee_vendor"), proto.tee_vendor()));
    conditions.tee_vendor_ = proto.tee_vendor();
  }
  if (!proto.min_attestation().empty()) {
    const absl::optional<AttestationTier> tier =
        TierOf(proto.min_attestation());
    if (!tier.has_value() || *tier == AttestationTier::kNone) {
      return rpc::FieldMust(member("min_attestation"),
                            "be \"tee-authenticated\" or "
                            "\"firmware-verified\"");
    }
    conditions.min_tier_ = *tier;
  }
  if (conditions.count() == 0) {
    return rpc::FieldMust(field,
                          "have a condition: group, labels, tee_vendor or "
                          "min_attestation");
  }
  return conditions;
}

absl::optional<DeviceConditions> DeviceConditions::FromText(
    absl::string_view text) {
  DeviceConditions conditions;
  for (absl::string_view word : absl::StrSplit(text, ' ')) {
    if (absl::ConsumePrefix(&word, kGroup)) {
      conditions.group_ = std::string(word);
    } else if (absl::ConsumePrefix(&word, kLabel)) {
      conditions.labels_.emplace(word);
    } else if (absl::ConsumePrefix(&word, kVendor)) {
      conditions.tee_vendor_ = std::string(word);
    } else if (absl::ConsumePrefix(&word, kTier)) {
      conditions.min_tier_ = TierOf(word).value_or(AttestationTier::kNone);
    }
  }
  // Whatever wasn't understood is missing now.
  if (conditions.count() == 0 || conditions.ToText() != text) {
    return absl::nullopt;
  }
  return conditions;
}

std::string DeviceConditions::ToText() const {
  std::vector<std::string> words;
  if (!group_.empty()) words.push_back(absl::StrCat(kGroup, group_));
  for (const std::string& label : labels_) {
    words.push_back(absl::StrCat(kLabel, label));
  }
  if (!tee_vendor_.empty()) {
    words.push_back(absl::StrCat(kVendor, tee_vendor_));
  }
  if (min_tier_ != AttestationTier::kNone) {
    words.push_back(absl::StrCat(kTier, TierName(min_tier_)));
  }
  return absl::StrJoin(words, " ");
}

void DeviceConditions::ToProto(common::v1::DeviceConditions& proto) const {
  proto.set_group(group_);
  for (const std::string& label : labels_) proto.add_labels(label);
  proto.set_tee_vendor(tee_vendor_);
  if (min_tier_ != AttestationTier::kNone) {
    proto.set_min_attestation(TierName(min_tier_));
  }
}

bool DeviceConditions::Covers(const DeviceConditions& others) const {
  return (group_.empty() || group_ == others.group_) &&
         Includes(others.labels_, labels_) &&
         (tee_vendor_.empty() || tee_vendor_ == others.tee_vendor_) &&
         min_tier_ <= others.min_tier_;
}

bool DeviceConditions::HoldFor(const std::set<std::string>& marks,
                               AttestationTier tier) const {
  const auto has = [&](absl::string_view kind, const std::string& value) {
    return marks.count(absl::StrCat(kind, value)) > 0;
  };
  return (group_.empty() || has(kGroup, group_)) &&
         std::all_of(
             labels_.begin(), labels_.end(),
             [&](const std::string& label) { return has(kLabel, label); }) &&
         (tee_vendor_.empty() || has(kVendor, tee_vendor_)) &&
         min_tier_ <= tier;
}

int DeviceConditions::count() const {
  return (group_.empty() ? 0 : 1) + static_cast<int>(labels_.size()) +
         (tee_vendor_.empty() ? 0 : 1) +
         (min_tier_ == AttestationTier::kNone ? 0 : 1);
}

std::string DeviceConditions::only_group() const {
  return count() == 1 ? group_ : "";
}

}  // namespace service
}  // namespace otrp
