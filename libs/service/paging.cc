#include "libs/service/paging.h"

#include "absl/strings/str_cat.h"
#include "libs/base/base64.h"

namespace otrp {
namespace service {

absl::StatusOr<int> PageSize(int requested) {
  if (requested == 0) return kDefaultPageSize;
  if (requested < 0 || requested > kMaxPageSize) {
    return absl::InvalidArgumentError(absl::StrCat("page_size: must be 1 to ",
                                                   kMaxPageSize, ", or 0 for ",
                                                   kDefaultPageSize));
  }
  return requested;
}

std::string EncodePageToken(absl::string_view sort_key) {
  return Base64UrlEncode(sort_key);
}

absl::StatusOr<std::string> DecodePageToken(absl::string_view token) {
  auto decoded = Base64UrlDecode(token);
  if (decoded.ok()) return decoded;
  return absl::InvalidArgumentError(
      "page_token: must be the next_page_token of an answer");
}

}  // namespace service
}  // namespace otrp
