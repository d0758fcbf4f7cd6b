#include "libs/service/paging.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/base64.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/field_error.h"

namespace otrp {
namespace service {

namespace {

absl::StatusOr<int> PageSize(int requested) {
  if (requested == 0) return kDefaultPageSize;
  if (requested < 0 || requested > kMaxPageSize) {
    return rpc::FieldMust("page_size", absl::StrCat("be 0 to ", kMaxPageSize));
  }
  return requested;
}

}  // namespace

absl::Status BadPageToken() {
  return rpc::FieldMust("page_token", "be one that a former answer gave");
}

absl::StatusOr<Page> Page::Parse(int page_size, absl::string_view token) {
  OTRP_ASSIGN_OR_RETURN(const int size, PageSize(page_size));
  absl::StatusOr<std::string> after = Base64UrlDecode(token);
  if (!after.ok()) return BadPageToken();
  return Page(size, *std::move(after));
}

absl::StatusOr<int64_t> Page::AfterNumber(int64_t first) const {
  if (after_.empty()) return first;
  int64_t number = 0;
  if (!absl::SimpleAtoi(after_, &number) || number < 1) return BadPageToken();
  return number;
}

std::string Page::Token(absl::string_view sort_key) {
  return Base64UrlEncode(sort_key);
}

}  // namespace service
}  // namespace otrp
