#include "libs/service/names.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/limits.h"
#include "libs/rpc/field_error.h"

namespace otrp {
namespace service {
namespace {

bool IsNameCharacter(unsigned char c) {
  return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_';
}

bool ParseNumber(absl::string_view text, int64_t* out) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return false;
  for (unsigned char c : text) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return absl::SimpleAtoi(text, out) &&
         *out <= std::numeric_limits<int32_t>::max();
}

}  // namespace

absl::Status CheckName(absl::string_view field, absl::string_view name) {
  if (!name.empty() && name.size() <= kMaxNameBytes &&
      std::all_of(name.begin(), name.end(), IsNameCharacter)) {
    return absl::OkStatus();
  }
  return rpc::FieldMust(field, absl::StrCat("be 1 to ", kMaxNameBytes,
                                            " letters, digits, '.', '-' or "
                                            "'_'"));
}

absl::Status CheckGroupName(absl::string_view field, absl::string_view name) {
  if (name == "all") {
    return rpc::FieldMust(
        field, "be another name than \"all\", which stands for every device");
  }
  return CheckName(field, name);
}

absl::Status CheckDid(absl::string_view field, absl::string_view did) {
  if (did.size() == kDidBytes) return absl::OkStatus();
  return rpc::FieldMust(field,
                        "be the 32 octets of the TEE certificate's SHA-256");
}

absl::StatusOr<Version> Version::Parse(absl::string_view text,
                                       absl::string_view field) {
  Version version;
  version.text_ = std::string(text);
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '.');
  bool good = parts.size() <= kVersionNumbers;
  for (size_t i = 0; good && i < parts.size(); ++i) {
    good = ParseNumber(parts[i], &version.numbers_[i]);
  }
  if (good) return version;
  return rpc::FieldMust(field, absl::StrCat("be 1 to ", kVersionNumbers,
                                            " numbers without leading zeros, "
                                            "joined by dots, such as 1.0.0"));
}

}  // namespace service
}  // namespace otrp
