#include "services/sp_portal/domain/version.h"

#include <limits>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "services/sp_portal/errors.h"

namespace otrp {
namespace portal {
namespace {

bool ParseNumber(absl::string_view text, int64_t* out) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return false;
  for (char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  return absl::SimpleAtoi(text, out) &&
         *out <= std::numeric_limits<int32_t>::max();
}

}  // namespace

absl::StatusOr<Version> Version::Parse(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '.');
  if (parts.size() > kVersionNumbers) return errors::BadVersion();
  Version version;
  version.text_ = std::string(text);
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!ParseNumber(parts[i], &version.numbers_[i])) {
      return errors::BadVersion();
    }
  }
  return version;
}

}  // namespace portal
}  // namespace otrp
