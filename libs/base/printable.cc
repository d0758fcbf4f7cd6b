#include "libs/base/printable.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "absl/strings/str_format.h"
#include "libs/base/utf8.h"

namespace otrp {
namespace {

struct Range {
  uint32_t first;
  uint32_t last;
};

// In order.
constexpr Range kUnseen[] = {
    {0x0000, 0x001f},   {0x007f, 0x009f},   {0x00ad, 0x00ad},
    {0x0600, 0x0605},   {0x061c, 0x061c},   {0x06dd, 0x06dd},
    {0x070f, 0x070f},   {0x0890, 0x0891},   {0x08e2, 0x08e2},
    {0x180e, 0x180e},   {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f},   {0xfeff, 0xfeff},   {0xfff9, 0xfffb},
    {0x110bd, 0x110bd}, {0x110cd, 0x110cd}, {0x13430, 0x1343f},
    {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe007f},
};

bool IsUnseen(uint32_t character) {
  const Range* range =
      std::lower_bound(std::begin(kUnseen), std::end(kUnseen), character,
                       [](const Range& r, uint32_t c) { return r.last < c; });
  return range != std::end(kUnseen) && range->first <= character;
}

// Of a well-formed sequence.
uint32_t Decode(absl::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) return first;
  uint32_t character = first & (0x7fu >> sequence.size());
  for (char octet : sequence.substr(1)) {
    character = character << 6 | (static_cast<unsigned char>(octet) & 0x3fu);
  }
  return character;
}

}  // namespace

size_t AppendPrintable(absl::string_view text, std::string* out) {
  const size_t length = Utf8SequenceLength(text);
  if (length == 0) {
    out->append("\xef\xbf\xbd");
    return 1;
  }
  const uint32_t character = Decode(text.substr(0, length));
  if (!IsUnseen(character)) {
    out->append(text.data(), length);
  } else if (character <= 0xffff) {
    absl::StrAppendFormat(out, "\\u%04x", character);
  } else {
    const uint32_t rest = character - 0x10000;
    absl::StrAppendFormat(out, "\\u%04x\\u%04x", 0xd800 | rest >> 10,
                          0xdc00 | (rest & 0x3ff));
  }
  return length;
}

std::string Printable(absl::string_view text, size_t max) {
  std::string out;
  while (!text.empty()) {
    const size_t before = out.size();
    text.remove_prefix(AppendPrintable(text, &out));
    if (out.size() > max) {
      out.resize(before);
      break;
    }
  }
  return out;
}

}  // namespace otrp
