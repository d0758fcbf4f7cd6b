#include "clients/device/version.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace otrp::device {

absl::optional<Version> ParseVersion(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '.');
  Version version{};
  if (parts.size() > version.size()) return absl::nullopt;
  for (size_t i = 0; i < parts.size(); ++i) {
    // SimpleAtoi would take blanks and signs.
    const bool digits =
        std::all_of(parts[i].begin(), parts[i].end(),
                    [](unsigned char c) { return absl::ascii_isdigit(c); });
    if (!digits || !absl::SimpleAtoi(parts[i], &version[i])) {
      return absl::nullopt;
    }
  }
  return version;
}

}  // namespace otrp::device
