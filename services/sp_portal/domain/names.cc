#include "services/sp_portal/domain/names.h"

#include "absl/strings/ascii.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace {

// Length of the UTF-8 sequence at the front of `text`, 0 where it is none
// (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
size_t SequenceLength(absl::string_view text) {
  const auto byte = [&text](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto tail = [&byte](size_t i) { return (byte(i) & 0xc0u) == 0x80u; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (!tail(1) || !tail(2)) return 0;
    if (first == 0xe0 && byte(1) < 0xa0) return 0;
    if (first == 0xed && byte(1) > 0x9f) return 0;
    return 3;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if (first == 0xf0 && byte(1) < 0x90) return 0;
    if (first == 0xf4 && byte(1) > 0x8f) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

absl::Status CheckDisplayName(absl::string_view name) {
  size_t characters = 0;
  while (!name.empty()) {
    const size_t length = SequenceLength(name);
    if (length == 0) return errors::BadName();
    if (length == 1 &&
        absl::ascii_iscntrl(static_cast<unsigned char>(name[0]))) {
      return errors::BadName();
    }
    name.remove_prefix(length);
    ++characters;
  }
  if (characters == 0 || characters > kMaxNameCharacters) {
    return errors::BadName();
  }
  return absl::OkStatus();
}

}  // namespace portal
}  // namespace otrp
