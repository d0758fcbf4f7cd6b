#include "libs/base/ids.h"

#include <cstddef>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"

namespace otrp {

std::string NewUuid(Random& random) { return UuidFromBytes(random.Bytes(16)); }

std::string UuidFromBytes(absl::string_view bytes) {
  std::string id(bytes.substr(0, 16));
  id.resize(16, '\0');
  id[6] = static_cast<char>((static_cast<unsigned char>(id[6]) & 0x0f) | 0x40);
  id[8] = static_cast<char>((static_cast<unsigned char>(id[8]) & 0x3f) | 0x80);
  const std::string hex = HexEncodeUpper(id);
  const absl::string_view h = hex;
  return absl::StrCat(h.substr(0, 8), "-", h.substr(8, 4), "-", h.substr(12, 4),
                      "-", h.substr(16, 4), "-", h.substr(20));
}

bool IsUuid(absl::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-') return false;
    } else if (!absl::ascii_isxdigit(static_cast<unsigned char>(text[i]))) {
      return false;
    }
  }
  return true;
}

}  // namespace otrp
