#include "services/sp_portal/domain/names.h"

#include "absl/strings/ascii.h"
#include "absl/types/optional.h"
#include "libs/base/utf8.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace {

// How many there are; nothing for what isn't UTF-8 or has a control character
// that isn't `allowed`.
absl::optional<size_t> Characters(absl::string_view text, char allowed) {
  size_t characters = 0;
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(text);
    if (length == 0) return absl::nullopt;
    if (length == 1 && text[0] != allowed &&
        absl::ascii_iscntrl(static_cast<unsigned char>(text[0]))) {
      return absl::nullopt;
    }
    text.remove_prefix(length);
    ++characters;
  }
  return characters;
}

}  // namespace

absl::Status CheckDisplayName(absl::string_view name) {
  const absl::optional<size_t> characters = Characters(name, 'x');
  if (!characters.has_value() || *characters == 0 ||
      *characters > kMaxNameCharacters) {
    return errors::BadName();
  }
  return absl::OkStatus();
}

absl::Status CheckRemark(absl::string_view field, absl::string_view remark,
                         bool may_be_empty) {
  const absl::optional<size_t> characters = Characters(remark, '\n');
  if (!characters.has_value() || *characters > kMaxRemarkCharacters ||
      (*characters == 0 && !may_be_empty)) {
    return errors::BadRemark(field, may_be_empty);
  }
  return absl::OkStatus();
}

}  // namespace portal
}  // namespace otrp
