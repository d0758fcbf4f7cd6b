// Names, ids and versions that callers choose: one rule for all services.
//
// Thread-safety: functions without state; values. Errors: INVALID_ARGUMENT
// names the field.

#ifndef OTRP_LIBS_SERVICE_NAMES_H_
#define OTRP_LIBS_SERVICE_NAMES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace service {

// Of spids, taids, groups, anchors: what fits a line of a table and a UUID.
inline constexpr size_t kMaxNameBytes = 64;

// MAJOR.MINOR.PATCH and a build number.
inline constexpr size_t kVersionNumbers = 4;

// 1 to kMaxNameBytes letters, digits, '.', '-' and '_'.
absl::Status CheckName(absl::string_view field, absl::string_view name);

// As CheckName(), and not "all", which stands for every device.
absl::Status CheckGroupName(absl::string_view field, absl::string_view name);

absl::Status CheckDid(absl::string_view field, absl::string_view did);

// Of trusted applications: 1 to 4 numbers joined by dots, compared number by
// number.
//
//   1.9 < 1.10 < 2      1.0 and 1.0.0 are the same version
//
// No leading zeros, so that two texts of as many numbers are the same version
// only where they are the same text; each number fits int32.
class Version {
 public:
  static absl::StatusOr<Version> Parse(absl::string_view text,
                                       absl::string_view field = "version");

  // As the caller wrote it.
  const std::string& text() const { return text_; }
  // Padded with zeros.
  const std::array<int64_t, kVersionNumbers>& numbers() const {
    return numbers_;
  }

  friend bool operator<(const Version& a, const Version& b) {
    return a.numbers_ < b.numbers_;
  }
  friend bool operator==(const Version& a, const Version& b) {
    return a.numbers_ == b.numbers_;
  }

 private:
  std::string text_;
  std::array<int64_t, kVersionNumbers> numbers_{};
};

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_NAMES_H_
