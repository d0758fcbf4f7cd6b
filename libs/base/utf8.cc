#include "libs/base/utf8.h"

namespace otrp {

size_t Utf8SequenceLength(absl::string_view text) {
  const auto at = [&text](size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto tail = [&at](size_t i) { return (at(i) & 0xc0u) == 0x80u; };
  if (text.empty()) return 0;
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool bad =
        (first == 0xe0 && at(1) < 0xa0) || (first == 0xed && at(1) > 0x9f);
    return !bad && tail(1) && tail(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool bad =
        (first == 0xf0 && at(1) < 0x90) || (first == 0xf4 && at(1) > 0x8f);
    return !bad && tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

absl::string_view Utf8Prefix(absl::string_view text, size_t max) {
  if (text.size() <= max) return text;
  size_t end = max;
  // Back over what continues a sequence; of octets that are no UTF-8 there may
  // be any number.
  for (int i = 0; i < 3 && end > 0; ++i) {
    if ((static_cast<unsigned char>(text[end]) & 0xc0u) != 0x80u) break;
    --end;
  }
  return text.substr(0, end);
}

}  // namespace otrp
