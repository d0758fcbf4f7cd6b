// Which devices are meant, by what holds of them: a group, labels, the maker of
// the TEE, how well the device is attested. All conditions must hold.
//
//   OTRP_ASSIGN_OR_RETURN(const DeviceConditions wanted,
//                         DeviceConditions::FromProto(proto,
//                         "target.devices"));
//   if (granted.Covers(wanted)) ...   // who meets `wanted` meets `granted`
//
// Thread-safety: values. Errors: INVALID_ARGUMENT names the member.

#ifndef OTRP_LIBS_SERVICE_DEVICE_CONDITIONS_H_
#define OTRP_LIBS_SERVICE_DEVICE_CONDITIONS_H_

#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "otrp/common/v1/device_conditions.pb.h"

namespace otrp {
namespace service {

// What a device's latest evidence was worth, in this order.
enum class AttestationTier {
  // Refused, or there was none.
  kNone,
  // Signed by a TEE whose chain is trusted and that the policy accepts.
  kTeeAuthenticated,
  // And the firmware that booted it has signed the transaction.
  kFirmwareVerified,
};

// "none", "tee-authenticated", "firmware-verified".
std::string TierName(AttestationTier tier);
absl::optional<AttestationTier> TierOf(absl::string_view name);

inline constexpr int kMaxLabelConditions = 8;

// "key=value", both of them names (CheckName()).
absl::Status CheckLabel(absl::string_view field, absl::string_view label);

class DeviceConditions {
 public:
  // None: every device meets them.
  DeviceConditions() = default;
  static DeviceConditions InGroup(const std::string& group);

  // `field`: of the message, for errors. One condition at least.
  static absl::StatusOr<DeviceConditions> FromProto(
      const common::v1::DeviceConditions& proto, absl::string_view field);
  // Nothing for a text that ToText() doesn't write.
  static absl::optional<DeviceConditions> FromText(absl::string_view text);

  // "group:eu label:pilot=yes vendor:acme tier:firmware-verified": conditions
  // that are the same have the same text. The first word is the one that the
  // fewest devices meet, as a rule.
  std::string ToText() const;
  void ToProto(common::v1::DeviceConditions& proto) const;

  // Whether each of these conditions holds wherever `others` hold.
  bool Covers(const DeviceConditions& others) const;
  // `marks`: "group:eu", "label:pilot=yes", "vendor:acme" of the device.
  bool HoldFor(const std::set<std::string>& marks, AttestationTier tier) const;

  // How many there are.
  int count() const;
  // The group, where it is the only condition; else empty.
  std::string only_group() const;

  friend bool operator==(const DeviceConditions& a, const DeviceConditions& b) {
    return a.ToText() == b.ToText();
  }

 private:
  std::string group_;
  std::set<std::string> labels_;
  std::string tee_vendor_;
  AttestationTier min_tier_ = AttestationTier::kNone;
};

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_DEVICE_CONDITIONS_H_
