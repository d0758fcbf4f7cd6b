#include "services/sp_portal/domain/names.h"

#include "absl/strings/ascii.h"
#include "libs/base/utf8.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
absl::Status CheckDisplayName(absl::string_view name) {
  size_t characters = 0;
  while (!name.empty()) {
    const size_t length = Utf8SequenceLength(name);
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
