#include "libs/protocol/taid.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "libs/base/ids.h"

namespace otrp {
namespace protocol {
namespace {

absl::string_view WithoutBraces(absl::string_view taid) {
  const bool braces =
      taid.size() > 2 && taid.front() == '{' && taid.back() == '}';
  return braces ? taid.substr(1, taid.size() - 2) : taid;
}

}  // namespace

std::string TaidKey(absl::string_view taid) {
  const absl::string_view digits = WithoutBraces(taid);
  return IsUuid(digits) ? absl::AsciiStrToLower(digits) : std::string(taid);
}

bool SameTaid(absl::string_view a, absl::string_view b) {
  if (a == b) return true;
  // Without making keys: lists of a thousand are compared with each other.
  const absl::string_view digits = WithoutBraces(a);
  return absl::EqualsIgnoreCase(digits, WithoutBraces(b)) && IsUuid(digits);
}

}  // namespace protocol
}  // namespace otrp
