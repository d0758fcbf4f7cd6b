// Versions of trusted applications: dotted numbers, compared number by number.
//
//   1.9 < 1.10 < 2      1.0 and 1.0.0 are the same version
//
// Thread-safety: values. Errors: INVALID_ARGUMENT (errors::BadVersion).

#ifndef OTRP_SERVICES_SP_PORTAL_DOMAIN_VERSION_H_
#define OTRP_SERVICES_SP_PORTAL_DOMAIN_VERSION_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {

class Version {
 public:
  static absl::StatusOr<Version> Parse(absl::string_view text);

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

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_DOMAIN_VERSION_H_
